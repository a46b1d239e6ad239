// SPDX-License-Identifier: Apache-2.0
#include "tools/verify/sidefiles.h"

#include <algorithm>
#include <charconv>

#include "tools/verify/encoding.h"

namespace persandian::verify {

namespace {
constexpr std::size_t max_torn_bytes = 64;  ///< more than `{"seq":` and the longest number
}  // namespace

DisclosureFile::DisclosureFile(std::filesystem::path path, std::string name, Coverage& coverage,
                               Report& report)
    : name_(std::move(name)), coverage_(coverage), report_(report) {
    (void)file_.open(path);  // finish() says what could not be read
}

void DisclosureFile::tampered(Message message, std::vector<std::string> arguments,
                              bool with_index) {
    for (std::string& argument : arguments) argument = printable(argument);
    Finding finding{.weight = Weight::tampered,
                    .message = message,
                    .where = name_,
                    .generation = coverage_.generation,
                    .arguments = std::move(arguments)};
    if (with_index) finding.index = line_.seq;
    report_.add(std::move(finding));
}

// A line is accepted in the one spelling the writer has: built again from what it says, it must
// give the same bytes. So no byte of it can change unnoticed.
const char* DisclosureFile::parse(std::string_view text) {
    if (const char* fault = json_.parse(text)) return fault;
    const auto seq = json_.unsigned_integer(0, "seq");
    const auto path = json_.string(0, "path");
    const auto salt = json_.string(0, "salt");
    const auto plain = json_.string(0, "value");
    const auto encoded = json_.string(0, "value_b64");
    const auto salt_bytes = salt ? hex_decode(*salt) : std::nullopt;
    if (!seq || !path || !salt_bytes || salt_bytes->size() != 16) return "seq, path or salt";
    if (plain.has_value() == encoded.has_value()) return "neither value nor value_b64";
    const auto value = plain ? plain : base64_decode(*encoded);
    if (!value) return "value_b64 is not canonical base64";
    if (encoded && is_utf8(*value)) return "value_b64 although the value is UTF-8";
    std::string again = "{\"seq\":" + std::to_string(*seq) + ",\"path\":";
    append_json_string(again, *path);
    again += ",\"salt\":\"" + *salt + (plain ? "\",\"value\":" : "\",\"value_b64\":");
    append_json_string(again, plain ? *plain : *encoded);
    again += '}';
    if (again != text) return "not in the one spelling of the format";
    line_ = {*seq, *path, *salt_bytes, *value};
    return nullptr;
}

bool DisclosureFile::next() {
    have_line_ = false;
    while (file_.is_open()) {
        const auto text = file_.take_line(max_line_bytes);
        if (!text && (file_.at_end() || file_.failed())) return false;  // failed: finish() says so
        ++line_number_;
        if (!text) {
            take_torn();
            return false;
        }
        const char* fault = parse(*text);
        if (fault == nullptr) {
            have_line_ = true;
            return true;
        }
        tampered(Message::disclosure_line, {std::to_string(line_number_), fault}, false);
    }
    return false;
}

// Zeros at the very end say nothing: after a power cut a file may be longer than what reached it.
void DisclosureFile::take_torn() {
    torn_.emplace();
    std::uint64_t before = 0;
    std::uint64_t length = 0;  // without the zeros
    for (std::string_view part = file_.take_some(); !part.empty(); part = file_.take_some()) {
        const std::size_t last = part.find_last_not_of('\0');
        if (last != std::string_view::npos) length = before + last + 1;
        before += part.size();
        *torn_ += part.substr(0, max_torn_bytes - torn_->size());
    }
    if (length < torn_->size()) torn_->resize(static_cast<std::size_t>(length));
}

namespace {

// Whether a line without its end is one that a writer was stopped in, beyond the last checkpoint:
// its number says so, or it breaks off before its number is complete, and then nothing of a signed
// record's line is in it.
bool is_beyond(std::string_view torn, std::uint64_t size) {
    constexpr std::string_view start = "{\"seq\":";
    if (torn.size() <= start.size()) return start.substr(0, torn.size()) == torn;
    if (!torn.starts_with(start)) return false;
    torn.remove_prefix(start.size());
    if (torn.front() == '0') return size == 0;  // no further digit can follow
    std::uint64_t seq = 0;
    const auto [stop, fault] = std::from_chars(torn.data(), torn.data() + torn.size(), seq);
    if (fault != std::errc{}) return false;
    return seq >= size || stop == torn.data() + torn.size();
}

}  // namespace

void DisclosureFile::compare(std::vector<Commitment>& commitments) {
    const auto at = std::find_if(commitments.begin(), commitments.end(),
                                 [this](const Commitment& c) { return c.path == line_.path; });
    if (at == commitments.end() || at->disclosed) {
        tampered(Message::disclosure_unknown, {std::to_string(line_number_), line_.path}, true);
        return;
    }
    at->disclosed = true;
    if (commitment_of(sha_, line_.salt, line_.path, line_.value) != at->digest) {
        tampered(Message::disclosure_differs, {std::to_string(line_number_), line_.path}, true);
        return;
    }
    ++coverage_.disclosed;
}

void DisclosureFile::check(std::uint64_t index, std::vector<Commitment>& commitments) {
    while ((have_line_ || next()) && line_.seq <= index) {
        if (line_.seq == index)
            compare(commitments);
        else
            tampered(Message::disclosure_unknown, {std::to_string(line_number_), line_.path}, true);
        have_line_ = false;
    }
}

std::uint64_t DisclosureFile::finish(std::optional<std::uint64_t> size) {
    std::uint64_t beyond = 0;
    for (; have_line_ || next(); have_line_ = false) {
        if (size && line_.seq >= *size)
            ++beyond;
        else
            tampered(Message::disclosure_unknown, {std::to_string(line_number_), line_.path}, true);
    }
    if (torn_ && size && is_beyond(*torn_, *size))
        ++beyond;
    else if (torn_)
        tampered(Message::disclosure_line,
                 {std::to_string(line_number_), "no line feed at its end"}, false);
    if (file_.failed())
        report_.add({.weight = Weight::unchecked,
                     .message = Message::unreadable,
                     .where = name_,
                     .generation = coverage_.generation});
    return beyond;
}

EvidenceStore::EvidenceStore(std::filesystem::path folder, bool flat, Report& report)
    : folder_(std::move(folder)), flat_(flat), report_(report) {}

void EvidenceStore::check(const std::vector<EvidenceReference>& references, std::uint64_t index,
                          Coverage& coverage) {
    for (const EvidenceReference& reference : references) {
        const std::string key(view_of(reference.sha256));
        const auto known = seen_.find(key);
        if (known != seen_.end() &&
            (known->second.size == reference.size || known->second.state == State::missing))
            continue;
        const State state = examine(reference, index, coverage);
        if (seen_.size() >= max_remembered) seen_.clear();
        seen_[key] = {state, reference.size};
    }
}

EvidenceStore::State EvidenceStore::examine(const EvidenceReference& reference, std::uint64_t index,
                                            Coverage& coverage) {
    const std::string hex = hex_encode(view_of(reference.sha256));
    const std::string below = flat_ ? hex : hex.substr(0, 2) + "/" + hex;
    const auto tell = [&](Weight weight, Message message, std::string argument) {
        report_.add({.weight = weight,
                     .message = message,
                     .where = "evidence/" + below,
                     .generation = coverage.generation,
                     .index = index,
                     .arguments = {std::move(argument)}});
    };
    InputFile file;
    const FileState opened = file.open(folder_ / below);
    if (opened == FileState::missing) {
        ++coverage.evidence_missing;
        tell(Weight::unchecked, Message::evidence_absent, hex);
        return State::missing;
    }
    sha_.begin();
    for (std::string_view part = file.take_some(); !part.empty(); part = file.take_some())
        sha_.update(part);
    const Digest found = sha_.finish();
    if (opened == FileState::unreadable || file.failed()) {
        tell(Weight::unchecked, Message::unreadable, "");
        return State::bad;
    }
    if (found != reference.sha256) {
        tell(Weight::tampered, Message::evidence_altered, "SHA-256 " + hex_encode(view_of(found)));
        return State::bad;
    }
    if (file.position() != reference.size) {
        tell(Weight::tampered, Message::evidence_altered,
             std::to_string(file.position()) + " != " + std::to_string(reference.size));
        return State::bad;
    }
    ++coverage.evidence_hashed;
    coverage.evidence_bytes += file.position();
    return State::good;
}

}  // namespace persandian::verify
