// SPDX-License-Identifier: Apache-2.0
//
// A capture file before anybody knows its format.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

namespace persandian::sources {

struct FileCloser {
    std::unique_ptr<char[]> buffer;  ///< what the file reads into; null: the library's own
    void operator()(std::FILE* file) const noexcept {
        if (file != stdin) (void)std::fclose(file);
    }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

enum class CaptureFormat : std::uint8_t { none, pcap, pcapng };

struct CaptureStream {
    File file;  ///< at its beginning
    CaptureFormat format = CaptureFormat::none;
};

/// Opens a file and looks at its first bytes; "-" is standard input, which need not be seekable.
/// Throws SourceError.
[[nodiscard]] CaptureStream open_capture(const std::string& path);

/// By its first bytes; none as well when it cannot be read.
[[nodiscard]] CaptureFormat capture_format_of(const std::filesystem::path& path);

}  // namespace persandian::sources
