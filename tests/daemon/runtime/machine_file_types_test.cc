// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/machine_file_types.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"

namespace persandian::runtime {
namespace {

TEST(MachineFileTypes, FilesAreToldApartByTheirFirstBytes) {
    const MachineFileTypes types;
    ASSERT_NE(types.get(), nullptr) << "tools/setup installs libmagic's table";
    const auto describe = [&](std::string_view head) {
        return types.get()->describe(as_bytes(head));
    };
    EXPECT_EQ(describe("%PDF-1.4\nrest").substr(0, 12), "PDF document");
    EXPECT_EQ(describe("#!/bin/sh\necho").substr(0, 11), "POSIX shell");
    EXPECT_EQ(describe(std::string("\x02\x9B\x00\xE1\x07\xFF\x13\x80", 8)), "data");
    EXPECT_EQ(describe(""), "empty");
}

TEST(MachineFileTypes, WithoutATableNothingIsTold) {
    EXPECT_EQ(MachineFileTypes("/nowhere/magic.mgc").get(), nullptr);
    const test::TempDir dir;
    EXPECT_EQ(MachineFileTypes(dir.write("empty.mgc", "").c_str()).get(), nullptr);
    EXPECT_EQ(MachineFileTypes(dir.write("odd.mgc", std::string(4096, 'x')).c_str()).get(),
              nullptr);
}

}  // namespace
}  // namespace persandian::runtime
