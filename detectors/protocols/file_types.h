// SPDX-License-Identifier: Apache-2.0
//
// What kind of file something is, by its first bytes (libmagic). Reads no file: the table comes as
// bytes, so that it works where the file system is out of reach.
#pragma once

#include <memory>
#include <string>

#include "detectors/base/bytes.h"

struct magic_set;  // libmagic's handle

namespace persandian::protocols {

/// Life-cycle: made once from a compiled table ("magic.mgc"), then asked in any number.
/// Single-threaded: libmagic's handle is; make one per shard.
class FileTypes {
  public:
    static constexpr std::size_t look_bytes = 4096;  ///< of a file's start

    /// Null when the table is not one of this libmagic. `table` must outlive the object.
    [[nodiscard]] static std::unique_ptr<FileTypes> load(ByteView table);
    ~FileTypes();
    FileTypes(const FileTypes&) = delete;
    FileTypes& operator=(const FileTypes&) = delete;

    /// "PE32 executable (GUI) Intel 80386, for MS Windows", in English; "data" when unknown, ""
    /// when libmagic gave up. At most look_bytes of `head` are looked at.
    [[nodiscard]] std::string describe(ByteView head) const;

  private:
    explicit FileTypes(magic_set* handle) noexcept : handle_(handle) {}
    magic_set* handle_;
};

}  // namespace persandian::protocols
