// SPDX-License-Identifier: Apache-2.0
//
// Opening a ledger for writing: lock, key, slots, recovery, and the records that say what was
// found.
#include <fmt/format.h>

#include "daemon/ledger/paths.h"
#include "daemon/ledger/writer_impl.h"

namespace persandian::ledger {
namespace {

constexpr std::uint64_t max_small_file_bytes = 64_KiB;

LedgerFault fault_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::limit:
            return LedgerFault::no_space;
        case ErrorCode::permission:
            return LedgerFault::permission;
        default:
            return LedgerFault::io;
    }
}

std::string random_hex(RandomSource& random) {
    std::array<std::byte, 16> bytes{};
    random.fill(bytes);
    return hex_encode(bytes);
}

}  // namespace

void LedgerWriter::Impl::fail(const Error& error, const std::string& path) const {
    throw LedgerError(fault_of(error.code),
                      fmt::format("{}: {}", storage_.describe(path), error.text));
}

template <typename T>
T LedgerWriter::Impl::need(Result<T> result, const std::string& path) const {
    if (!result) fail(result.error(), path);
    return std::move(result).value();
}

void LedgerWriter::Impl::need(const Result<void>& result, const std::string& path) const {
    if (!result) fail(result.error(), path);
}

LedgerWriter::Impl::Impl(Storage& storage, Signer& signer, Clock& clock, RandomSource& random,
                         WriterOptions options)
    : storage_(storage),
      signer_(signer),
      clock_(clock),
      random_(random),
      options_(std::move(options)),
      files_(storage),
      evidence_(storage) {}

std::unique_ptr<LedgerWriter> LedgerWriter::open(Storage& storage, Signer& signer, Clock& clock,
                                                 RandomSource& random, WriterOptions options) {
    auto impl = std::make_unique<Impl>(storage, signer, clock, random, std::move(options));
    impl->open();
    return std::unique_ptr<LedgerWriter>(new LedgerWriter(std::move(impl)));
}

void LedgerWriter::Impl::open() {
    check_options();
    Result<std::unique_ptr<LockHandle>> lock = storage_.lock(paths::lock);
    if (!lock && lock.error().code == ErrorCode::conflict)
        throw LedgerError(LedgerFault::locked,
                          fmt::format("{}: another process writes this ledger; stop it first",
                                      storage_.describe("")));
    lock_ = need(std::move(lock), paths::lock);
    check_key();
    boot_ = random_hex(random_);
    mono_start_ns_ = clock_.read().monotonic_ns;
    const std::vector<std::uint32_t> generations =
        need(paths::numbered(storage_, paths::log, ""), paths::log);
    read_remembered(generations.empty());
    if (!generations.empty()) return open_generation(generations.back());
    report_.created = true;
    if (!remembered_) return begin_generation(1, std::nullopt);
    const std::string reason = fmt::format(
        "rollback: a checkpoint of size {} is known, the ledger is gone", remembered_->size);
    allow_new_generation(reason);
    begin_generation(next_generation(0), Previous{*remembered_, reason});
}

void LedgerWriter::Impl::check_options() const {
    if (!options_.origin.empty() && !is_origin(options_.origin + "/00000001"))
        throw LedgerError(
            LedgerFault::bad_options,
            fmt::format("ledger origin \"{}\": write <domain>/<province>/<sensor>, ASCII without "
                        "blanks and '+', at most {} bytes",
                        escape_for_terminal(options_.origin), max_origin_bytes - 9));
    if (options_.segment_records == 0 || options_.segment_bytes == 0 ||
        options_.record_limit_bytes == 0 || options_.record_limit_bytes > max_record_bytes)
        throw LedgerError(LedgerFault::bad_options,
                          "ledger limits: segments need room, records at most 65535 bytes");
}

void LedgerWriter::Impl::check_key() const {
    const Result<std::string> pem = read_whole(storage_, paths::public_pem, max_small_file_bytes);
    if (!pem && pem.error().code == ErrorCode::not_found) return;
    const std::string text = need(pem, paths::public_pem);
    const Result<PublicKey> key = parse_public_key_pem(text);
    if (!key) fail({ErrorCode::io, key.error().text}, paths::public_pem);
    if (*key != signer_.public_key())
        throw LedgerError(LedgerFault::key_mismatch,
                          fmt::format("{}: this ledger belongs to another key; use that key, or "
                                      "another folder",
                                      storage_.describe(paths::public_pem)));
}

