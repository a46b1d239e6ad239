// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/recovery.h"

#include <functional>

#include <fmt/format.h>

#include "daemon/ledger/entries.h"
#include "daemon/ledger/format.h"
#include "daemon/ledger/paths.h"
#include "daemon/ledger/side_files.h"
#include "daemon/ledger/slot.h"
#include "detectors/base/encoding.h"

namespace persandian::ledger {
namespace {

constexpr std::string_view close_start = "{\"v\":1,\"kind\":\"close\",";
constexpr std::string_view kind_start = "{\"v\":1,\"kind\":\"";

void append_offset(std::string& out, std::uint64_t offset) {
    for (unsigned shift = 64; shift > 0; shift -= 8)
        out += static_cast<char>((offset >> (shift - 8)) & 0xFFU);
}

/// Derived files of one segment, as they must be.
struct DerivedFiles {
    std::string leaf;
    std::string idx;
    std::uint64_t records = 0;
    std::uint64_t offset = 0;

    void add(const Digest& hash, std::uint64_t offset_behind) {
        if (records % tile_width == 0) append_offset(idx, offset);
        leaf += as_text(hash.bytes);
        offset = offset_behind;
        ++records;
    }
};

/// Whether a file starts with `content` (and, when `exactly`, has no more).
bool file_has(const Storage& storage, const std::string& path, const std::string& content) {
    const Result<std::string> found = read_whole(storage, path, content.size());
    return found && *found == content;
}

bool is_derived_intact(const Storage& storage, std::uint32_t generation, std::uint32_t segment,
                       const DerivedFiles& derived) {
    return file_has(storage, paths::segment(generation, segment, "leaf"), derived.leaf) &&
           file_has(storage, paths::segment(generation, segment, "idx"), derived.idx);
}

Result<void> overwrite(Storage& storage, const std::string& path, const std::string& content) {
    const Result<std::unique_ptr<File>> file = storage.open(path, OpenMode::create);
    if (!file) return file.error();
    Result<void> done = (*file)->truncate(0);
    if (done) done = (*file)->append(as_bytes(content));
    if (done) done = (*file)->sync();
    return done;
}

/// Whether a generation without a checkpoint holds records that only a finished first commit can
/// have left: anything but the genesis and the recovery records that follow it.
Result<bool> has_later_records(const Storage& storage, std::uint32_t generation) {
    const auto segments = paths::numbered(storage, paths::segments(generation), ".ent");
    if (!segments) return segments.error();
    if (segments->size() > 1) return true;
    if (segments->empty()) return false;
    const auto file = storage.open_read(paths::segment(generation, segments->front(), "ent"));
    if (!file) return file.error();
    EntryWalker walker(**file);
    while (true) {
        const Result<EntryStatus> status = walker.next();
        if (!status) return status.error();
        if (*status != EntryStatus::entry) return false;
        const std::string_view record = as_text(walker.record());
        if (record.starts_with(kind_start) &&
            !record.substr(kind_start.size()).starts_with("genesis\"") &&
            !record.substr(kind_start.size()).starts_with("recovery\""))
            return true;
    }
}

/// Walks the first `size` records of a generation, segment by segment.
class SegmentWalk {
  public:
    using Visit = std::function<void(ByteView record, std::uint64_t offset_behind)>;
    using SegmentDone = std::function<void(const SegmentExtent& extent)>;

    SegmentWalk(const Storage& storage, std::uint32_t generation)
        : storage_(storage), generation_(generation) {}

    Result<Damage> run(std::uint64_t size, const Visit& visit, const SegmentDone& segment_done) {
        std::uint64_t index = 0;
        for (std::uint32_t segment = 0; index < size; ++segment) {
            const auto file = storage_.open_read(paths::segment(generation_, segment, "ent"));
            if (!file && file.error().code == ErrorCode::not_found)
                return Damage{"records are missing: a segment's entry file is gone"};
            if (!file) return file.error();
            SegmentExtent extent{.segment = segment};
            const Result<Damage> walked = walk(**file, size - index, visit, extent);
            if (!walked || walked->reason != nullptr) return walked;
            index += extent.records;
            if (index < size && (extent.records == 0 || index % tile_width != 0))
                return Damage{"records are missing: a segment ends too early"};
            segment_done(extent);
        }
        return Damage{};
    }

