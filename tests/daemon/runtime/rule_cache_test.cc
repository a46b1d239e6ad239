// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/rule_cache.h"

#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/temp_dir.h"

namespace persandian::runtime {
namespace {

using testing::HasSubstr;

const Digest key_a = sha256(as_bytes("a"));
const Digest key_b = sha256(as_bytes("b"));

class RuleCacheTest : public testing::Test {
  protected:
    [[nodiscard]] std::string bytes() const {
        std::ifstream in(path_, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void write(const std::string& text) const {
        std::ofstream(path_, std::ios::binary | std::ios::trunc) << text;
    }
    void fill() const {
        RuleCache cache(path_);
        cache.keep(key_a, std::string("one\0two", 7));
        cache.keep(key_b, "");
        ASSERT_EQ(cache.save(), "");
    }

    test::TempDir folder_;
    std::filesystem::path path_ = folder_.path() / "rules.cache";
};

TEST_F(RuleCacheTest, KeepsWhatItWasGiven) {
    fill();
    RuleCache again(path_);
    EXPECT_EQ(again.distrust(), "");
    EXPECT_EQ(again.find(key_a), std::string_view("one\0two", 7));
    EXPECT_EQ(again.find(key_b), std::string_view());
    EXPECT_EQ(again.find(sha256(as_bytes("c"))), std::nullopt);
    EXPECT_EQ(again.counters().found, 2U);
    EXPECT_EQ(again.counters().missed, 1U);
}

TEST_F(RuleCacheTest, WhatIsNoLongerUsedGoesWithTheNextSave) {
    fill();
    RuleCache second(path_);
    EXPECT_TRUE(second.find(key_a));
    second.keep(sha256(as_bytes("c")), "new");
    ASSERT_EQ(second.save(), "");
    RuleCache third(path_);
    EXPECT_TRUE(third.find(key_a));
    EXPECT_FALSE(third.find(key_b));
}

TEST_F(RuleCacheTest, ADamagedFileIsNotUsed) {
    fill();
    const std::string good = bytes();
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] ^ 1);
        write(bad);
        RuleCache cache(path_);
        EXPECT_NE(cache.distrust(), "") << i;
        EXPECT_FALSE(cache.find(key_a)) << i;
    }
    for (std::size_t size = 0; size < good.size(); ++size) {
        write(good.substr(0, size));
        EXPECT_NE(RuleCache(path_).distrust(), "") << size;
    }
}

TEST_F(RuleCacheTest, AFileThatOthersMayWriteIsNotUsed) {
    fill();
    ASSERT_EQ(::chmod(path_.c_str(), 0620), 0);
    RuleCache cache(path_);
    EXPECT_THAT(cache.distrust(), HasSubstr("others may write"));
    EXPECT_FALSE(cache.find(key_a));
}

TEST_F(RuleCacheTest, ALinkIsNotFollowed) {
    fill();
    const std::filesystem::path link = folder_.path() / "link";
    std::filesystem::create_symlink(path_, link);
    EXPECT_NE(RuleCache(link).distrust(), "");
}

TEST_F(RuleCacheTest, SaysWhenItCannotBeKept) {
    RuleCache cache(folder_.path() / "missing" / "rules.cache");
    EXPECT_EQ(cache.distrust(), "");
    cache.keep(key_a, "x");
    EXPECT_THAT(cache.save(), HasSubstr("cannot be written"));
}

}  // namespace
}  // namespace persandian::runtime
