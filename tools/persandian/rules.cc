// SPDX-License-Identifier: Apache-2.0
//
// `persandian rules check|list|show|explain|test`.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <set>

#include <fmt/format.h>

#include "detectors/base/encoding.h"
#include "tools/persandian/cli.h"
#include "tools/persandian/rule_loading.h"
#include "tools/persandian/rules_test.h"

namespace persandian::cli {
namespace {

struct Settings {
    std::vector<std::string> folders;
    std::vector<std::string> placeholders;
    std::string rule;
    bool json = false;
    bool warnings = false;
};

void print(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

std::string shown(std::string_view text) {
    return escape_for_terminal(text);
}

sigma::LoadResult load(const Settings& settings) {
    return load_rules_below(settings.folders, read_placeholders(settings.placeholders));
}

void append_problem(std::string& out, const sigma::RuleProblem& problem) {
    out += "\"file\":";
    append_json_string(out, problem.path);
    out += fmt::format(",\"line\":{},\"column\":{},\"reason\":", problem.line, problem.column);
    append_json_string(out, problem.reason);
}

/// One object per refused rule; a rule with several faults has the others in "also".
std::string refused_as_json(const std::vector<sigma::RuleProblem>& problems) {
    std::string out = "[";
    for (std::size_t i = 0; i < problems.size();) {
        out += i == 0 ? "{" : ",{";
        append_problem(out, problems[i]);
        std::string also;
        std::size_t next = i + 1;
        for (; next < problems.size() && problems[next].path == problems[i].path &&
               problems[next].rule_line == problems[i].rule_line;
             ++next) {
            also += also.empty() ? "{" : ",{";
            append_problem(also, problems[next]);
            also += '}';
        }
        if (!also.empty()) out += fmt::format(",\"also\":[{}]", also);
        out += '}';
        i = next;
    }
    return out + "]";
}

void check(const Settings& settings) {
    const sigma::LoadResult result = load(settings);
    const std::size_t loaded = result.rules->rules().size();
    if (settings.json) {
        print(fmt::format("{{\"loaded\":{},\"refused\":{}}}\n", loaded,
                          refused_as_json(result.refused)));
    } else {
        print(fmt::format("loaded {}, refused {}\n", loaded, result.refused_count));
        print(format_problems(result.refused));
        if (settings.warnings)
            for (const sigma::RuleProblem& warning : result.warnings)
                print(fmt::format("warning: {}\n", shown(warning.to_string())));
    }
    if (result.refused_count > 0) throw Exit{bad_config};
}

void list(const Settings& settings) {
    const sigma::LoadResult result = load(settings);
    std::string out = settings.json ? "[" : "";
    bool first = true;
    for (const sigma::RuleInfo& rule : result.rules->rules()) {
        if (settings.json) {
            out += first ? "{\"id\":" : ",\n{\"id\":";
            append_json_string(out, rule.reference.id);
            out += ",\"title\":";
            append_json_string(out, rule.reference.title);
            out += fmt::format(",\"level\":\"{}\",\"logsource\":", to_string(rule.reference.level));
            append_json_string(out, rule.logsource);
            out += fmt::format(",\"fed\":{},\"file\":", rule.fed);
            append_json_string(out, rule.path);
            out += '}';
        } else {
            out += fmt::format("{:<13} {}  {}{}\n    {}\n", to_string(rule.reference.level),
                               shown(rule.reference.id), shown(rule.reference.title),
                               rule.fed ? "" : "  (unfed)",
                               rule.logsource.empty() ? "correlation" : shown(rule.logsource));
        }
        first = false;
    }
    print(settings.json ? out + "]\n" : out);
}

const sigma::RuleInfo& find(const sigma::LoadResult& result, const std::string& id) {
    const sigma::RuleInfo* const rule = result.rules->find(id);
    if (rule == nullptr) throw Failure(no_input, "no rule has the id or name '" + id + "'");
    return *rule;
}

void print_texts(std::string_view heading, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    print(fmt::format("{}:\n", heading));
    for (const std::string& text : texts) print(fmt::format("  {}\n", shown(text)));
}

void print_both(std::string_view heading, const sigma::BilingualText& text) {
    if (!text.id.empty()) print(fmt::format("{} (id): {}\n", heading, shown(text.id)));
    if (!text.en.empty()) print(fmt::format("{} (en): {}\n", heading, shown(text.en)));
}

void show(const Settings& settings) {
    const sigma::LoadResult result = load(settings);
    const sigma::RuleInfo& rule = find(result, settings.rule);
    print(fmt::format("{}\n", shown(rule.reference.title)));
    print(fmt::format("id: {}\nfile: {}\nversion: {}\nlevel: {}\nstatus: {}\nauthor: {}\n",
                      shown(rule.reference.id), shown(rule.path), rule.reference.version.hex(),
                      to_string(rule.reference.level), shown(rule.status), shown(rule.author)));
    print(fmt::format("log source: {}{}\n", shown(rule.logsource),
                      rule.fed ? "" : " (unfed: no input of ours feeds it)"));
    if (!rule.description.empty()) print(fmt::format("{}\n", shown(rule.description)));
    print_both("title", rule.title);
    print_both("explanation", rule.explanation);
    for (const sigma::BilingualText& step : rule.next_steps) print_both("next step", step);
    print_texts("tags", rule.reference.tags);
    print_texts("false positives", rule.false_positives);
    print_texts("references", rule.references);
    print("\n");
    std::string_view rest = rule.text;
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        print(escape_for_terminal(line, line.size()) + "\n");
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
}

void explain(const Settings& settings) {
    const sigma::LoadResult result = load(settings);
    const sigma::RuleInfo& rule = find(result, settings.rule);
    print(fmt::format("{} ({})\n", shown(rule.reference.title), shown(rule.reference.id)));
    const std::string compiled = result.rules->describe(settings.rule);
    if (!rule.fed) print("no input of ours feeds its log source: " + shown(rule.logsource) + "\n");
    std::string_view rest = compiled;
    while (!rest.empty()) {
        const std::size_t newline = std::min(rest.find('\n'), rest.size());
        print(shown(rest.substr(0, newline)) + "\n");
        rest.remove_prefix(std::min(newline + 1, rest.size()));
    }
    print_both("explanation", rule.explanation);
}

CLI::App* add(CLI::App& rules, const std::string& name, const std::string& help,
              const std::shared_ptr<Settings>& settings, void (*run)(const Settings&)) {
    CLI::App* const command = rules.add_subcommand(name, help);
    command
        ->add_option("--placeholder", settings->placeholders, "Values for expand: name=value,value")
        ->allow_extra_args(false);
    command->callback([settings, run] { run(*settings); });
    return command;
}

void add_folders(CLI::App* command, const std::shared_ptr<Settings>& settings) {
    command->add_option("RULES", settings->folders, "Folders or files (default: our own rules)");
}

}  // namespace

void add_rules(CLI::App& program) {
    auto settings = std::make_shared<Settings>();
    CLI::App* const rules = program.add_subcommand("rules", "Check, list, show and test rules");
    rules->require_subcommand(1);
    CLI::App* const checking =
        add(*rules, "check", "Load rules and say what is wrong with them", settings, check);
    checking->add_flag("--json", settings->json, "Machine-readable output");
    checking->add_flag("--warnings", settings->warnings, "Also what is only doubtful");
    add_folders(checking, settings);
    CLI::App* const listing = add(*rules, "list", "List the rules", settings, list);
    listing->add_flag("--json", settings->json, "Machine-readable output");
    add_folders(listing, settings);
    for (CLI::App* const command :
         {add(*rules, "show", "Show one rule and all that is known of it", settings, show),
          add(*rules, "explain", "Show how a rule was compiled", settings, explain)}) {
        command->add_option("RULE", settings->rule, "Id or name of the rule")->required();
        add_folders(command, settings);
    }
    CLI::App* const testing = add(*rules, "test", "Run the samples beside the rules", settings,
                                  [](const Settings& s) { test_rules(s.folders, s.json); });
    testing->add_flag("--json", settings->json, "Machine-readable output");
    add_folders(testing, settings);
}

}  // namespace persandian::cli
