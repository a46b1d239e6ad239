// SPDX-License-Identifier: Apache-2.0
#include "daemon/review/phrases.h"

#include <gtest/gtest.h>

namespace persandian::review {
namespace {

TEST(Phrases, EveryWordOfTheRecordFormatHasAPhraseInBothLanguages) {
    for (const std::string_view key : {"status.new",
                                       "status.in_progress",
                                       "status.closed",
                                       "severity.informational",
                                       "severity.low",
                                       "severity.medium",
                                       "severity.high",
                                       "severity.critical",
                                       "verdict.true_positive",
                                       "verdict.false_positive",
                                       "verdict.benign",
                                       "verdict.duplicate",
                                       "verdict.test",
                                       "verdict.undetermined",
                                       "action.acknowledge",
                                       "action.assign",
                                       "action.comment",
                                       "action.close",
                                       "action.reopen",
                                       "action.recorded",
                                       "action.updated",
                                       "coverage.packets_received",
                                       "coverage.packets_dropped_kernel",
                                       "coverage.packets_dropped_interface",
                                       "coverage.packets_malformed",
                                       "coverage.flows_evicted",
                                       "coverage.flows_shed",
                                       "coverage.lines_read",
                                       "coverage.lines_unparsed",
                                       "coverage.lines_lost",
                                       "coverage.events",
                                       "coverage.findings"}) {
        EXPECT_NE(phrase(Language::indonesian, key), key) << key;
        EXPECT_NE(phrase(Language::english, key), key) << key;
    }
}

TEST(Phrases, LookUpFindsFirstLastAndNothingElse) {
    EXPECT_EQ(phrase(Language::english, "action.acknowledge"), "Acknowledged");
    EXPECT_EQ(phrase(Language::english, "yes"), "yes");
    EXPECT_EQ(phrase(Language::english, "no such phrase"), "no such phrase");
    EXPECT_EQ(word_phrase(Language::indonesian, "severity.", "high"), "tinggi");
    EXPECT_EQ(word_phrase(Language::indonesian, "severity.", "odd"), "odd");
}

TEST(Phrases, LanguageComesFromCodeOrLocale) {
    EXPECT_EQ(parse_language("id_ID.UTF-8"), Language::indonesian);
    EXPECT_EQ(parse_language("en"), Language::english);
    EXPECT_EQ(parse_language("C.UTF-8"), Language::english);
    EXPECT_FALSE(parse_language("fr_FR"));
}

}  // namespace
}  // namespace persandian::review
