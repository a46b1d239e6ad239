// SPDX-License-Identifier: Apache-2.0
//
// The format between inspector and recorder: the recorder parses it, and the inspector may be in
// foreign hands. Whatever parses must survive the crossing unchanged.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "daemon/runtime/wire.h"
#include "detectors/base/check.h"

namespace {

using namespace persandian;

/// Parsed once, a message is what it is: written and parsed again it gives the same bytes.
void must_be_stable(const runtime::Message& message) {
    std::string first;
    runtime::append_frame(first, message);
    const auto again = runtime::parse_frame(as_bytes(std::string_view(first).substr(4)));
    PERSANDIAN_CHECK(again.has_value());
    std::string second;
    runtime::append_frame(second, *again);
    PERSANDIAN_CHECK(first == second);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(reinterpret_cast<const std::byte*>(data), size);
    if (const auto message = runtime::parse_frame(bytes)) must_be_stable(*message);
    if (size == 0) return 0;
    // As a stream, in pieces whose length the first byte gives.
    runtime::FrameBuffer buffer;
    const std::size_t piece = std::size_t{data[0]} + 1;
    for (std::size_t at = 1; at < size; at += piece) {
        buffer.append(bytes.subspan(at, std::min(piece, size - at)));
        ByteView frame;
        while (buffer.front(frame)) {
            if (const auto message = runtime::parse_frame(frame)) must_be_stable(*message);
            buffer.pop();
        }
    }
    return 0;
}
