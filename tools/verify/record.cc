// SPDX-License-Identifier: Apache-2.0
#include "tools/verify/record.h"

#include <algorithm>

#include "tools/verify/encoding.h"

namespace persandian::verify {

namespace {

constexpr std::size_t max_record_bytes = 65'535;
constexpr std::size_t max_boots = 1'000'000;
constexpr std::size_t max_officers = 100'000;

bool is_hex(std::string_view text, std::size_t digits) {
    return text.size() == digits && hex_decode(text).has_value();
}

std::optional<Digest> digest_of_hex(std::string_view text) {
    if (text.size() != 64) return std::nullopt;
    const auto bytes = hex_decode(text);
    if (!bytes) return std::nullopt;
    Digest out{};
    std::copy(bytes->begin(), bytes->end(), out.begin());
    return out;
}

std::optional<std::array<unsigned char, 32>> base64_32(const std::optional<std::string>& text) {
    const auto bytes = text ? base64_decode(*text) : std::nullopt;
    if (!bytes || bytes->size() != 32) return std::nullopt;
    std::array<unsigned char, 32> out{};
    std::copy(bytes->begin(), bytes->end(), out.begin());
    return out;
}

unsigned two_digits(std::string_view text, std::size_t at) {
    return static_cast<unsigned>(text[at] - '0') * 10 + static_cast<unsigned>(text[at + 1] - '0');
}

/// "2026-08-15T02:24:01.123456789Z", a day that exists; second 60 only as a leap second.
bool is_time(std::string_view text) {
    static constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd.dddddddddZ";
    if (text.size() != shape.size()) return false;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const bool fits = shape[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == shape[i];
        if (!fits) return false;
    }
    const unsigned year = two_digits(text, 0) * 100 + two_digits(text, 2);
    const unsigned month = two_digits(text, 5);
    const unsigned day = two_digits(text, 8);
    static constexpr std::array<unsigned, 12> days = {31, 29, 31, 30, 31, 30,
                                                      31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1 || day > days[month - 1]) return false;
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (month == 2 && day == 29 && !leap) return false;
    return two_digits(text, 11) < 24 && two_digits(text, 14) < 60 && two_digits(text, 17) <= 60;
}

bool is_path(std::string_view text) {
    return !text.empty() && text.size() <= 255 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == '.' || c == '/';
    });
}

}  // namespace

Digest commitment_of(Sha256& sha, std::string_view salt, std::string_view path,
                     std::string_view value) {
    static constexpr std::string_view zero("\0", 1);
    sha.begin();
    sha.update("persandian/c1");
    sha.update(zero);
    sha.update(salt);
    sha.update(path);
    sha.update(zero);
    sha.update(value);
    return sha.finish();
}

RecordRules::RecordRules(Expected expected, Coverage& coverage, Report& report)
    : expected_(std::move(expected)), coverage_(coverage), report_(report) {}

void RecordRules::note(Message message, std::uint64_t index, std::vector<std::string> arguments,
                       Weight weight) {
    for (std::string& argument : arguments) argument = printable(argument);
    report_.add({.weight = weight,
                 .message = message,
                 .where = "",
                 .generation = coverage_.generation,
                 .index = index,
                 .arguments = std::move(arguments)});
}

void RecordRules::check(std::string_view record, std::uint64_t index) {
    commitments_.clear();
    evidence_.clear();
    closed_ = false;
    record_ = record;
    Rule fault = record.size() > max_record_bytes ? "longer than 65,535 bytes" : nullptr;
    if (fault == nullptr) fault = json_.parse(record);
    if (fault == nullptr) fault = common(index);
    if (fault == nullptr) fault = collect_commitments();
    if (fault == nullptr) fault = collect_evidence();
    if (fault == nullptr) fault = of_kind(index);
    if (fault != nullptr) note(Message::record_rule, index, {fault}, Weight::tampered);
}

