// SPDX-License-Identifier: Apache-2.0
#include "detectors/protocols/transferred_file.h"

#include <algorithm>

#include "detectors/event/file_fields.h"

namespace persandian::protocols {

TransferredFile::TransferredFile(const EventEmitter& out, std::string_view name,
                                 std::string_view mime_type)
    : name_(name.substr(0, max_name_bytes)),
      mime_type_(mime_type.substr(0, max_name_bytes)),
      keep_head_(out.wants(fields::fileinfo_magic) || out.wants(fields::file_data)) {
    if (out.wants(fields::fileinfo_sha256)) sha256_.emplace(Hasher::Algorithm::sha256);
    if (out.wants(fields::fileinfo_sha1)) sha1_.emplace(Hasher::Algorithm::sha1);
    if (out.wants(fields::fileinfo_md5)) md5_.emplace(Hasher::Algorithm::md5);
}

bool TransferredFile::is_wanted(const EventEmitter& out) noexcept {
    return out.wants(fields::fileinfo_filename);
}

void TransferredFile::add(ByteView bytes) {
    size_bytes_ += bytes.size();
    if (keep_head_ && !gaps_)
        head_ += as_text(bytes.first(std::min(bytes.size(), head_bytes - head_.size())));
    if (gaps_) return;
    for (std::optional<Hasher>* const hasher : {&sha256_, &sha1_, &md5_})
        if (*hasher) (*hasher)->add(bytes);
}

void TransferredFile::lose(std::uint64_t bytes) noexcept {
    if (bytes > 0) gaps_ = true;
}

std::size_t TransferredFile::held_bytes() const noexcept {
    constexpr std::size_t per_hash = 320;  // OpenSSL's context, about
    std::size_t hashes = 0;
    for (const std::optional<Hasher>* const hasher : {&sha256_, &sha1_, &md5_})
        if (*hasher) ++hashes;
    return sizeof(*this) + name_.capacity() + mime_type_.capacity() + head_.capacity() +
           hashes * per_hash;
}

void TransferredFile::finish(EventEmitter& out, flow::Direction sender, Timestamp time,
                             bool complete, const std::function<void(Event&)>& add_context) {
    if (size_bytes_ == 0 && name_.empty()) return;
    Event& event = out.begin("fileinfo", sender, time);
    if (!name_.empty()) event.add(fields::fileinfo_filename, name_);
    if (!mime_type_.empty()) event.add(fields::fileinfo_mime_type, mime_type_);
    event.add(fields::fileinfo_state, complete ? "CLOSED" : "TRUNCATED");
    event.add(fields::fileinfo_size, Value::unsigned_integer(size_bytes_));
    event.add(fields::fileinfo_gaps, Value::boolean(gaps_));
    if (out.wants(fields::fileinfo_magic) && !head_.empty())
        event.add_copy(fields::fileinfo_magic, out.magic(as_bytes(head_)));
    if (complete && !gaps_) {
        if (sha256_) event.add_copy(fields::fileinfo_sha256, sha256_->finish());
        if (sha1_) event.add_copy(fields::fileinfo_sha1, sha1_->finish());
        if (md5_) event.add_copy(fields::fileinfo_md5, md5_->finish());
    }
    if (out.wants(fields::file_data)) event.add(fields::file_data, Value::bytes(head_));
    if (add_context) add_context(event);
    out.commit();
}

}  // namespace persandian::protocols
