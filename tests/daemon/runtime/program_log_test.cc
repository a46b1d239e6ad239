// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/program_log.h"

#include <gtest/gtest.h>

namespace persandian::runtime {
namespace {

TEST(ProgramLog, EachLineIsARecordAndNothingActsOnATerminal) {
    testing::internal::CaptureStderr();
    open_program_log(config::LogLevel::info, "test");
    program_log(config::LogLevel::error, "two mistakes:\n  a: \x1b[2Jx\n\n  b: y\n");
    program_log(config::LogLevel::debug, "not said");
    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "persandiand test: error: two mistakes:\n"
              "persandiand test: error:   a: \\x1b[2Jx\n"
              "persandiand test: error:   b: y\n");
}

}  // namespace
}  // namespace persandian::runtime