/// "<domain>/<province>/<sensor>": as given, or as the ledger's verifier key has it ("keys init"
/// fixes it before the first record).
std::string LedgerWriter::Impl::origin_prefix(std::uint32_t generation) const {
    const Result<std::string> text = read_whole(storage_, paths::vkey, max_small_file_bytes);
    if (text) {
        const Result<NamedKey> key = parse_vkey(text->substr(0, text->find('\n')));
        if (key && generation_of(key->name)) {
            check_origin(key->name);
            return key->name.substr(0, key->name.rfind('/'));
        }
    }
    if (!options_.origin.empty()) return options_.origin;
    throw LedgerError(LedgerFault::bad_options,
                      fmt::format("{}: generation {} needs an origin: give "
                                  "<domain>/<province>/<sensor>",
                                  storage_.describe(""), generation));
}

void LedgerWriter::Impl::check_origin(const std::string& origin) const {
    if (options_.origin.empty()) return;
    if (origin.substr(0, origin.rfind('/')) != options_.origin)
        throw LedgerError(LedgerFault::bad_options,
                          fmt::format("{}: this ledger is {}, not {}", storage_.describe(""),
                                      origin, options_.origin));
}

void LedgerWriter::Impl::open_generation(std::uint32_t generation) {
    const SlotState slots =
        need(read_slots(storage_, generation, signer_.public_key()), paths::generation(generation));
    if (slots.kind == SlotState::Kind::never_begun && next_generation(0) <= generation) {
        if (generation == 1) return begin_generation(1, std::nullopt);
        return begin_generation(generation, examine_previous(generation - 1));
    }
    if (slots.kind == SlotState::Kind::foreign && !storage_.exists(paths::public_pem))
        throw LedgerError(LedgerFault::key_mismatch,
                          fmt::format("{}: the last checkpoint is not signed with this key",
                                      storage_.describe(paths::generation(generation))));
    if (slots.kind != SlotState::Kind::valid)
        return begin_generation(next_generation(generation), examine_previous(generation));

    check_origin(slots.checkpoint.origin);
    LogPosition position;
    const Damage damage = need(read_again(storage_, generation, slots.checkpoint, position),
                               paths::segments(generation));
    if (damage.reason != nullptr)
        return begin_generation(next_generation(generation),
                                Previous{slots.checkpoint, damage.reason});
    if (const std::string reason = contradiction(slots.checkpoint); !reason.empty()) {
        allow_new_generation(reason);
        return begin_generation(next_generation(generation), Previous{slots.checkpoint, reason});
    }

    state_ = slots.checkpoint;
    note_ = slots.note;
    slot_ = slots.which;
    slot_sequence_ = slots.sequence;
    frontier_ = position.frontier;
    report_.adopted_size = state_.size;
    need(files_.make_generation(generation), paths::generation(generation));
    const std::vector<QuarantinedTail> tails =
        need(cut_tail(storage_, generation, state_.size, position), paths::generation(generation));
    need(files_.open(generation, position), paths::generation(generation));
    write_public_key();
    std::vector<incident::RecordDraft> drafts;
    for (const QuarantinedTail& tail : tails) {
        report_.tail_bytes += tail.bytes;
        drafts.push_back(recovery(state_.size, tail));
    }
    if (drafts.empty() && !position.ends_with_close)
        drafts.push_back(recovery(state_.size, {0, sha256(ByteView{})}));
    write_first(std::move(drafts));
}

LedgerWriter::Impl::Previous LedgerWriter::Impl::examine_previous(std::uint32_t generation) const {
    Previous out;
    const SlotState slots =
        need(read_slots(storage_, generation, signer_.public_key()), paths::generation(generation));
    if (slots.kind != SlotState::Kind::valid) {
        out.checkpoint.origin =
            fmt::format("{}/{}", origin_prefix(generation), paths::eight_digits(generation));
        out.checkpoint.root = empty_root();
        out.reason = "no valid checkpoint was found";
        return out;
    }
    out.checkpoint = slots.checkpoint;
    LogPosition position;
    const Damage damage = need(read_again(storage_, generation, slots.checkpoint, position),
                               paths::segments(generation));
    out.reason = damage.reason != nullptr ? damage.reason : contradiction(slots.checkpoint);
    if (out.reason.empty()) out.reason = "the generation was given up";
    return out;
}

