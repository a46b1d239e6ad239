// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/side_files.h"

#include <charconv>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/ledger/paths.h"
#include "detectors/base/encoding.h"

namespace persandian::ledger {
namespace {

constexpr std::string_view line_start = "{\"seq\":";
constexpr Error bad_line{ErrorCode::malformed, "not a disclosure line"};

}  // namespace

Result<void> EvidenceStore::store(std::span<const incident::RecordDraft> drafts) {
    for (const incident::RecordDraft& draft : drafts) {
        for (const incident::EvidenceBlob& blob : draft.evidence) {
            if (remembered_.contains(blob.sha256)) continue;
            const Result<void> written = write(blob);
            if (!written) return written;
            if (remembered_.size() >= max_remembered) remembered_.clear();
            remembered_.insert(blob.sha256);
        }
    }
    for (const std::string& folder : fresh_dirs_) {
        const Result<void> synced = storage_.sync_dir(folder);
        if (!synced) return synced;
    }
    fresh_dirs_.clear();
    return {};
}

Result<void> EvidenceStore::write(const incident::EvidenceBlob& blob) {
    const std::string folder = paths::evidence_dir(blob.sha256);
    const std::string path = paths::evidence_blob(blob.sha256);
    if (!storage_.exists(folder)) {
        const Result<void> made = storage_.make_dir(folder);
        if (!made) return made;
        fresh_dirs_.insert(paths::evidence);
    }
    // Also when the blob is there: a killed writer may have left its name unsynced.
    fresh_dirs_.insert(folder);
    if (is_intact(blob)) return {};
    const std::string temporary = path + ".tmp";
    {
        const Result<std::unique_ptr<File>> file = storage_.open(temporary, OpenMode::create);
        if (!file) return file.error();
        Result<void> done = (*file)->truncate(0);
        if (done) done = (*file)->append(as_bytes(blob.bytes));
        if (done) done = (*file)->sync();
        if (!done) return done;
    }
    return storage_.rename(temporary, path);
}

bool EvidenceStore::is_intact(const incident::EvidenceBlob& blob) const {
    const std::string path = paths::evidence_blob(blob.sha256);
    if (!storage_.exists(path)) return false;
    const Result<std::string> found = read_whole(storage_, path, blob.bytes.size());
    return found && *found == blob.bytes;
}

void append_disclosure_line(std::string& out, std::uint64_t seq,
                            const incident::Disclosure& disclosure) {
    fmt::format_to(std::back_inserter(out), "{}{},\"path\":", line_start, seq);
    append_json_string(out, disclosure.path);
    out += ",\"salt\":\"";
    out += hex_encode(disclosure.salt);
    if (is_utf8(disclosure.value)) {
        out += "\",\"value\":";
        append_json_string(out, disclosure.value);
    } else {
        out += "\",\"value_b64\":\"";
        out += base64_encode(as_bytes(disclosure.value));
        out += '"';
    }
    out += "}\n";
}

Result<DisclosureLine> parse_disclosure_line(std::string_view line) {
    boost::system::error_code failure;
    const boost::json::value parsed =
        boost::json::parse(boost::json::string_view(line.data(), line.size()), failure);
    if (failure || !parsed.is_object()) return bad_line;
    const boost::json::object& object = parsed.get_object();
    const auto text = [&](const char* name) -> const boost::json::string* {
        const boost::json::value* member = object.if_contains(name);
        return member == nullptr ? nullptr : member->if_string();
    };
    const Result<std::uint64_t> seq = disclosure_seq(line);
    const boost::json::string* const path = text("path");
    const boost::json::string* const salt = text("salt");
    const boost::json::string* const value = text("value");
    const boost::json::string* const encoded = text("value_b64");
    if (!seq || path == nullptr || salt == nullptr || (value == nullptr) == (encoded == nullptr) ||
        object.size() != 4)
        return bad_line;
    DisclosureLine out;
    out.seq = *seq;
    out.path = {path->data(), path->size()};
    const std::optional<std::string> salt_bytes = hex_decode({salt->data(), salt->size()});
    if (!salt_bytes || salt_bytes->size() != 16) return bad_line;
    out.salt = *salt_bytes;
    if (value != nullptr) {
        out.value = {value->data(), value->size()};
    } else {
        const std::optional<std::string> decoded =
            base64_decode({encoded->data(), encoded->size()});
        if (!decoded) return bad_line;
        out.value = *decoded;
    }
    return out;
}

Result<std::uint64_t> disclosure_seq(std::string_view line) {
    if (!line.starts_with(line_start)) return bad_line;
    std::uint64_t seq = 0;
    const char* const end = line.data() + line.size();
    const auto [stop, failure] = std::from_chars(line.data() + line_start.size(), end, seq);
    if (failure != std::errc{} || stop == end || *stop != ',') return bad_line;
    return seq;
}

}  // namespace persandian::ledger