  private:
    static Result<Damage> walk(const File& file, std::uint64_t most, const Visit& visit,
                               SegmentExtent& extent) {
        EntryWalker walker(file);
        while (extent.records < most) {
            const Result<EntryStatus> status = walker.next();
            if (!status) return status.error();
            if (*status == EntryStatus::torn)
                return Damage{"a record is cut off below the last checkpoint"};
            if (*status == EntryStatus::end) break;
            visit(walker.record(), walker.offset());
            ++extent.records;
            extent.entry_bytes = walker.offset();
        }
        return Damage{};
    }

    const Storage& storage_;
    std::uint32_t generation_;
};

/// Bytes of a file from `offset` to its end; nothing when it is absent.
Result<std::string> read_from(const Storage& storage, const std::string& path,
                              std::uint64_t offset) {
    const auto file = storage.open_read(path);
    if (!file && file.error().code == ErrorCode::not_found) return std::string();
    if (!file) return file.error();
    const Result<std::uint64_t> size = (*file)->size();
    if (!size) return size.error();
    if (*size <= offset) return std::string();
    std::string out(*size - offset, '\0');
    const auto got = (*file)->read_at(offset, std::as_writable_bytes(std::span(out)));
    if (!got) return got.error();
    out.resize(*got);
    return out;
}

/// Where the disclosure lines of records >= `size` begin: behind the last sound line of an earlier
/// record, so that damage further up is left for the auditor to see.
std::uint64_t disclosure_cut(std::string_view text, std::uint64_t size) {
    std::uint64_t keep = 0;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = text.find('\n', begin);
        if (end == std::string_view::npos) break;
        const Result<DisclosureLine> line = parse_disclosure_line(text.substr(begin, end - begin));
        if (line && line->seq < size) keep = end + 1;
        begin = end + 1;
    }
    return keep;
}

Result<void> cut_file(Storage& storage, const std::string& path, std::uint64_t size) {
    const auto file = storage.open(path, OpenMode::read_write);
    if (!file && file.error().code == ErrorCode::not_found && size == 0) return {};
    if (!file) return file.error();
    const Result<void> cut = (*file)->truncate(size);
    if (!cut) return cut;
    return (*file)->sync();
}

/// First free name of the form <size>.<kind>, <size>-1.<kind>, …
std::string free_quarantine_name(const Storage& storage, std::uint32_t generation,
                                 std::uint64_t size, std::string_view kind) {
    const std::string folder = paths::quarantine(generation);
    std::string name = fmt::format("{}/{}.{}", folder, size, kind);
    for (unsigned n = 1; storage.exists(name); ++n)
        name = fmt::format("{}/{}-{}.{}", folder, size, n, kind);
    return name;
}

/// The files of one kind from the position's segment on: the first one is cut, the others removed.
struct TailFiles {
    std::vector<std::uint32_t> later;
    std::string bytes;
    std::uint64_t keep = 0;
};

using PathOf = std::function<std::string(std::uint32_t segment)>;

Result<TailFiles> find_tail(const Storage& storage, const std::string& folder,
                            std::string_view suffix, std::uint32_t segment, std::uint64_t keep,
                            const PathOf& path_of) {
    TailFiles out;
    out.keep = keep;
    Result<std::string> first = read_from(storage, path_of(segment), keep);
    if (!first) return first.error();
    out.bytes = std::move(*first);
    const auto numbers = paths::numbered(storage, folder, suffix);
    if (!numbers) return numbers.error();
    for (const std::uint32_t number : *numbers) {
        if (number <= segment) continue;
        const Result<std::string> more = read_from(storage, path_of(number), 0);
        if (!more) return more.error();
        out.bytes += *more;
        out.later.push_back(number);
    }
    return out;
}

Result<void> quarantine_and_cut(Storage& storage, const TailFiles& tail, const std::string& name,
                                const std::string& folder, std::uint32_t segment,
                                const PathOf& path_of) {
    if (!tail.bytes.empty()) {
        const Result<void> kept = write_whole(storage, name, as_bytes(tail.bytes));
        if (!kept) return kept;
    }
    for (auto number = tail.later.rbegin(); number != tail.later.rend(); ++number) {
        const Result<void> removed = storage.remove(path_of(*number));
        if (!removed) return removed;
    }
    if (!tail.later.empty()) {
        const Result<void> synced = storage.sync_dir(folder);
        if (!synced) return synced;
    }
    if (tail.bytes.empty()) return {};
    return cut_file(storage, path_of(segment), tail.keep);
}

/// Whether `name` is a tail of exactly this size.
bool is_tail_of(std::string_view name, std::uint64_t size) {
    const std::string number = std::to_string(size);
    if (!name.starts_with(number) || !name.ends_with(".tail")) return false;
    const char next = name[number.size()];
    return next == '.' || next == '-';
}

Result<std::vector<QuarantinedTail>> tails_of(const Storage& storage, std::uint32_t generation,
                                              std::uint64_t size) {
    std::vector<QuarantinedTail> out;
    const std::string folder = paths::quarantine(generation);
    const auto names = storage.list(folder);
    if (!names && names.error().code == ErrorCode::not_found) return out;
    if (!names) return names.error();
    for (const std::string& name : *names) {
        if (!is_tail_of(name, size)) continue;
        const Result<std::string> bytes = read_from(storage, fmt::format("{}/{}", folder, name), 0);
        if (!bytes) return bytes.error();
        out.push_back({bytes->size(), sha256(as_bytes(*bytes))});
    }
    return out;
}

Result<void> make_derived_again(Storage& storage, std::uint32_t generation,
                                const SegmentExtent& extent) {
    const auto file = storage.open_read(paths::segment(generation, extent.segment, "ent"));
    if (!file) return file.error();
    DerivedFiles derived;
    EntryWalker walker(**file);
    while (derived.records < extent.records) {
        const Result<EntryStatus> status = walker.next();
        if (!status) return status.error();
        if (*status != EntryStatus::entry)
            return Error{ErrorCode::conflict, "the entries changed while they were read"};
        derived.add(leaf_hash(walker.record()), walker.offset());
    }
    const Result<void> leaf =
        overwrite(storage, paths::segment(generation, extent.segment, "leaf"), derived.leaf);
    if (!leaf) return leaf;
    return overwrite(storage, paths::segment(generation, extent.segment, "idx"), derived.idx);
}

}  // namespace

