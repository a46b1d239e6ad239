// SPDX-License-Identifier: Apache-2.0
#include "detectors/protocols/inflater.h"

#include <algorithm>
#include <array>
#include <limits>

#include <zlib.h>

namespace persandian::protocols {
namespace {
constexpr int gzip_or_zlib = 15 + 32;  // largest window, header detected
constexpr int raw_deflate = -15;
}  // namespace

/// Owns the z_stream.
struct Inflater::State {
    z_stream stream{};
    bool raw = false;
    std::string first;  ///< input so far, at most two bytes: to start anew as raw deflate

    State() { PERSANDIAN_CHECK(inflateInit2(&stream, gzip_or_zlib) == Z_OK); }
    ~State() { inflateEnd(&stream); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
};

Inflater::Inflater(std::size_t max_output_bytes)
    : state_(std::make_unique<State>()), max_output_bytes_(max_output_bytes) {}
Inflater::~Inflater() = default;
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;

bool Inflater::is_too_much() const noexcept {
    return output_bytes_ >= max_output_bytes_ ||
           (output_bytes_ > free_output_bytes && output_bytes_ / max_ratio > input_bytes_);
}

void Inflater::feed(ByteView bytes, const Output& out) {
    // A zlib or gzip header shows itself in two bytes; anything else is taken as raw deflate.
    while (state_ != nullptr && state_->first.size() < 2 && !bytes.empty()) {
        state_->first += static_cast<char>(bytes.front());
        bytes = bytes.subspan(1);
        if (state_->first.size() < 2) continue;
        const auto a = static_cast<unsigned char>(state_->first[0]);
        const auto b = static_cast<unsigned char>(state_->first[1]);
        const bool gzip = a == 0x1F && b == 0x8B;
        const bool zlib = (a & 0x0FU) == 8 && (a * 256U + b) % 31 == 0;
        state_->raw = !gzip && !zlib;
        if (state_->raw) inflateReset2(&state_->stream, raw_deflate);
        const std::string head = state_->first;
        state_->first.resize(3, '\0');  // decided
        feed(as_bytes(head), out);
    }
    std::array<Bytef, 4096> decoded;
    while (state_ != nullptr && !bytes.empty()) {
        z_stream& stream = state_->stream;
        const std::size_t step = std::min<std::size_t>(bytes.size(), 1U << 30U);
        stream.next_in =
            const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));  // zlib reads only
        stream.avail_in = static_cast<uInt>(step);
        stream.next_out = decoded.data();
        stream.avail_out =
            static_cast<uInt>(std::min(decoded.size(), max_output_bytes_ - output_bytes_));
        const std::size_t offered = stream.avail_out;
        const int status = inflate(&stream, Z_NO_FLUSH);
        const std::size_t made = offered - stream.avail_out;
        if (made > 0) out({reinterpret_cast<const char*>(decoded.data()), made});
        output_bytes_ += made;
        input_bytes_ += step - stream.avail_in;
        bytes = bytes.subspan(step - stream.avail_in);
        failed_ = status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR;
        gave_up_ = status == Z_OK && is_too_much();
        if (status != Z_OK || gave_up_) state_.reset();
    }
}

}  // namespace persandian::protocols
