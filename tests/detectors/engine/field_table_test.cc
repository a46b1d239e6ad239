// SPDX-License-Identifier: Apache-2.0
#include "detectors/engine/field_table.h"

#include <set>

#include <gtest/gtest.h>

namespace persandian::engine {
namespace {

TEST(FieldTable, NoNameIsDeclaredTwice) {
    std::set<std::string_view> names;
    for (const FieldRow& row : field_table())
        EXPECT_TRUE(names.insert(row.field->name()).second)
            << row.field->name() << " is declared twice; the second by " << row.producers.front()
            << ": share it in detectors/event";
    EXPECT_GT(names.size(), 100U);
}

TEST(FieldTable, EveryFieldSaysWhatItMeans) {
    for (const FieldRow& row : field_table())
        EXPECT_FALSE(row.field->meaning().empty()) << row.field->name();
}

TEST(FieldTable, NoTwoNamesShareAHash) {
    std::set<std::uint64_t> hashes;
    for (const FieldRow& row : field_table()) EXPECT_TRUE(hashes.insert(row.field->hash()).second);
}

}  // namespace
}  // namespace persandian::engine