Result<SlotState> read_slots(const Storage& storage, std::uint32_t generation,
                             const PublicKey& key) {
    SlotState out;
    bool found = false;
    unsigned unwritten = 0;
    bool foreign = false;
    for (unsigned which = 0; which < 2; ++which) {
        const Result<std::string> bytes =
            read_whole(storage, paths::slot(generation, which), slot_bytes);
        if (!bytes && bytes.error().code == ErrorCode::not_found) {
            ++unwritten;
            continue;
        }
        if (!bytes && bytes.error().code != ErrorCode::limit) return bytes.error();
        const Result<Slot> slot =
            bytes ? decode_slot(as_bytes(*bytes)) : Result<Slot>(bytes.error());
        if (!slot) {
            if (slot.error().code == ErrorCode::not_found) ++unwritten;
            continue;
        }
        out.sequence = std::max(out.sequence, slot->sequence);
        const Result<Checkpoint> checkpoint = open_checkpoint(slot->note, key);
        if (!checkpoint || generation_of(checkpoint->origin) != generation) {
            foreign = foreign || !checkpoint;
            continue;
        }
        if (found && checkpoint->size < out.checkpoint.size) continue;
        found = true;
        out.checkpoint = *checkpoint;
        out.note = slot->note;
        out.which = which;
    }
    if (found) {
        out.kind = SlotState::Kind::valid;
        return out;
    }
    if (foreign) {
        out.kind = SlotState::Kind::foreign;
        return out;
    }
    const Result<bool> later = has_later_records(storage, generation);
    if (!later) return later.error();
    out.kind = unwritten > 0 && !*later ? SlotState::Kind::never_begun : SlotState::Kind::damaged;
    return out;
}

