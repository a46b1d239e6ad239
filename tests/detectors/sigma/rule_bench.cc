// SPDX-License-Identifier: Apache-2.0
#include "tests/detectors/sigma/rule_bench.h"

#include <fmt/format.h>

#include "detectors/base/yaml.h"

namespace persandian::sigma::test {
namespace {

constexpr std::size_t detection_line = 5;  // of the first line of a rule_text()'s detection

Value to_value(const yaml::Node& node) {
    if (node.is_null()) return Value::null();
    if (const auto integer = node.as_integer()) return Value::integer(*integer);
    if (const auto real = node.as_number()) return Value::real(*real);
    if (const auto flag = node.as_boolean()) return Value::boolean(*flag);
    return Value::text(node.text);
}

void flatten(const yaml::Node& node, const std::string& name, std::size_t element, Event& out) {
    for (const yaml::Entry& entry : node.entries)
        flatten(entry.value, name.empty() ? entry.key : name + "." + entry.key, element, out);
    for (std::size_t i = 0; i < node.items.size(); ++i) flatten(node.items[i], name, i, out);
    if (node.is_scalar() || node.is_null()) out.add_foreign(name, to_value(node), element);
}

LoadOptions test_source() {
    LoadOptions options;
    options.forced_logsource = LogSource{.product = "test", .category = {}, .service = {}};
    return options;
}

}  // namespace

void fill_event(Event& event, const std::string& yaml_map) {
    event.reset("log", Timestamp::from_seconds(1'700'000'000));
    const yaml::ParseOutcome parsed = yaml::parse(yaml_map);
    PERSANDIAN_CHECK(!parsed.problem && parsed.documents.size() == 1);
    for (const yaml::Entry& entry : parsed.documents[0].root.entries)
        flatten(entry.value, entry.key, 0, event);
}

std::string rule_text(const std::string& detection) {
    return "title: t\nid: 11111111-1111-4111-8111-111111111111\nlogsource: {product: test}\n"
           "detection:\n" +
           detection;
}

LoadResult load(const std::vector<std::string>& texts, const LoadOptions& options,
                const std::vector<std::string>& logsources) {
    std::vector<SourceFile> files;
    for (std::size_t i = 0; i < texts.size(); ++i)
        files.push_back({fmt::format("rule{}.yml", i), texts[i]});
    std::vector<SourceFile> sources;
    for (std::size_t i = 0; i < logsources.size(); ++i)
        sources.push_back({fmt::format("source{}.yml", i), logsources[i]});
    return load_rules(files, sources, options);
}

std::vector<Finding> run(const std::string& detection, const std::string& event) {
    const LoadResult loaded = load({rule_text(detection)}, test_source());
    for (const RuleProblem& problem : loaded.refused)
        std::fprintf(stderr, "%s\n", problem.to_string().c_str());
    PERSANDIAN_CHECK(loaded.refused.empty());
    Event made;
    fill_event(made, event);
    Findings findings;
    make_matcher(loaded.rules)->match(made, findings);
    return findings.all;
}

bool fires(const std::string& detection, const std::string& event) {
    return !run(detection, event).empty();
}

bool holds(const std::string& item, const std::string& event) {
    return fires("  s:\n    " + item + "\n  condition: s\n", event);
}

std::string refusal(const std::string& detection) {
    std::string out;
    for (const RuleProblem& problem : load({rule_text(detection)}, test_source()).refused)
        out += fmt::format("{}:{}: {}\n", problem.line - detection_line + 1, problem.column,
                           problem.reason);
    return out;
}

std::string item_refusal(const std::string& item) {
    return refusal("  s:\n    " + item + "\n  condition: s\n");
}

}  // namespace persandian::sigma::test
