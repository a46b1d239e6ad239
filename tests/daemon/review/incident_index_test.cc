// SPDX-License-Identifier: Apache-2.0
#include "daemon/review/incident_index.h"

#include <gtest/gtest.h>

#include "daemon/review/incident_json.h"
#include "tests/daemon/review/review_ledger.h"

namespace persandian::review {
namespace {

TEST(IncidentIndex, IncidentIsReadBackWithItsDisclosedValues) {
    ReviewLedger ledger;
    const IncidentIndex index = ledger.index();
    ASSERT_EQ(index.size(), 1U);
    const IncidentView& incident = *index.find("1");
    EXPECT_EQ(incident.id, "INC-2026-000001");
    EXPECT_EQ(incident.severity, "high");
    EXPECT_EQ(incident.agency->name, "Dinas Kesehatan");
    ASSERT_EQ(incident.entity.size(), 1U);
    EXPECT_EQ(incident.entity[0].value, "203.0.113.7");
    ASSERT_EQ(incident.why.size(), 1U);
    EXPECT_EQ(incident.why[0].value, "/pub/?link=<script>");
    EXPECT_EQ(incident.status, "new");
    EXPECT_TRUE(incident.final) << "the closing revision replaces the first";
    EXPECT_EQ(index.next_number(), 2U);
    EXPECT_EQ(index.officers().size(), 1U);
}

TEST(IncidentIndex, FiltersSelectByStatusSeverityAgencyAndText) {
    ReviewLedger ledger;
    const IncidentIndex index = ledger.index();
    const auto count = [&](const IncidentFilter& filter) { return index.select(filter).size(); };
    IncidentFilter filter;
    EXPECT_EQ(count(filter), 1U);
    filter.status = "open";
    filter.least_severity = "high";
    filter.agency = "kesehatan";
    filter.text = "PPID.example";
    EXPECT_EQ(count(filter), 1U);
    filter.least_severity = "critical";
    EXPECT_EQ(count(filter), 0U);
    filter = {};
    filter.status = "closed";
    EXPECT_EQ(count(filter), 0U);
    filter = {};
    filter.since = "2030-01-01T00:00:00Z";
    EXPECT_EQ(count(filter), 0U);
    filter = {};
    filter.text = "nothing like it";
    EXPECT_EQ(count(filter), 0U);
}

TEST(IncidentIndex, UnknownIncidentIsNotFound) {
    ReviewLedger ledger;
    const IncidentIndex index = ledger.index();
    EXPECT_EQ(index.find("2"), nullptr);
    EXPECT_EQ(index.find(""), nullptr);
    EXPECT_EQ(index.find("INC-2026-00000"), nullptr);
}

}  // namespace
}  // namespace persandian::review