void LedgerWriter::Impl::begin_generation(std::uint32_t generation,
                                          const std::optional<Previous>& previous) {
    const std::string prefix =
        previous ? previous->checkpoint.origin.substr(0, previous->checkpoint.origin.rfind('/'))
                 : origin_prefix(generation);
    state_ = {.origin = fmt::format("{}/{}", prefix, paths::eight_digits(generation)),
              .size = 0,
              .root = empty_root()};
    check_origin(state_.origin);
    if (previous) {
        report_.new_generation_reason = previous->reason;
        report_.given_up_records = previous->checkpoint.size;
    }
    note_.clear();
    frontier_ = {};
    slot_ = 1;
    slot_sequence_ = 0;
    report_.adopted_size = 0;
    const LogPosition position;
    write_public_key();
    need(files_.make_generation(generation), paths::generation(generation));
    const std::vector<QuarantinedTail> tails =
        need(cut_tail(storage_, generation, 0, position), paths::generation(generation));
    need(files_.open(generation, position), paths::generation(generation));
    std::vector<incident::RecordDraft> drafts;
    drafts.push_back(genesis(previous));
    if (previous)
        if (std::optional<incident::RecordDraft> lost = loss(*previous))
            drafts.push_back(std::move(*lost));
    for (const QuarantinedTail& tail : tails) {
        report_.tail_bytes += tail.bytes;
        drafts.push_back(recovery(0, tail));
    }
    write_first(std::move(drafts));
}

void LedgerWriter::Impl::write_public_key() {
    const auto keep = [&](const char* path, const std::string& text) {
        const Result<std::string> found = read_whole(storage_, path, max_small_file_bytes);
        if (found && *found == text) return;
        need(write_whole(storage_, path, as_bytes(text)), path);
    };
    keep(paths::public_pem, public_key_pem(signer_.public_key()));
    keep(paths::vkey, vkey(state_.origin, signer_.public_key()) + "\n");
}

incident::RecordDraft LedgerWriter::Impl::genesis(const std::optional<Previous>& previous) {
    incident::RecordDraft draft{.kind = "genesis"};
    incident::Disclosure machine =
        incident::make_disclosure("machine", options_.machine_id, random_);
    draft.members = fmt::format(
        ",\"product\":\"persandian\",\"version\":\"{}\",\"pub\":\"{}\",\"machine\":{{{}}}",
        PERSANDIAN_VERSION, base64_encode(signer_.public_key()),
        commitment_members(machine.path, machine.commitment));
    draft.disclosures.push_back(std::move(machine));
    if (!previous) {
        draft.members += ",\"previous\":null";
        return draft;
    }
    draft.members += ",\"previous\":{\"origin\":";
    append_json_string(draft.members, previous->checkpoint.origin);
    draft.members +=
        fmt::format(",\"size\":{},\"root\":\"{}\"}},\"reason\":", previous->checkpoint.size,
                    base64_encode(previous->checkpoint.root.bytes));
    append_json_string(draft.members, previous->reason);
    return draft;
}

incident::RecordDraft LedgerWriter::Impl::recovery(std::uint64_t size,
                                                   const QuarantinedTail& tail) {
    const char* const reason = tail.bytes == 0
                                   ? "the last writer ended without closing the ledger"
                                   : "bytes beyond the last checkpoint were never acknowledged";
    return {.kind = "recovery",
            .members = fmt::format(
                ",\"size\":{},\"tail_bytes\":{},\"tail_sha256\":\"{}\",\"reason\":\"{}\"", size,
                tail.bytes, tail.sha256.hex(), reason)};
}

void LedgerWriter::Impl::write_first(std::vector<incident::RecordDraft> drafts) {
    if (drafts.empty()) return;
    const Result<IndexRange> written = append_checked(drafts);
    if (!written) fail(written.error(), paths::log);
}

}  // namespace persandian::ledger
