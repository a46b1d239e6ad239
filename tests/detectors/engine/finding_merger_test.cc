// SPDX-License-Identifier: Apache-2.0
#include "detectors/engine/finding_merger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace persandian::engine {
namespace {

using testing::ElementsAre;

struct Order final : FindingSink {
    void on_finding(Finding finding) override { ids.push_back(finding.rule.id); }
    std::vector<std::string> ids;
};

Finding at(std::int64_t seconds, const std::string& id, std::uint16_t source = 0,
           std::uint64_t sequence = 0) {
    Finding out;
    out.rule.id = id;
    out.time = Timestamp::from_seconds(seconds);
    out.source = source;
    out.sequence = sequence;
    return out;
}

TEST(FindingMerger, NobodyIsAheadOfTheSlowestInput) {
    Order order;
    FindingMerger merger(order);
    FindingSink& a = merger.add_input();
    FindingSink& b = merger.add_input();
    a.on_finding(at(10, "a10"));
    merger.advance(0, Timestamp::from_seconds(20));
    EXPECT_TRUE(order.ids.empty());
    b.on_finding(at(5, "b5"));
    merger.advance(1, Timestamp::from_seconds(6));
    EXPECT_THAT(order.ids, ElementsAre("b5"));
    merger.advance(1, Timestamp::from_seconds(11));
    EXPECT_THAT(order.ids, ElementsAre("b5", "a10"));
    EXPECT_EQ(merger.time(), Timestamp::from_seconds(11));
}

TEST(FindingMerger, EqualTimesGoBySourceThenSequence) {
    Order order;
    FindingMerger merger(order);
    FindingSink& a = merger.add_input();
    FindingSink& b = merger.add_input();
    b.on_finding(at(1, "b", 1, 1));
    a.on_finding(at(1, "a2", 0, 2));
    a.on_finding(at(1, "a1", 0, 1));
    merger.end(0);
    merger.end(1);
    EXPECT_THAT(order.ids, ElementsAre("a1", "a2", "b"));
}

TEST(FindingMerger, AnEndedInputHoldsNobodyBack) {
    Order order;
    FindingMerger merger(order);
    FindingSink& a = merger.add_input();
    (void)merger.add_input();
    a.on_finding(at(1, "a"));
    merger.advance(0, Timestamp::from_seconds(2));
    EXPECT_TRUE(order.ids.empty());
    merger.end(1);
    EXPECT_THAT(order.ids, ElementsAre("a"));
}

TEST(FindingMerger, PendingFindingsAreBounded) {
    Order order;
    FindingMerger merger(order, {.max_pending = 2});
    FindingSink& a = merger.add_input();
    (void)merger.add_input();
    a.on_finding(at(3, "3"));
    a.on_finding(at(1, "1"));
    a.on_finding(at(2, "2"));
    EXPECT_THAT(order.ids, ElementsAre("1"));
    EXPECT_EQ(merger.passed_unordered(), 1U);
}

TEST(FindingMerger, ARestartedInputMayBeginEarlier) {
    Order order;
    FindingMerger merger(order);
    FindingSink& a = merger.add_input();
    merger.advance(0, Timestamp::from_seconds(100));
    a.on_finding(at(100, "new"));
    merger.restart(0);
    EXPECT_THAT(order.ids, ElementsAre("new"));
    a.on_finding(at(6, "6"));
    a.on_finding(at(5, "5"));
    merger.advance(0, Timestamp::from_seconds(7));
    EXPECT_THAT(order.ids, ElementsAre("new", "5", "6"));
    EXPECT_EQ(merger.time(), Timestamp::from_seconds(7));
}

TEST(FindingMerger, TheEndReleasesEverything) {
    Order order;
    FindingMerger merger(order);
    FindingSink& a = merger.add_input();
    a.on_finding(at(3, "3"));
    merger.end(0);
    EXPECT_THAT(order.ids, ElementsAre("3"));
}

}  // namespace
}  // namespace persandian::engine
