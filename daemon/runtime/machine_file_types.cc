// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/machine_file_types.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace persandian::runtime {

MachineFileTypes::MachineFileTypes(const char* path) {
    const int descriptor = ::open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return;
    struct stat info {};
    if (::fstat(descriptor, &info) == 0 && info.st_size > 0) {
        table_bytes_ = static_cast<std::size_t>(info.st_size);
        // writable, but to nobody else: libmagic turns tables of other machines round
        void* const mapped =
            ::mmap(nullptr, table_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0);
        if (mapped != MAP_FAILED) table_ = mapped;
    }
    ::close(descriptor);
    if (table_ != nullptr)
        types_ = protocols::FileTypes::load({static_cast<const std::byte*>(table_), table_bytes_});
}

MachineFileTypes::~MachineFileTypes() {
    types_.reset();
    if (table_ != nullptr) ::munmap(table_, table_bytes_);
}

}  // namespace persandian::runtime
