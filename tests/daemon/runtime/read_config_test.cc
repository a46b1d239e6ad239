// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/read_config.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/config/rule_files.h"
#include "tests/support/temp_dir.h"

namespace persandian::runtime {
namespace {

TEST(ReadConfig, TakesTheFormatsOfTheRoomForLogs) {
    const test::TempDir dir;
    for (const std::string format : {"auto", "sshd", "json", "routeros"}) {
        const auto path =
            dir.write("c.yaml", "logs: [{path: /var/log/x, format: " + format + "}]\n");
        EXPECT_EQ(read_config(path, {}).logs.at(0).format, format);
    }
    EXPECT_EQ(read_config(dir.write("c.yaml", "logs: [{path: /x}]\n"), {}).logs.at(0).format,
              "auto");
}

TEST(ReadConfig, AFormatThatNoRoomHasIsAMistakeAmongTheOthers) {
    const test::TempDir dir;
    const auto path =
        dir.write("c.yaml", "lgos: []\nlogs:\n  - {path: /var/log/auth.log, format: sshdd}\n");
    try {
        (void)read_config(path, {});
        FAIL() << "must throw";
    } catch (const config::ConfigError& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("unknown key 'lgos'"));
        EXPECT_THAT(error.what(),
                    testing::ContainsRegex("c.yaml:3:39: 'format' must be one of auto, .*sshdd.*"
                                           "did you mean 'sshd'"));
    }
    EXPECT_THROW((void)read_config("/nonexistent.yaml", {}), config::UnreadableFile);
}

}  // namespace
}  // namespace persandian::runtime
