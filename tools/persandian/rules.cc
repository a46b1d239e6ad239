// SPDX-License-Identifier: Apache-2.0
//
// `persandian rules check|list|show|explain|stats|test`.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <set>

#include <fmt/format.h>

#include "detectors/base/encoding.h"
#include "tools/persandian/cli.h"
#include "tools/persandian/event_lines.h"
#include "tools/persandian/rule_loading.h"
#include "tools/persandian/rules_test.h"

namespace persandian::cli {
namespace {

struct Settings {
    std::vector<std::string> folders;
    std::vector<std::string> placeholders;
    std::string rule;
    std::string events;  ///< file of events; empty: none
    std::string format = "json";
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

std::string warnings_as_json(const std::vector<sigma::RuleProblem>& warnings) {
    std::string out = "[";
    for (const sigma::RuleProblem& warning : warnings) {
        out += out.size() == 1 ? "{" : ",{";
        append_problem(out, warning);
        out += '}';
    }
    return out + "]";
}

void check(const Settings& settings) {
    const sigma::LoadResult result = load(settings);
    const std::size_t loaded = result.rules->rules().size();
    if (settings.json) {
        print(fmt::format("{{\"loaded\":{},\"refused\":{},\"warnings\":{}}}\n", loaded,
                          refused_as_json(result.refused), warnings_as_json(result.warnings)));
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

void print_lines(std::string_view text) {
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        print(escape_for_terminal(line, line.size()) + "\n");
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
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
    print_lines(rule.text);
}

/// Explains each event that the lines of a file hold.
class EventExplainer : public EventSink {
  public:
    EventExplainer(const std::shared_ptr<const sigma::RuleSet>& rules, std::string rule)
        : matcher_(sigma::make_matcher(rules)), rule_(std::move(rule)) {}
    void on_event(const Event& event) override {
        print(fmt::format("\nline {}:\n", event.origin().number));
        print_lines(matcher_->explain(event, rule_));
    }

  private:
    std::unique_ptr<sigma::Matcher> matcher_;
    std::string rule_;
};

void explain_events(const sigma::LoadResult& loaded, const Settings& settings) {
    check_format(settings.format);
    EventExplainer explainer(loaded.rules, settings.rule);
    read_events(settings.events, settings.format, explainer);
}

void explain(const Settings& settings) {
    const sigma::LoadResult result = load(settings);
    const sigma::RuleInfo& rule = find(result, settings.rule);
    print(fmt::format("{} ({})\n", shown(rule.reference.title), shown(rule.reference.id)));
    if (!rule.fed) print("no input of ours feeds its log source: " + shown(rule.logsource) + "\n");
    print_lines(result.rules->describe(settings.rule));
    print_both("explanation", rule.explanation);
    if (!settings.events.empty()) explain_events(result, settings);
}

/// A rule that takes more than this of the time of all, and more than a fair share, is named.
constexpr double budget_share = 0.05;

std::uint64_t now_ns() {
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                      std::chrono::nanoseconds(1));
}

/// Matches events and forgets what it finds; what it cost is asked for afterwards.
class Meter : public EventSink, public FindingSink {
  public:
    explicit Meter(const std::shared_ptr<const sigma::RuleSet>& rules)
        : matcher_(sigma::make_matcher(rules, {.with_details = false, .ticks = now_ns})) {}
    void on_event(const Event& event) override { matcher_->match(event, *this); }
    void on_finding(Finding) override {}
    [[nodiscard]] const sigma::Matcher& matcher() const { return *matcher_; }

  private:
    std::unique_ptr<sigma::Matcher> matcher_;
};

struct RuleRow {
    const sigma::RuleInfo* rule = nullptr;
    sigma::RuleCost cost;
    double share = 0;  ///< of the time that all rules took
    bool over_budget = false;
};

std::vector<RuleRow> rows_by_cost(const sigma::RuleSet& rules, const sigma::Matcher& matcher) {
    std::uint64_t total = 0;
    for (const sigma::RuleCost& cost : matcher.costs()) total += cost.ticks;
    std::vector<RuleRow> rows;
    for (std::size_t i = 0; i < rules.rules().size(); ++i) {
        const sigma::RuleCost& cost = matcher.costs()[i];
        if (cost.candidates == 0) continue;
        RuleRow row{&rules.rules()[i], cost};
        row.share = total == 0 ? 0 : static_cast<double>(cost.ticks) / static_cast<double>(total);
        rows.push_back(row);
    }
    const double fair = rows.empty() ? 1 : 1.0 / static_cast<double>(rows.size());
    for (RuleRow& row : rows) row.over_budget = row.share > std::max(budget_share, 4 * fair);
    std::stable_sort(rows.begin(), rows.end(), [](const RuleRow& a, const RuleRow& b) {
        return a.cost.ticks > b.cost.ticks;
    });
    return rows;
}

std::string row_as_json(const RuleRow& row) {
    std::string out = "{\"id\":";
    append_json_string(out, row.rule->reference.id);
    out += ",\"title\":";
    append_json_string(out, row.rule->reference.title);
    return out + fmt::format(
                     ",\"candidates\":{},\"hits\":{},\"ns\":{},\"share\":{:.4f},"
                     "\"over_budget\":{}}}",
                     row.cost.candidates, row.cost.hits, row.cost.ticks, row.share,
                     row.over_budget);
}

void stats(const Settings& settings) {
    check_format(settings.format);
    const sigma::LoadResult loaded = load(settings);
    Meter meter(loaded.rules);
    read_events(settings.events, settings.format, meter);
    const std::vector<RuleRow> rows = rows_by_cost(*loaded.rules, meter.matcher());
    const sigma::MatcherCounters& counters = meter.matcher().counters();
    if (settings.json) {
        std::string out = fmt::format("{{\"events\":{},\"candidates\":{},\"rules\":[",
                                      counters.events, counters.candidates);
        for (std::size_t i = 0; i < rows.size(); ++i)
            out += (i == 0 ? "" : ",\n") + row_as_json(rows[i]);
        print(out + "]}\n");
        return;
    }
    print(fmt::format("{} events, {} rules loaded, {} looked at, {} times\n", counters.events,
                      loaded.rules->rules().size(), rows.size(), counters.candidates));
    print(fmt::format("{:>7} {:>12} {:>9} {:>9}  rule\n", "share", "us", "looked at", "hits"));
    for (const RuleRow& row : rows)
        print(fmt::format("{:>6.1f}% {:>12.1f} {:>9} {:>9}  {} {}{}\n", 100 * row.share,
                          static_cast<double>(row.cost.ticks) / 1000, row.cost.candidates,
                          row.cost.hits, shown(row.rule->reference.id),
                          shown(row.rule->reference.title),
                          row.over_budget ? "  OVER BUDGET" : ""));
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
    checking->add_flag("--warnings", settings->warnings,
                       "Also what is only doubtful (--json: always)");
    add_folders(checking, settings);
    CLI::App* const listing = add(*rules, "list", "List the rules", settings, list);
    listing->add_flag("--json", settings->json, "Machine-readable output");
    add_folders(listing, settings);
    CLI::App* const showing =
        add(*rules, "show", "Show one rule and all that is known of it", settings, show);
    CLI::App* const explaining =
        add(*rules, "explain", "Show how a rule was compiled, and how it fares on events", settings,
            explain);
    explaining->add_option("--events", settings->events,
                           "File of events (- for standard input): what each answered, and why");
    for (CLI::App* const command : {showing, explaining}) {
        command->add_option("RULE", settings->rule, "Id or name of the rule")->required();
        add_folders(command, settings);
    }
    CLI::App* const costs =
        add(*rules, "stats", "What each rule costs and finds in a file of events", settings, stats);
    costs->add_option("--events", settings->events, "File of events (- for standard input)")
        ->required();
    costs->add_flag("--json", settings->json, "Machine-readable output");
    add_folders(costs, settings);
    for (CLI::App* const command : {explaining, costs})
        command->add_option("--format", settings->format,
                            "json, auto, or the name of a log format");
    CLI::App* const testing = add(*rules, "test", "Run the samples beside the rules", settings,
                                  [](const Settings& s) { test_rules(s.folders, s.json); });
    testing->add_flag("--json", settings->json, "Machine-readable output");
    add_folders(testing, settings);
}

}  // namespace persandian::cli
