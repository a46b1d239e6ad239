// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/log_files.h"

#include "daemon/ledger/format.h"
#include "daemon/ledger/paths.h"

namespace persandian::ledger {
namespace {

/// Opens a file, made when absent, cuts it to `size` bytes.
Result<std::unique_ptr<File>> open_cut(Storage& storage, const std::string& path,
                                       std::uint64_t size) {
    Result<std::unique_ptr<File>> file = storage.open(path, OpenMode::create);
    if (!file) return file;
    const Result<std::uint64_t> found = (*file)->size();
    if (!found) return found.error();
    if (*found < size) return Error{ErrorCode::conflict, "a file is shorter than it was"};
    if (*found > size) {
        const Result<void> cut = (*file)->truncate(size);
        if (!cut) return cut.error();
    }
    return file;
}

}  // namespace

Result<void> LogFiles::make_generation(std::uint32_t generation) {
    const std::string folders[] = {paths::log,
                                   paths::generation(generation),
                                   paths::segments(generation),
                                   paths::quarantine(generation),
                                   paths::disclosure,
                                   paths::disclosures(generation),
                                   paths::evidence};
    for (const std::string& folder : folders) {
        const Result<void> made = storage_.make_dir(folder);
        if (!made) return made;
    }
    const std::string empty(slot_bytes, '\0');
    for (unsigned which = 0; which < 2; ++which) {
        const auto file = storage_.open(paths::slot(generation, which), OpenMode::create);
        if (!file) return file.error();
        const Result<std::uint64_t> size = (*file)->size();
        if (!size) return size.error();
        if (*size != 0) continue;
        Result<void> done = (*file)->write_at(0, as_bytes(empty));
        if (done) done = (*file)->sync();
        if (!done) return done;
    }
    const std::string parents[] = {paths::segments(generation), paths::generation(generation),
                                   paths::log, paths::disclosure, std::string()};
    for (const std::string& folder : parents) {
        const Result<void> synced = storage_.sync_dir(folder);
        if (!synced) return synced;
    }
    return {};
}

Result<void> LogFiles::open(std::uint32_t generation, const LogPosition& position) {
    generation_ = generation;
    for (unsigned which = 0; which < 2; ++which) {
        auto file = storage_.open(paths::slot(generation, which), OpenMode::create);
        if (!file) return file.error();
        slots_[which] = std::move(*file);
    }
    Result<void> synced = storage_.sync_dir(paths::generation(generation));
    if (!synced) return synced;
    return open_segment(position.segment, position.frontier.size() - position.segment_first,
                        position.segment_entry_bytes);
}

Result<void> LogFiles::open_segment(std::uint32_t segment, std::uint64_t records,
                                    std::uint64_t entry_bytes) {
    disclosures_.reset();
    offsets_ = (records + tile_width - 1) / tile_width;
    auto entries = open_cut(storage_, paths::segment(generation_, segment, "ent"), entry_bytes);
    if (!entries) return entries.error();
    auto leaves =
        open_cut(storage_, paths::segment(generation_, segment, "leaf"), records * leaf_bytes);
    if (!leaves) return leaves.error();
    auto index = open_cut(storage_, paths::segment(generation_, segment, "idx"), offsets_ * 8);
    if (!index) return index.error();
    entries_ = std::move(*entries);
    leaves_ = std::move(*leaves);
    index_ = std::move(*index);
    segment_ = segment;
    records_ = records;
    entry_bytes_ = entry_bytes;
    return storage_.sync_dir(paths::segments(generation_));
}

Result<void> LogFiles::next_segment() {
    Result<void> done = leaves_->sync();
    if (done) done = index_->sync();
    if (!done) return done;
    return open_segment(segment_ + 1, 0, 0);
}

Result<void> LogFiles::write_disclosures(const std::string& lines) {
    if (lines.empty()) return {};
    if (!disclosures_) {
        auto file = storage_.open(paths::disclosures(generation_, segment_), OpenMode::create);
        if (!file) return file.error();
        disclosures_ = std::move(*file);
        const Result<void> synced = storage_.sync_dir(paths::disclosures(generation_));
        if (!synced) return synced;
    }
    const Result<void> written = disclosures_->append(as_bytes(lines));
    if (!written) return written;
    return disclosures_->sync();
}

Result<void> LogFiles::write_entries(ByteView entries) {
    const Result<void> written = entries_->write_at(entry_bytes_, entries);
    if (!written) return written;
    entry_bytes_ += entries.size();
    return entries_->sync();
}

Result<void> LogFiles::write_derived(ByteView leaves, ByteView offsets) {
    const Result<void> written = leaves_->write_at(records_ * leaf_bytes, leaves);
    if (!written) return written;
    records_ += leaves.size() / leaf_bytes;
    if (offsets.empty()) return {};
    const Result<void> indexed = index_->write_at(offsets_ * 8, offsets);
    if (!indexed) return indexed;
    offsets_ += offsets.size() / 8;
    return {};
}

Result<void> LogFiles::write_slot(unsigned which, const std::string& slot) {
    PERSANDIAN_CHECK(which < 2);
    const Result<void> written = slots_[which]->write_at(0, as_bytes(slot));
    if (!written) return written;
    return slots_[which]->sync();
}

}  // namespace persandian::ledger