RecordRules::Rule RecordRules::common(std::uint64_t index) {
    static constexpr std::array<std::string_view, 8> names = {"v",    "kind", "log",  "seq",
                                                              "boot", "ts",   "mono", "clk"};
    const auto& nodes = json_.nodes();
    if (nodes[0].type != JsonType::object) return "not a JSON object";
    std::array<std::uint32_t, 8> at{};
    std::uint32_t node = 1;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (node >= nodes[0].next || json_.key(node) != names[i])
            return "the members v, kind, log, seq, boot, ts, mono, clk do not come first in order";
        at[i] = node;
        node = nodes[node].next;
    }
    if (json_.raw(at[0]) != "1") return "v is not 1";
    const auto kind = json_.string(at[1]);
    if (!kind || kind->empty() || kind->size() > 32) return "kind is not a word";
    kind_ = *kind;
    if (json_.string(at[2]) != expected_.origin) return "log is not the origin of this log";
    if (json_.unsigned_integer(at[3]) != index) return "seq is not the place where it stands";
    const auto boot = json_.string(at[4]);
    if (!boot || !is_hex(*boot, 32)) return "boot is not 32 hex digits";
    const auto time = json_.string(at[5]);
    if (!time || !is_time(*time)) return "ts is not a time";
    const auto mono = json_.unsigned_integer(at[6]);
    if (!mono) return "mono is not a count of nanoseconds";
    const auto source = json_.string(at[7], "src");
    if (!source || json_.find(at[7], "err_ns") != at[7] + 2 ||
        nodes[at[7] + 2].type != JsonType::integer || nodes[at[7]].next != at[7] + 3)
        return "clk is not {src, err_ns}";

    ++coverage_.kinds[kind_];
    if (coverage_.first_time.empty() || *time < coverage_.first_time) coverage_.first_time = *time;
    if (*time > coverage_.last_time) coverage_.last_time = *time;
    if (*boot != boot_) {
        if (!boots_.insert(*boot).second) return "boot comes back after another one";
        if (boots_.size() > max_boots) return "more boots than this tool can follow";
        boot_ = *boot;
        coverage_.boots = boots_.size();
        last_heartbeat_.reset();
    } else if (*mono < mono_) {
        return "mono goes backwards within one boot";
    }
    mono_ = *mono;
    return nullptr;
}

RecordRules::Rule RecordRules::collect_commitments() {
    const auto& nodes = json_.nodes();
    for (std::uint32_t i = 1; i < nodes[0].next; ++i) {
        if (json_.key(i) != "p" || nodes[i].type != JsonType::string) continue;
        const std::uint32_t after = i + 1;
        if (after >= nodes.size() || json_.key(after) != "c" || nodes[i].key_begin == 0 ||
            nodes[after].key_begin != nodes[i].end + 2)
            return "a path \"p\" without its commitment \"c\"";
        Commitment found;
        found.path = json_.string(i).value_or("");
        const auto digest = digest_of_hex(json_.string(after).value_or(""));
        if (!is_path(found.path) || !digest) return "a commitment is malformed";
        found.digest = *digest;
        commitments_.push_back(std::move(found));
    }
    std::vector<std::string_view> paths;
    paths.reserve(commitments_.size());
    for (const Commitment& c : commitments_) paths.emplace_back(c.path);
    std::sort(paths.begin(), paths.end());
    if (std::adjacent_find(paths.begin(), paths.end()) != paths.end())
        return "two commitments have the same path";
    coverage_.commitments += commitments_.size();
    return nullptr;
}

RecordRules::Rule RecordRules::collect_evidence() {
    const auto& nodes = json_.nodes();
    const std::uint32_t list = json_.find(0, "ev");
    if (list == 0) return nullptr;
    if (nodes[list].type != JsonType::array) return "ev is not a list";
    for (std::uint32_t i = list + 1; i < nodes[list].next; i = nodes[i].next) {
        const auto digest = digest_of_hex(json_.string(i, "sha256").value_or(""));
        const auto size = json_.unsigned_integer(i, "size");
        if (!digest || !size || !json_.string(i, "type"))
            return "an evidence reference is malformed";
        evidence_.push_back({*digest, *size});
    }
    coverage_.evidence_references += evidence_.size();
    return nullptr;
}

RecordRules::Rule RecordRules::of_kind(std::uint64_t index) {
    if (!expected_.alone && (index == 0) != (kind_ == "genesis"))
        return index == 0 ? "the first record is not genesis" : "a genesis after the first record";
    if (kind_ == "genesis") return genesis(index);
    if (kind_ == "key") return key_record();
    if (kind_ == "decision") return decision();
    if (kind_ == "heartbeat") return heartbeat(index);
    if (kind_ == "gap") return gap(index);
    if (kind_ == "recovery") return recovery(index);
    closed_ = kind_ == "close";
    if (!closed_ && kind_ != "config" && kind_ != "incident")
        note(Message::unknown_kind, index, {kind_});
    return nullptr;
}

RecordRules::Rule RecordRules::genesis(std::uint64_t index) {
    if (index != 0) return "a genesis after the first record";
    if (base64_32(json_.string(0, "pub")) != expected_.key)
        return "the genesis names another public key than the one given";
    const std::uint32_t previous = json_.find(0, "previous");
    if (previous == 0) return "the genesis has no member previous";
    if (json_.nodes()[previous].type == JsonType::null_value) return nullptr;
    PreviousGeneration out;
    const auto origin = json_.string(previous, "origin");
    const auto size = json_.unsigned_integer(previous, "size");
    const auto root = base64_32(json_.string(previous, "root"));
    const auto reason = json_.string(0, "reason");
    if (!origin || !size || !root || !reason)
        return "the genesis does not say which generation was before, and why it ended";
    previous_ = PreviousGeneration{*origin, *size, *root, *reason};
    return nullptr;
}

