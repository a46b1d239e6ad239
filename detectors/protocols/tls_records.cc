// SPDX-License-Identifier: Apache-2.0
#include "detectors/protocols/tls_records.h"

#include <algorithm>
#include <utility>

namespace persandian::protocols::tls {
namespace {

constexpr unsigned record_change_cipher = 20;
constexpr unsigned record_alert = 21;
constexpr unsigned record_handshake = 22;
constexpr unsigned record_application_data = 23;
constexpr unsigned record_heartbeat = 24;

bool is_kept(unsigned type) {
    return type == client_hello || type == server_hello || type == certificate;
}

/// Moves bytes from `from` into `to` until it is full. True when it is.
template <std::size_t size>
bool fill(std::array<std::byte, size>& to, std::size_t& filled, ByteView& from) {
    const std::size_t taken = std::min(size - filled, from.size());
    std::copy_n(from.begin(), taken, to.begin() + static_cast<std::ptrdiff_t>(filled));
    filled += taken;
    from = from.subspan(taken);
    return filled == size;
}

}  // namespace

RecordStep RecordReader::step(ByteView& bytes) {
    if (complete_) {
        complete_ = false;
        message_head_size_ = 0;
        body_.clear();
    }
    for (;;) {
        if (record_left_ == 0) {
            if (!fill(record_head_, record_head_size_, bytes)) return RecordStep::need_more;
            record_head_size_ = 0;
            const RecordStep step = read_record_header();
            if (step != RecordStep::need_more) return step;
            continue;
        }
        if (bytes.empty()) return RecordStep::need_more;
        const ByteView piece = bytes.first(std::min(record_left_, bytes.size()));
        const std::size_t used = record_type_ == record_handshake ? assemble(piece) : piece.size();
        bytes = bytes.subspan(used);
        record_left_ -= used;
        if (too_long_) return RecordStep::limit;
        if (complete_) return RecordStep::message;
    }
}

RecordStep RecordReader::read_record_header() {
    ByteReader reader(record_head_);
    record_type_ = reader.u8();
    const unsigned version = reader.u16();
    record_left_ = reader.u16();
    const bool first = std::exchange(first_record_, false);
    const unsigned third = version & 0xFFU;  // type of an SSL 2.0 message
    if (first && (record_type_ & 0x80U) != 0 && (third == 1 || third == 4)) {
        const std::size_t length = ((record_type_ & 0x7FU) << 8U) | (version >> 8U);
        ssl2_version_ = static_cast<std::uint16_t>(record_left_);
        record_left_ = length > 3 ? length - 3 : 0;
        record_type_ = 0;
        return third == 1 ? RecordStep::ssl2_client_hello : RecordStep::ssl2_server_hello;
    }
    observed_ = record_left_;
    const bool known = record_type_ >= record_change_cipher && record_type_ <= record_heartbeat;
    if (!known || (version >> 8U) != 3 || record_left_ > max_record_bytes) {
        record_left_ = 0;
        return RecordStep::malformed;
    }
    if (record_type_ == record_change_cipher) return RecordStep::change_cipher;
    if (record_type_ == record_application_data) return RecordStep::application_data;
    if (record_type_ == record_alert) return RecordStep::alert;
    return RecordStep::need_more;
}

std::size_t RecordReader::assemble(ByteView bytes) {
    const std::size_t offered = bytes.size();
    if (message_head_size_ < message_head_.size()) {
        if (!fill(message_head_, message_head_size_, bytes)) return offered;
        ByteReader reader(message_head_);
        type_ = reader.u8();
        message_left_ = reader.u24();
        too_long_ = is_kept(type_) && message_left_ > max_handshake_bytes;
        observed_ = message_left_;
        if (too_long_) return offered - bytes.size();
    }
    const std::size_t taken = std::min(message_left_, bytes.size());
    if (is_kept(type_)) body_ += as_text(bytes.first(taken));
    message_left_ -= taken;
    complete_ = message_left_ == 0;
    return offered - bytes.size() + taken;
}

}  // namespace persandian::protocols::tls
