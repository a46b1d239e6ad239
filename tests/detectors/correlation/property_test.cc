// SPDX-License-Identifier: Apache-2.0
//
// The correlator against an evaluator that looks at every finding again each time.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include <gtest/gtest.h>

#include "tests/detectors/correlation/support.h"

namespace persandian::correlation::test {
namespace {

// Remembers everything; decides anew with each finding. Rules with gt/gte bounds only.
class NaiveEvaluator {
  public:
    explicit NaiveEvaluator(CorrelationRule rule) : rule_(std::move(rule)) {}

    /// Window end and count, when the rule fires.
    std::optional<std::pair<Timestamp, std::int64_t>> on_finding(const Finding& finding) {
        now_ = std::max(now_, finding.time);
        GroupHistory& group = groups_[std::string(finding.value_of("src_ip"))];
        if (!group.all.empty() && group.touched < now_ - Duration{2 * rule_.timespan.ns})
            group = {};
        if (!group.all.empty() && finding.time < group.newest - rule_.timespan) return std::nullopt;
        group.newest = group.all.empty() ? finding.time : std::max(group.newest, finding.time);
        group.touched = now_;
        group.all.push_back(finding);
        if (group.fired && group.newest <= group.quiet_until) return std::nullopt;
        const std::int64_t count = count_in(group);
        if (count < rule_.condition.bounds[0].value) return std::nullopt;
        group.fired = true;
        group.quiet_until = group.newest + rule_.timespan;
        return std::pair(group.newest, count);
    }

  private:
    struct GroupHistory {
        std::vector<Finding> all;
        Timestamp newest, touched, quiet_until;
        bool fired = false;
    };

    [[nodiscard]] std::int64_t count_in(const GroupHistory& group) const {
        std::vector<Finding> window;
        for (const Finding& f : group.all)
            if (f.time >= group.newest - rule_.timespan) window.push_back(f);
        std::stable_sort(window.begin(), window.end(), [](const Finding& a, const Finding& b) {
            return std::tie(a.time, a.source, a.sequence) < std::tie(b.time, b.source, b.sequence);
        });
        std::set<std::string> different;
        std::size_t step = 0;
        for (const Finding& f : window) {
            different.insert(rule_.type == CorrelationType::value_count
                                 ? std::string(f.value_of("user.name"))
                                 : f.rule.id);
            if (step < rule_.rules.size() && rule_.rules[step] == f.rule.id) ++step;
        }
        if (rule_.type == CorrelationType::event_count)
            return static_cast<std::int64_t>(window.size());
        if (rule_.type == CorrelationType::temporal_ordered) return static_cast<std::int64_t>(step);
        return static_cast<std::int64_t>(different.size());
    }

    CorrelationRule rule_;
    std::map<std::string, GroupHistory> groups_;
    Timestamp now_{INT64_MIN};
};

struct Shape {
    CorrelationType type;
    std::int64_t threshold;
    std::int64_t timespan;
};

class AgainstNaive : public testing::TestWithParam<Shape> {};

TEST_P(AgainstNaive, SameFindings) {
    CorrelationRule definition = rule(GetParam().type, {"a", "b", "c", "a"}, GetParam().timespan,
                                      {{Operator::gte, GetParam().threshold}});
    if (definition.type != CorrelationType::temporal_ordered) definition.rules.pop_back();
    definition.condition.fields = {"user.name"};
    std::size_t fired = 0;
    for (unsigned seed = 0; seed < 60; ++seed) {
        std::mt19937 random(seed);
        const auto below = [&](unsigned n) { return random() % n; };
        NaiveEvaluator naive(definition);
        Collector out;
        const auto correlator = make_correlator({definition}, out);
        std::int64_t clock = 1000;
        for (unsigned i = 0; i < 400; ++i) {
            clock += static_cast<std::int64_t>(below(6));
            if (below(60) == 0) clock += 150;
            const std::int64_t late = below(5) == 0 ? static_cast<std::int64_t>(below(60)) : 0;
            Finding next = finding(
                std::string(1, static_cast<char>('a' + below(3))),
                static_cast<double>(clock - late),
                {{"src_ip", std::to_string(below(3))}, {"user.name", std::to_string(below(8))}});
            next.source = static_cast<std::uint16_t>(below(2));
            next.sequence = i;
            const auto expected = naive.on_finding(next);
            out.findings.clear();
            correlator->on_finding(next);
            ASSERT_EQ(out.findings.size(), expected ? 1U : 0U) << "seed " << seed << " step " << i;
            if (!expected) continue;
            ++fired;
            EXPECT_EQ(out.findings[0].time, expected->first);
            EXPECT_EQ(out.findings[0].value_of("correlation.count"),
                      std::to_string(expected->second));
        }
    }
    EXPECT_GT(fired, 50U) << "the streams must exercise the rule";
}

INSTANTIATE_TEST_SUITE_P(Shapes, AgainstNaive,
                         testing::Values(Shape{CorrelationType::event_count, 5, 30},
                                         Shape{CorrelationType::event_count, 2, 3},
                                         Shape{CorrelationType::value_count, 5, 40},
                                         Shape{CorrelationType::value_count, 3, 10},
                                         Shape{CorrelationType::temporal, 3, 25},
                                         Shape{CorrelationType::temporal, 2, 8},
                                         Shape{CorrelationType::temporal_ordered, 4, 40},
                                         Shape{CorrelationType::temporal_ordered, 2, 10}));

TEST(Determinism, TheSameStreamGivesTheSameFindings) {
    const auto run = [] {
        Collector out;
        CorrelationRule waits =
            rule(CorrelationType::event_count, {"a", "b"}, 20, {{Operator::lte, 4}});
        CorrelationRule counts =
            rule(CorrelationType::event_count, {"a"}, 20, {{Operator::gte, 4}});
        counts.rule.id = "counts";
        const auto correlator = make_correlator({waits, counts}, out);
        std::mt19937 random(7);
        for (unsigned i = 0; i < 2000; ++i) {
            correlator->on_finding(finding(random() % 2 == 0 ? "a" : "b", i,
                                           {{"src_ip", std::to_string(random() % 9)}}));
            if (i % 10 == 0) correlator->on_time(Timestamp::from_seconds(i));
        }
        std::string text;
        for (const Finding& f : out.findings)
            text += f.rule.id + " " + std::to_string(f.time.ns) + " " + f.fields[0].value + "\n";
        return text;
    };
    const std::string first = run();
    EXPECT_GT(first.size(), 1000U);
    EXPECT_EQ(first, run());
}

}  // namespace
}  // namespace persandian::correlation::test
