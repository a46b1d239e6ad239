// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

using testing::HasSubstr;

constexpr const char* detection =
    "  selection:\n    cmd|contains: [foo, BAR]\n    n|gt: 5\n  filter:\n    user: root\n"
    "  condition: selection and not filter\n";

std::string explain(const std::string& event_text) {
    const LoadResult loaded =
        load({rule_text(detection)}, {}, {"logsources:\n  - {product: test, when: {cmd: '*'}}\n"});
    Event event;
    fill_event(event, event_text);
    return make_matcher(loaded.rules)->explain(event, "11111111-1111-4111-8111-111111111111");
}

TEST(Explanation, ShowsWhatHeldWithWhichValues) {
    const std::string text = explain("{cmd: 'a bar b', n: 7}");
    EXPECT_THAT(text, HasSubstr("  product=test\n"));
    EXPECT_THAT(text, HasSubstr("[yes] all of:"));
    EXPECT_THAT(text, HasSubstr("[yes] selection: cmd contains 'BAR'\n"));
    EXPECT_THAT(text, HasSubstr("its value is 'a bar b'"));
    EXPECT_THAT(text, HasSubstr("[no]  filter: user equals 'root'\n"));
    EXPECT_THAT(text, HasSubstr("the event has no such field"));
    EXPECT_THAT(text, HasSubstr("the rule fires\n"));
}

TEST(Explanation, ShowsWhatDidNotHoldAndWhatStoodThere) {
    const std::string text = explain("{cmd: 'a baz b', n: 7, user: root}");
    EXPECT_THAT(text, HasSubstr("[no]  selection: cmd contains 'foo' or contains 'BAR'\n"));
    EXPECT_THAT(text, HasSubstr("its value is 'a baz b'"));
    EXPECT_THAT(text, HasSubstr("[yes] filter: user equals 'root'\n"));
    EXPECT_THAT(text, HasSubstr("the rule does not fire\n"));
}

TEST(Explanation, SaysThatARuleIsNotForSuchEvents) {
    const std::string text = explain("{other: 1}");
    EXPECT_THAT(text, HasSubstr("of no known log source"));
    EXPECT_THAT(text, HasSubstr("the rule is not for such events: it wants product=test"));
}

}  // namespace
}  // namespace persandian::sigma::test
