// SPDX-License-Identifier: Apache-2.0
#include "daemon/review/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/review/review_ledger.h"

namespace persandian::review {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Report, SaysWhatHappenedInBothLanguages) {
    ReviewLedger ledger;
    const IncidentIndex index = ledger.index();
    const IncidentView& incident = *index.find("1");
    const std::string indonesian =
        to_markdown(incident_report(incident, *ledger.reader, Language::indonesian));
    EXPECT_THAT(indonesian, HasSubstr("# Laporan Insiden Siber"));
    EXPECT_THAT(indonesian, HasSubstr("Halaman judi online"));
    EXPECT_THAT(indonesian, HasSubstr("16 November 2026 pukul 10.11.00"));
    EXPECT_THAT(indonesian, HasSubstr("Simpan bukti."));
    for (const char* const part :
         {"## Informasi kontak pelapor", "## Deskripsi insiden", "## Kronologi", "## Dampak"})
        EXPECT_THAT(indonesian, HasSubstr(part)) << "the law asks for it";
    const std::string english =
        to_markdown(incident_report(incident, *ledger.reader, Language::english));
    EXPECT_THAT(english, HasSubstr("Gambling page on a government site"));
    EXPECT_THAT(english, HasSubstr("Keep the evidence."));
}

TEST(Report, PageNamesConditionsValuesEvidenceAndPosition) {
    ReviewLedger ledger;
    const IncidentIndex index = ledger.index();
    const std::string page =
        to_terminal(incident_page(*index.find("1"), *ledger.reader, Language::english), false);
    EXPECT_THAT(page, HasSubstr("contains 'slot'"));
    EXPECT_THAT(page, HasSubstr("/pub/?link=<script>"));
    EXPECT_THAT(page, HasSubstr("GET /pub/?link=ABC88 \\x1b[31m"));
    EXPECT_THAT(page, HasSubstr("Dinas Kesehatan (72.01)"));
    EXPECT_THAT(page, HasSubstr("persandian log prove"));
}

TEST(Report, HtmlEscapesEvidence) {
    ReviewLedger ledger;
    const IncidentIndex index = ledger.index();
    const std::string html =
        to_html(incident_report(*index.find("1"), *ledger.reader, Language::english));
    EXPECT_THAT(html, HasSubstr("&lt;script&gt;"));
    EXPECT_THAT(html, Not(HasSubstr("<script")));
}

TEST(RuleTexts, FallBackToThePlainRule) {
    const RuleTexts plain = rule_texts("title: T\ndescription: D\n", "T", Language::indonesian);
    EXPECT_EQ(plain.title, "T");
    EXPECT_EQ(plain.explanation, "D");
    const RuleTexts one_language =
        rule_texts("persandian: {title: {en: Only English}}", "T", Language::indonesian);
    EXPECT_EQ(one_language.title, "Only English");
    EXPECT_EQ(rule_texts("{broken", "T", Language::english).title, "T");
}

}  // namespace
}  // namespace persandian::review
