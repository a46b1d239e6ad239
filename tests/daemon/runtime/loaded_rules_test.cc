// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/loaded_rules.h"

#include <gtest/gtest.h>

namespace persandian::runtime {
namespace {

TEST(RuleMessages, FilesOfAnySizeArriveWhole) {
    config::RuleFiles files;
    files.rules = {{"a.yml", std::string(3 * RuleText::max_text_bytes + 7, 'a')},
                   {"b.yml", "title: b"},
                   {"c.yml", std::string(RuleText::max_text_bytes, 'c')},
                   {"empty.yml", ""}};
    files.logsources = {{"l.yml", std::string(RuleText::max_text_bytes + 1, 'l')}};
    config::RuleFiles arrived;
    for (const RuleText& message : to_messages(files)) {
        std::string frame;
        append_frame(frame, message);
        Result<Message> parsed = parse_frame(as_bytes(std::string_view(frame).substr(4)));
        ASSERT_TRUE(parsed);
        add_message(arrived, std::get<RuleText>(std::move(*parsed)));
    }
    ASSERT_EQ(arrived.rules.size(), files.rules.size());
    ASSERT_EQ(arrived.logsources.size(), files.logsources.size());
    for (std::size_t i = 0; i < files.rules.size(); ++i) {
        EXPECT_EQ(arrived.rules[i].path, files.rules[i].path);
        EXPECT_TRUE(arrived.rules[i].text == files.rules[i].text) << files.rules[i].path;
    }
    EXPECT_TRUE(arrived.logsources[0].text == files.logsources[0].text);
}

TEST(RuleMessages, TheSameFileTwiceStaysTwoFiles) {
    config::RuleFiles files;
    files.rules = {{"a.yml", "title: a"}, {"a.yml", "title: a"}};
    config::RuleFiles arrived;
    for (RuleText& message : to_messages(files)) add_message(arrived, std::move(message));
    EXPECT_EQ(arrived.rules.size(), 2U);
}

}  // namespace
}  // namespace persandian::runtime
