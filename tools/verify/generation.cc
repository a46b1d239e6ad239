// SPDX-License-Identifier: Apache-2.0
#include "tools/verify/generation.h"

#include <algorithm>

#include "tools/verify/encoding.h"

namespace persandian::verify {

namespace {

constexpr std::uint64_t bundle_records = 256;
constexpr std::uint64_t progress_step = 65'536;

std::string eight_digits(std::uint64_t number) {
    const std::string digits = std::to_string(number);
    return digits.size() >= 8 ? digits : std::string(8 - digits.size(), '0') + digits;
}

/// Whether the name is a segment number below `end`, and the suffix.
bool is_numbered(const std::string& name, std::string_view suffix, std::uint64_t end) {
    return name.size() == 8 + suffix.size() && name.ends_with(suffix) &&
           std::all_of(name.begin(), name.begin() + 8,
                       [](char c) { return c >= '0' && c <= '9'; }) &&
           name.substr(0, 8) < eight_digits(end);
}

bool ends_with_any(const std::string& name, std::initializer_list<const char*> endings) {
    for (const char* ending : endings)
        if (name.ends_with(ending)) return true;
    return false;
}

}  // namespace

GenerationCheck::GenerationCheck(std::filesystem::path ledger, std::string generation,
                                 const PublicKey& key, EvidenceStore& evidence, Coverage& coverage,
                                 Report& report,
                                 std::function<void(std::uint64_t, std::uint64_t)> progress)
    : ledger_(std::move(ledger)),
      generation_(std::move(generation)),
      key_(key),
      evidence_(evidence),
      coverage_(coverage),
      report_(report),
      progress_(std::move(progress)) {
    coverage_.generation = generation_;
    rules_ = std::make_unique<RecordRules>(RecordRules::Expected{"", key_}, coverage_, report_);
}

void GenerationCheck::tell(Weight weight, Message message, std::string where,
                           std::vector<std::string> arguments, std::optional<std::uint64_t> index) {
    for (std::string& argument : arguments) argument = printable(argument);
    report_.add({.weight = weight,
                 .message = message,
                 .where = std::move(where),
                 .generation = generation_,
                 .index = index,
                 .arguments = std::move(arguments)});
}

std::string GenerationCheck::segment_path(const Segment& segment, const char* suffix) const {
    return "log/" + generation_ + "/seg/" + segment.name + suffix;
}

std::optional<Digest> GenerationCheck::root_at(std::uint64_t size) const {
    const auto at = roots_.find(size);
    return at == roots_.end() ? std::nullopt : at->second;
}

void GenerationCheck::run() {
    const std::filesystem::path folder = ledger_ / "log" / generation_;
    slots_ = read_slots(folder, generation_, key_, report_);
    list_unknown_files();
    if (!slots_.latest) {
        if (slots_.unwritten)
            tell(Weight::unchecked, Message::never_committed, "log/" + generation_);
        else
            tell(Weight::tampered, Message::no_valid_checkpoint, "log/" + generation_);
        return;
    }
    const Checkpoint& head = slots_.latest->checkpoint;
    coverage_.origin = head.origin;
    coverage_.size = head.size;
    coverage_.root = head.root;
    coverage_.signature_good = true;
    coverage_.key_id = vkey_of(head.origin, key_).substr(head.origin.size() + 1, 8);
    rules_ =
        std::make_unique<RecordRules>(RecordRules::Expected{head.origin, key_}, coverage_, report_);
    want_root_at(head.size);
    if (slots_.older) want_root_at(slots_.older->checkpoint.size);
    read_records(head.size);
    judge_root(head.size);
    if (!broken_) look_beyond(head.size);
}

void GenerationCheck::read_records(std::uint64_t size) {
    if (roots_.count(0) != 0) roots_[0] = tree_.root(sha_);
    auto wanted = roots_.upper_bound(0);
    for (std::uint64_t index = 0; index < size; ++index) {
        if (!read_record(index, size)) {
            broken_ = true;
            break;
        }
        if (wanted != roots_.end() && wanted->first == index + 1) {
            wanted->second = tree_.root(sha_);
            ++wanted;
        }
        if (progress_ && index % progress_step == 0) progress_(index, size);
    }
    coverage_.records = tree_.size();
    if (size == 0) (void)open_segment(next_segment_);
    if (segment_) close_segment(true, !broken_);
    if (progress_) progress_(coverage_.records, size);
}

FileState GenerationCheck::open_segment(std::uint64_t number) {
    segment_ = std::make_unique<Segment>();
    Segment& segment = *segment_;
    segment.name = eight_digits(number);
    next_segment_ = number + 1;
    const auto open = [&](InputFile& file, const char* suffix) {
        return file.open(ledger_ / segment_path(segment, suffix));  // failed: said at the end
    };
    const FileState entries = open(segment.entries, ".ent");
    segment.leaves_short = open(segment.leaves, ".leaf") != FileState::ok;
    segment.offsets_bad = open(segment.offsets, ".idx") != FileState::ok;
    if (entries != FileState::ok) return entries;
    ++coverage_.segments;
    const std::string name = "disclosure/" + generation_ + "/" + segment.name + ".jsonl";
    segment.disclosures =
        std::make_unique<DisclosureFile>(ledger_ / name, name, coverage_, report_);
    return entries;
}

bool GenerationCheck::read_record(std::uint64_t index, std::uint64_t size) {
    const auto missing = [&](const std::string& where) {
        tell(Weight::tampered, Message::record_missing, where,
             {std::to_string(index), std::to_string(size - 1)},
             first_leaf_difference_.value_or(index));
        return false;
    };
    if (!segment_ || segment_->entries.at_end()) {
        if (segment_ && segment_->entries.failed()) return false;
        if (segment_) close_segment(false, true);
        const FileState opened = open_segment(next_segment_);
        if (opened == FileState::unreadable) return false;
        const bool nothing = opened == FileState::missing || segment_->entries.at_end();
        if (nothing && segment_->entries.failed()) return false;
        if (nothing) return missing(segment_path(*segment_, ".ent"));
    }
    Segment& segment = *segment_;
    const std::uint64_t offset = segment.entries.position();
    const auto broken = [&](const char* how) {
        if (segment.entries.failed()) return false;  // said when the segment is closed
        tell(Weight::tampered, Message::record_framing, segment_path(segment, ".ent"), {how},
             first_leaf_difference_.value_or(index));
        return false;
    };
    const auto prefix = segment.entries.take(2);
    if (!prefix) return broken("the file ends within a length");
    const auto length = static_cast<std::size_t>(big_endian(*prefix, 2));
    const auto record = segment.entries.take(length);
    if (!record) return broken("the file ends within the record");
    const Digest leaf = sha_.leaf(*record);
    tree_.append(leaf, sha_);
    coverage_.record_bytes += length;
    compare_derived(leaf, index, offset);
    ++segment.records;
    rules_->check(*record, index);
    segment.disclosures->check(index, rules_->commitments());
    evidence_.check(rules_->evidence(), index, coverage_);
    return true;
}

void GenerationCheck::compare_derived(const Digest& leaf, std::uint64_t index,
                                      std::uint64_t offset) {
    Segment& segment = *segment_;
    if (!segment.leaves_short) {
        const auto stored = segment.leaves.take(leaf.size());
        if (!stored) {
            segment.leaves_short = true;
        } else if (*stored != view_of(leaf) && !segment.leaves_differ) {
            segment.leaves_differ = true;
            if (!first_leaf_difference_) {
                first_leaf_difference_ = index;
                first_leaf_file_ = segment_path(segment, ".leaf");
            }
        }
    }
    if (segment.records % bundle_records != 0 || segment.offsets_bad) return;
    const auto stored = segment.offsets.take(8);
    if (!stored) {
        segment.offsets_bad = true;
    } else if (big_endian(*stored, 8) != offset) {
        tell(Weight::tampered, Message::idx_file_differs, segment_path(segment, ".idx"),
             {std::to_string(big_endian(*stored, 8)), std::to_string(offset)}, index);
    }
}

void GenerationCheck::close_segment(bool last, bool log_ended) {
    Segment& segment = *segment_;
    if (!last && segment.records % bundle_records != 0)
        tell(Weight::tampered, Message::segment_border, segment_path(segment, ".ent"),
             {std::to_string(segment.records)}, tree_.size());
    const bool entries_follow = last && !segment.entries.at_end();
    const auto check_length = [&](InputFile& file, bool is_short, const char* suffix) {
        const std::string where = segment_path(segment, suffix);
        const bool too_long = !file.at_end() && !entries_follow;  // may fail too: asked first
        if (file.failed()) {
            tell(Weight::unchecked, Message::unreadable, where);
        } else if (is_short && !file.is_open()) {
            if (segment.records > 0) tell(Weight::tampered, Message::file_absent, where);
        } else if (is_short) {
            tell(Weight::tampered, Message::derived_file_length, where, {"too short"});
        } else if (too_long) {
            tell(Weight::tampered, Message::derived_file_length, where, {"too long"});
        }
    };
    if (log_ended) {
        check_length(segment.leaves, segment.leaves_short, ".leaf");
        check_length(segment.offsets, segment.offsets_bad, ".idx");
        const std::uint64_t beyond =
            segment.disclosures ? segment.disclosures->finish(coverage_.size) : 0;
        if (beyond > 0)
            lines_beyond_.emplace_back("disclosure/" + generation_ + "/" + segment.name + ".jsonl",
                                       std::to_string(beyond));
    }
    if (last) coverage_.tail_bytes = broken_ ? 0 : segment.entries.skip_rest();
    if (segment.entries.failed())
        tell(Weight::unchecked, Message::unreadable, segment_path(segment, ".ent"));
    segment_.reset();
}

void GenerationCheck::judge_root(std::uint64_t size) {
    const std::optional<Digest> root = root_at(size);
    const bool same = root && *root == slots_.latest->checkpoint.root;
    coverage_.root_checked = same;
    std::uint64_t sound = 0;
    if (slots_.older) {
        const Checkpoint& older = slots_.older->checkpoint;
        const std::optional<Digest> older_root = root_at(older.size);
        if (older_root && *older_root == older.root)
            sound = older.size;
        else if (older_root && same)
            tell(Weight::tampered, Message::older_root_differs, slots_.older->where,
                 {std::to_string(older.size)});
    }
    if (first_leaf_difference_) {
        if (same)
            tell(Weight::tampered, Message::leaf_file_differs, first_leaf_file_, {},
                 first_leaf_difference_);
        else
            tell(Weight::tampered, Message::record_altered, "log/" + generation_, {},
                 first_leaf_difference_);
    }
    if (!same && root)
        tell(Weight::tampered, Message::root_differs, slots_.latest->where, {std::to_string(sound)},
             sound);
}

std::vector<std::string> GenerationCheck::names_in(const std::string& folder) {
    FolderContent content = list_folder(ledger_ / folder);
    if (content.state == FileState::unreadable)
        tell(Weight::unchecked, Message::unreadable, folder);
    return std::move(content.names);
}

// Entries of segments in which no signed record stands, also where numbers were left out. Returns
// how many segments there are when those that a writer may have begun are counted.
std::uint64_t GenerationCheck::look_at_other_entries() {
    const std::string folder = "log/" + generation_ + "/seg";
    std::uint64_t segments = coverage_.segments;
    for (const std::string& name : names_in(folder)) {
        if (!name.ends_with(".ent") || is_numbered(name, ".ent", coverage_.segments)) continue;
        InputFile file;
        const std::string where = folder + "/" + printable(name);
        const FileState state = file.open(ledger_ / folder / name);
        const std::uint64_t bytes = file.skip_rest();
        if (state == FileState::unreadable || file.failed())
            tell(Weight::unchecked, Message::unreadable, where);
        if (name == eight_digits(segments) + ".ent") {
            ++segments;
            coverage_.tail_bytes += bytes;
        } else if (bytes > 0) {
            tell(Weight::unchecked, Message::unsigned_tail, where, {std::to_string(bytes)});
        }
    }
    return segments;
}

void GenerationCheck::look_at_other_disclosures(std::uint64_t segments) {
    const std::string folder = "disclosure/" + generation_;
    for (const std::string& name : names_in(folder)) {
        if (is_numbered(name, ".jsonl", coverage_.segments) || name.ends_with(".tmp")) continue;
        InputFile file;  // the writer makes the next segment's file before its first line
        if (file.open(ledger_ / folder / name) == FileState::ok && file.at_end()) continue;
        const std::string where = folder + "/" + printable(name);
        if (is_numbered(name, ".jsonl", segments + 1))
            lines_beyond_.emplace_back(where, "?");
        else
            tell(Weight::unchecked, Message::unsigned_disclosures, where, {"?"});
    }
}

// Bytes after the last signed record: a crash, a writer at work, or somebody's addition.
void GenerationCheck::look_beyond(std::uint64_t size) {
    look_at_other_disclosures(look_at_other_entries());
    if (coverage_.tail_bytes == 0 && lines_beyond_.empty()) return;
    const auto now = signed_size_now(ledger_ / "log" / generation_, coverage_.origin, key_);
    if (now && *now > size) {
        tell(Weight::note, Message::growing, "", {std::to_string(*now)});
        return;
    }
    if (coverage_.tail_bytes > 0)
        tell(Weight::unchecked, Message::unsigned_tail, "log/" + generation_,
             {std::to_string(coverage_.tail_bytes)});
    for (const auto& [where, lines] : lines_beyond_)
        tell(Weight::unchecked, Message::unsigned_disclosures, where, {lines});
}

void GenerationCheck::list_unknown_files() {
    const std::string base = "log/" + generation_;
    for (const std::string& name : names_in(base))
        if (name != "seg" && name != "quarantine" && name != "commit.a" && name != "commit.b" &&
            !name.ends_with(".tmp"))
            tell(Weight::note, Message::unknown_file, base + "/" + printable(name));
    for (const std::string& name : names_in(base + "/seg"))
        if (!ends_with_any(name, {".ent", ".leaf", ".idx", ".tmp"}))
            tell(Weight::note, Message::unknown_file, base + "/seg/" + printable(name));
    for (const std::string& name : names_in(base + "/quarantine"))
        tell(Weight::note, Message::quarantine, "", {base + "/quarantine/" + name});
}

}  // namespace persandian::verify
