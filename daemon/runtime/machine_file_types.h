// SPDX-License-Identifier: Apache-2.0
//
// What libmagic of this machine knows, for stages that cannot open files themselves.
#pragma once

#include <cstddef>
#include <memory>

#include "detectors/protocols/file_types.h"

namespace persandian::runtime {

/// Maps libmagic's compiled table and reads it; about 3 ms, memory only as it is used. One per
/// stage. Without a table get() is null, and `fileinfo.magic` is never told.
class MachineFileTypes {
  public:
    static constexpr const char* default_path = "/usr/share/misc/magic.mgc";

    explicit MachineFileTypes(const char* path = default_path);
    ~MachineFileTypes();
    MachineFileTypes(const MachineFileTypes&) = delete;
    MachineFileTypes& operator=(const MachineFileTypes&) = delete;

    [[nodiscard]] const protocols::FileTypes* get() const noexcept PERSANDIAN_LIFETIME_BOUND {
        return types_.get();
    }

  private:
    void* table_ = nullptr;
    std::size_t table_bytes_ = 0;
    std::unique_ptr<protocols::FileTypes> types_;
};

}  // namespace persandian::runtime
