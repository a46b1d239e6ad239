// SPDX-License-Identifier: Apache-2.0
//
// Entries, rules and findings for the suppression tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "detectors/event/finding.h"
#include "detectors/suppression/suppressor.h"

namespace persandian::suppression::test {

/// 2026-11-10 00:00 UTC; entries of these tests are in force from 2026-11-01 to 2026-11-30.
inline constexpr Timestamp tenth = Timestamp::from_seconds(1'794'268'800);

inline constexpr const char* common = "reason: r, author: a, from: 2026-11-01, until: 2026-11-30}";

/// Three rules: two detections, one correlation of the first by src_ip (there called "client").
inline RuleCatalog catalog() {
    RuleCatalog out;
    out.rules = {{"11-aa", "login_failure", false, {}},
                 {"22-bb", "upload", false, {}},
                 {"33-cc", "brute_force", true, {{"client", "src_ip"}}}};
    out.field_names = [](const std::string&, const std::string& field) -> FieldNames {
        if (field == "c-ip") return {{"src_ip"}};
        return {{field}};
    };
    out.known_fields = {"src_ip", "user.name", "dest_ip"};
    return out;
}

inline PlanResult plan(const std::string& text, const Limits& limits = {}) {
    const SourceFile file{"q.yml", text};
    ParseResult parsed = parse({&file, 1}, 0, limits);
    for (const Problem& problem : parsed.problems) ADD_FAILURE() << problem.to_string();
    return make_plan(std::move(parsed.suppressions), catalog(), limits);
}

inline Finding finding(const std::string& rule, std::vector<FindingField> fields,
                       Timestamp time = tenth) {
    Finding out;
    out.rule.id = rule;
    out.time = time;
    out.fields = std::move(fields);
    return out;
}

struct Findings final : FindingSink {
    void on_finding(Finding finding) override { all.push_back(std::move(finding)); }
    std::vector<Finding> all;
};

}  // namespace persandian::suppression::test
