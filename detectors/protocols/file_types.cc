// SPDX-License-Identifier: Apache-2.0
#include "detectors/protocols/file_types.h"

#include <algorithm>

#include <magic.h>

namespace persandian::protocols {
namespace {

/// What looks outside the buffer (devices, compressed parts, text decoders) stays off; so do the
/// checks that parse whole containers, which is where libmagic had its holes.
constexpr int flags = MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR | MAGIC_NO_CHECK_ELF |
                      MAGIC_NO_CHECK_CDF | MAGIC_NO_CHECK_JSON | MAGIC_NO_CHECK_CSV |
                      MAGIC_NO_CHECK_TOKENS;

}  // namespace

std::unique_ptr<FileTypes> FileTypes::load(ByteView table) {
    magic_t handle = magic_open(flags);
    if (handle == nullptr) return nullptr;
    std::unique_ptr<FileTypes> types(new FileTypes(handle));
    // libmagic asks for a writable buffer and does not write to it
    void* buffer = const_cast<std::byte*>(table.data());
    std::size_t size = table.size();
    if (magic_load_buffers(handle, &buffer, &size, 1) != 0) return nullptr;
    return types;
}

FileTypes::~FileTypes() {
    magic_close(handle_);
}

std::string FileTypes::describe(ByteView head) const {
    const char* const text = magic_buffer(handle_, head.data(), std::min(head.size(), look_bytes));
    return text != nullptr ? text : "";
}

}  // namespace persandian::protocols
