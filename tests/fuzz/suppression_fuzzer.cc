// SPDX-License-Identifier: Apache-2.0
//
// Any text as a suppression file: it is refused with a place for each mistake, or it makes a plan
// that judges findings.
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "detectors/base/check.h"
#include "detectors/suppression/suppressor.h"

namespace {

struct Discard final : persandian::FindingSink {
    void on_finding(persandian::Finding) override { ++passed; }
    std::uint64_t passed = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace persandian;
    const suppression::SourceFile file{"q.yml",
                                       std::string(reinterpret_cast<const char*>(data), size)};
    suppression::ParseResult parsed = suppression::parse({&file, 1}, 480);
    for (const suppression::Problem& problem : parsed.problems)
        PERSANDIAN_CHECK(problem.mark.line > 0 && !problem.to_string().empty());
    if (!parsed.problems.empty()) return 0;

    suppression::RuleCatalog catalog;
    catalog.rules = {{"11-aa", "upload", false, {}}, {"22-bb", "brute_force", true, {{"src_ip"}}}};
    catalog.field_names = [](const std::string&, const std::string& field) {
        return suppression::FieldNames{{field}};
    };
    catalog.known_fields = {"src_ip", "user.name"};
    const suppression::PlanResult planned =
        suppression::make_plan(std::move(parsed.suppressions), catalog);
    PERSANDIAN_CHECK((planned.plan == nullptr) == !planned.problems.empty());
    Discard out;
    suppression::Suppressor suppressor(out);
    suppressor.use(planned.plan);
    std::uint64_t hidden_before = 0;
    for (const char* const rule : {"11-aa", "22-bb", "33-cc"}) {
        Finding finding;
        finding.rule.id = rule;
        finding.time = Timestamp::from_seconds(1'794'268'800);
        finding.fields = {{"src_ip", "10.0.0.1"}, {"user.name", "a\xFF*"}};
        finding.group_fields = 1;
        if (suppressor.hides_from_correlations(finding)) {
            ++hidden_before;
        } else {
            suppressor.on_finding(std::move(finding));
        }
    }
    PERSANDIAN_CHECK(hidden_before <= suppressor.hidden());
    PERSANDIAN_CHECK(out.passed + suppressor.hidden() == 3);
    return 0;
}