RecordRules::Rule RecordRules::key_record() {
    const auto action = json_.string(0, "action");
    const auto id = json_.string(0, "key_id");
    const auto pub = base64_32(json_.string(0, "pub"));
    if (!action || !id || !pub) return "a key record is malformed";
    const Digest hash =
        sha_.of({static_cast<const char*>(static_cast<const void*>(pub->data())), pub->size()});
    if (*id != hex_encode(view_of(hash).substr(0, 8))) return "key_id is not that of pub";
    if (is_small_order(*pub)) return "an officer's key is of small order";
    const auto known = officers_.find(*id);
    if (*action == "add") {
        if (officers_.size() >= max_officers) return "more officers than this tool can follow";
        officers_[*id] = Officer{*pub, false};
        return nullptr;
    }
    if (*action != "revoke") return "a key record that neither adds nor revokes";
    if (known == officers_.end()) return expected_.alone ? nullptr : "an unknown key is revoked";
    known->second.revoked = true;
    return nullptr;
}

RecordRules::Rule RecordRules::decision_members(std::uint32_t& signature_node) const {
    const auto& nodes = json_.nodes();
    std::uint32_t node = 1;
    for (int i = 0; i < 8; ++i) node = nodes[node].next;
    if (node >= nodes[0].next || json_.key(node) != "incident")
        return "a decision does not begin with the incident";
    signature_node = node;
    for (std::uint32_t i = node; i < nodes[0].next; i = nodes[i].next) signature_node = i;
    if (json_.key(signature_node) != "sig") return "sig is not the last member of a decision";
    return nullptr;
}

RecordRules::Rule RecordRules::decision() {
    std::uint32_t signature_node = 0;
    if (Rule fault = decision_members(signature_node)) return fault;
    const auto id = json_.string(0, "officer");
    const auto signature = base64_decode(json_.string(signature_node).value_or(""));
    if (!id || !signature || signature->size() != 64) return "a decision is malformed";
    const auto officer = officers_.find(*id);
    if (officer == officers_.end()) {
        if (!expected_.alone) return "a decision by an unknown officer key";
        note(Message::officer_unknown_here, 0, {*id});
        return nullptr;
    }
    if (officer->second.revoked) return "a decision by a revoked officer key";
    const std::uint32_t incident = json_.find(0, "incident");
    const std::size_t begin = json_.nodes()[incident].key_begin - 1;
    const std::size_t end = json_.nodes()[signature_node].key_begin - 2;  // before ,"sig"
    std::string message = "persandian/decision/v1\n" + expected_.origin + "\n";
    message += record_.substr(begin, end - begin);
    if (!ed25519_verify(officer->second.key, message, *signature))
        return "the officer's signature on the decision is wrong";
    ++coverage_.decisions;
    return nullptr;
}

RecordRules::Rule RecordRules::heartbeat(std::uint64_t index) {
    static constexpr std::uint64_t second_ns = 1'000'000'000;
    const auto interval = json_.unsigned_integer(0, "interval_s");
    if (!interval || *interval > 86'400) return "a heartbeat without its interval";
    if (last_heartbeat_ && *interval > 0) {
        const std::uint64_t waited = (mono_ - *last_heartbeat_) / second_ns;
        if (waited > 3 * *interval) {
            ++coverage_.silences;
            note(Message::silence, index, {std::to_string(waited), std::to_string(*interval)});
        }
    }
    last_heartbeat_ = mono_;
    return nullptr;
}

RecordRules::Rule RecordRules::gap(std::uint64_t index) {
    const auto what = json_.string(0, "what");
    const auto from = json_.string(0, "from");
    const auto to = json_.string(0, "to");
    if (!what || !from || !to) return "a gap record is malformed";
    note(Message::gap_record, index, {*what, *from, *to, json_.string(0, "reason").value_or("")});
    return nullptr;
}

RecordRules::Rule RecordRules::recovery(std::uint64_t index) {
    const auto size = json_.unsigned_integer(0, "size");
    const auto tail = json_.unsigned_integer(0, "tail_bytes");
    const auto hash = json_.string(0, "tail_sha256");
    if (!size || !tail || !hash || !is_hex(*hash, 64)) return "a recovery record is malformed";
    if (*size > index) return "a recovery record adopts more than stands before it";
    note(Message::recovery_record, index,
         {std::to_string(*size), std::to_string(*tail), json_.string(0, "reason").value_or("")});
    return nullptr;
}

}  // namespace persandian::verify