Result<Damage> read_again(const Storage& storage, std::uint32_t generation,
                          const Checkpoint& checkpoint, LogPosition& position) {
    position = {};
    DerivedFiles derived;
    const auto visit = [&](ByteView record, std::uint64_t offset_behind) {
        const Digest hash = leaf_hash(record);
        position.frontier.append(hash);
        derived.add(hash, offset_behind);
        position.ends_with_close = as_text(record).starts_with(close_start);
    };
    const auto segment_done = [&](const SegmentExtent& extent) {
        if (!is_derived_intact(storage, generation, extent.segment, derived))
            position.stale.push_back(extent);
        derived = {};
        position.segment = extent.segment;
        position.segment_first = position.frontier.size() - extent.records;
        position.segment_entry_bytes = extent.entry_bytes;
    };
    Result<Damage> damage =
        SegmentWalk(storage, generation).run(checkpoint.size, visit, segment_done);
    if (!damage || damage->reason != nullptr) return damage;
    if (position.frontier.root() != checkpoint.root)
        return Damage{"the records differ from what the last checkpoint signs"};
    return Damage{};
}

Result<Digest> root_of_entries(const Storage& storage, std::uint32_t generation,
                               std::uint64_t size) {
    MerkleFrontier frontier;
    const auto visit = [&](ByteView record, std::uint64_t) { frontier.append(leaf_hash(record)); };
    const Result<Damage> damage =
        SegmentWalk(storage, generation).run(size, visit, [](const SegmentExtent&) {});
    if (!damage) return damage.error();
    if (damage->reason != nullptr) return Error{ErrorCode::malformed, damage->reason};
    return frontier.root();
}

Result<std::vector<QuarantinedTail>> cut_tail(Storage& storage, std::uint32_t generation,
                                              std::uint64_t size, const LogPosition& position) {
    const std::string disclosure_folder = paths::disclosures(generation);
    const PathOf disclosure_path = [&](std::uint32_t segment) {
        return paths::disclosures(generation, segment);
    };
    const Result<std::string> lines = read_from(storage, disclosure_path(position.segment), 0);
    if (!lines) return lines.error();
    const Result<TailFiles> disclosures =
        find_tail(storage, disclosure_folder, ".jsonl", position.segment,
                  disclosure_cut(*lines, size), disclosure_path);
    if (!disclosures) return disclosures.error();
    Result<void> done = quarantine_and_cut(
        storage, *disclosures, free_quarantine_name(storage, generation, size, "disclosures"),
        disclosure_folder, position.segment, disclosure_path);
    if (!done) return done.error();

    const std::string entry_folder = paths::segments(generation);
    const PathOf entry_path = [&](std::uint32_t segment) {
        return paths::segment(generation, segment, "ent");
    };
    const Result<TailFiles> entries = find_tail(storage, entry_folder, ".ent", position.segment,
                                                position.segment_entry_bytes, entry_path);
    if (!entries) return entries.error();
    done = quarantine_and_cut(storage, *entries,
                              free_quarantine_name(storage, generation, size, "tail"), entry_folder,
                              position.segment, entry_path);
    if (!done) return done.error();

    for (const SegmentExtent& extent : position.stale) {
        done = make_derived_again(storage, generation, extent);
        if (!done) return done.error();
    }
    return tails_of(storage, generation, size);
}

}  // namespace persandian::ledger
