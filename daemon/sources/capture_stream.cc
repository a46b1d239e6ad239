// SPDX-License-Identifier: Apache-2.0
#include "daemon/sources/capture_stream.h"

#include <array>
#include <cerrno>
#include <cstring>

#include "daemon/sources/source_error.h"

namespace persandian::sources {
namespace {

using Kind = SourceError::Kind;

constexpr std::size_t buffer_bytes = 256 * 1024;

/// Magic numbers of pcap (either order, micro- and nanoseconds, two old variants) and pcapng.
CaptureFormat format_of(const std::array<unsigned char, 4>& b) {
    const auto is = [&](unsigned x, unsigned y, unsigned z, unsigned w) {
        return b[0] == x && b[1] == y && b[2] == z && b[3] == w;
    };
    if (is(0x0a, 0x0d, 0x0d, 0x0a)) return CaptureFormat::pcapng;
    const bool is_pcap = is(0xa1, 0xb2, 0xc3, 0xd4) || is(0xd4, 0xc3, 0xb2, 0xa1) ||
                         is(0xa1, 0xb2, 0x3c, 0x4d) || is(0x4d, 0x3c, 0xb2, 0xa1) ||
                         is(0xa1, 0xb2, 0xcd, 0x34) || is(0x34, 0xcd, 0xb2, 0xa1);
    return is_pcap ? CaptureFormat::pcap : CaptureFormat::none;
}

/// Looks at the first bytes and puts them back: a pipe cannot be rewound.
CaptureFormat peek(std::FILE* file) {
    std::array<unsigned char, 4> first{};
    std::size_t count = std::fread(first.data(), 1, first.size(), file);
    const CaptureFormat format = count == first.size() ? format_of(first) : CaptureFormat::none;
    while (count > 0) (void)std::ungetc(first[--count], file);
    return format;
}

}  // namespace

CaptureStream open_capture(const std::string& path) {
    errno = 0;
    CaptureStream out{File(path == "-" ? stdin : std::fopen(path.c_str(), "rbe"), {}), {}};
    if (!out.file) {
        const int code = errno;
        const std::string reason = std::strerror(code);
        if (code == ENOENT) throw SourceError(Kind::not_found, path, reason, "check the path");
        if (code == EACCES)
            throw SourceError(Kind::permission, path, reason,
                              "let the user that runs this read it");
        throw SourceError(Kind::unsupported, path, reason, "give a file");
    }
    if (out.file.get() != stdin) {  // which outlives us
        // The C library takes the size only together with the buffer.
        out.file.get_deleter().buffer = std::make_unique<char[]>(buffer_bytes);
        (void)std::setvbuf(out.file.get(), out.file.get_deleter().buffer.get(), _IOFBF,
                           buffer_bytes);
    }
    out.format = peek(out.file.get());
    return out;
}

CaptureFormat capture_format_of(const std::filesystem::path& path) {
    const File file(std::fopen(path.c_str(), "rbe"), {});
    return file ? peek(file.get()) : CaptureFormat::none;
}

}  // namespace persandian::sources
