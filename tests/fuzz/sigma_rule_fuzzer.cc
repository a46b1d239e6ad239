// SPDX-License-Identifier: Apache-2.0
//
// Any text as a rule file (rules, correlations, filters, conditions): it loads or is refused; what
// loads is run on an event. Also the same text as a log-source file.
#include <cstddef>
#include <cstdint>
#include <string>

#include "detectors/sigma/rule_set.h"

namespace {

struct Discard : persandian::FindingSink {
    void on_finding(persandian::Finding) override {}
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace persandian;
    const std::string text(reinterpret_cast<const char*>(data), size);
    sigma::LoadOptions options;
    options.forced_logsource = sigma::LogSource{"test", "test", "test"};
    options.placeholders = {{"x", {"1", "*"}}};
    const sigma::SourceFile rules[] = {{"rule.yml", text}};
    const sigma::LoadResult loaded = sigma::load_rules(rules, {}, options);
    (void)sigma::load_rules({}, rules);

    Event event;
    event.reset("log", Timestamp{});
    event.add_foreign("a", Value::text("foo\\bar\n*\xFF é"));
    event.add_foreign("a", Value::integer(1), 1);
    event.add_foreign("b", Value::null());
    event.add_foreign("c", Value::text("2026-01-31T10:00:00Z"));
    Discard out;
    sigma::make_matcher(loaded.rules)->match(event, out);
    for (const sigma::RuleInfo& rule : loaded.rules->rules())
        (void)loaded.rules->describe(rule.reference.id);
    return 0;
}
