// SPDX-License-Identifier: Apache-2.0
#include "tools/persandian/rules_test.h"

#include <algorithm>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>

#include "daemon/config/rule_files.h"
#include "detectors/base/encoding.h"
#include "detectors/base/yaml.h"
#include "detectors/correlation/correlator.h"
#include "detectors/logs/log_room.h"
#include "tools/persandian/cli.h"
#include "tools/persandian/rule_loading.h"

namespace persandian::cli {
namespace {

namespace fs = std::filesystem;
using yaml::Node;

/// Samples run at this moment, so that logs without a year always mean the same.
constexpr Timestamp sample_time = Timestamp::from_seconds(1'798'761'599);  // 2026-12-31T23:59:59Z

/// A sample that cannot be run.
struct BadSample {
    yaml::Mark mark;
    std::string reason;
};

Value to_value(const Node& node) {
    if (node.is_null()) return Value::null();
    if (const auto integer = node.as_integer()) return Value::integer(*integer);
    if (const auto real = node.as_number()) return Value::real(*real);
    if (const auto flag = node.as_boolean()) return Value::boolean(*flag);
    return Value::text(node.text);
}

/// Nested YAML to the flat names of an event.
void flatten(const Node& node, const std::string& name, std::size_t element, Event& out) {
    if (node.is_map()) {
        for (const yaml::Entry& entry : node.entries) {
            if (name.empty() && (entry.key == "event_type" || entry.key == "timestamp")) continue;
            flatten(entry.value, name.empty() ? entry.key : name + "." + entry.key, element, out);
        }
    } else if (node.is_sequence()) {
        for (std::size_t i = 0; i < node.items.size(); ++i) flatten(node.items[i], name, i, out);
    } else {
        out.add_foreign(name, to_value(node));
    }
}

/// Samples through the matcher and the correlator, as in the engine.
class Bench : public EventSink, public FindingSink {
  public:
    explicit Bench(std::shared_ptr<const sigma::RuleSet> rules)
        : rules_(std::move(rules)), matcher_(sigma::make_matcher(rules_)) {
        for (const CorrelationRule& rule : rules_->correlations()) {
            correlations_.push_back(rule);
            correlations_.back().alert = true;
            correlation_ids_.insert(rule.rule.id);
        }
    }

    /// How often each rule fired for the sample. Throws BadSample.
    std::map<std::string, std::size_t> run(const Node& sample) {
        counts_.clear();
        sequence_ = 0;
        last_ = {};
        correlator_ = correlation::make_correlator(correlations_, *this);
        const Node* const log = sample.find("log");
        const Node* const event = sample.find("event");
        const Node* const events = sample.find("events");
        if ((log != nullptr) + (event != nullptr) + (events != nullptr) != 1)
            throw BadSample{sample.mark, "a sample needs exactly one of log, event, events"};
        if (log != nullptr) run_log(*log);
        if (event != nullptr) run_event(*event, 0);
        if (events != nullptr)
            for (std::size_t i = 0; i < events->items.size(); ++i) run_event(events->items[i], i);
        correlator_->on_time(last_ + Duration::hours(24 * 366));
        return counts_;
    }

    void on_event(const Event& event) override {
        last_ = std::max(last_, event.time());
        if (event.time() <= sample_time) correlator_->on_time(event.time());
        matcher_->match(event, *this);
    }
    /// From the matcher (detection rules) and from the correlator (correlations, and the detection
    /// rules again, which are not counted twice).
    void on_finding(Finding finding) override {
        const bool correlated = correlation_ids_.contains(finding.rule.id);
        if (correlated || !from_correlator_) ++counts_[finding.rule.id];
        if (from_correlator_) return;
        finding.sequence = ++sequence_;
        from_correlator_ = true;
        correlator_->on_finding(std::move(finding));
        from_correlator_ = false;
    }

  private:
    void run_log(const Node& log) {
        const Node* const format = log.find("format");
        const Node* const lines = log.find("lines");
        if (format == nullptr || lines == nullptr || !lines->is_sequence())
            throw BadSample{log.mark, "log needs format and a list of lines"};
        const bool known = format->text == "auto" || format->text == "plain" ||
                           logs::find_format(format->text) != nullptr;
        if (!known) throw BadSample{format->mark, "unknown log format '" + format->text + "'"};
        logs::LogRoom room(*this);
        LogLine line;
        line.source_name = "sample";
        line.format = format->text;
        line.received = sample_time;
        for (const Node& text : lines->items) {
            ++line.number;
            line.text = text.text;
            room.on_line(line);
        }
        room.finish();
    }

    void run_event(const Node& node, std::size_t index) {
        if (!node.is_map()) throw BadSample{node.mark, "an event must be a map"};
        const Node* const type = node.find("event_type");
        if (type == nullptr) throw BadSample{node.mark, "an event needs its event_type"};
        Timestamp time =
            sample_time - Duration::hours(24) + Duration::seconds(static_cast<int>(index));
        if (const Node* const written = node.find("timestamp")) {
            const std::optional<Timestamp> parsed = parse_rfc3339(written->text);
            if (!parsed)
                throw BadSample{written->mark, "timestamp must be as 2026-08-15T10:24:01Z"};
            time = *parsed;
        }
        event_.reset(type->text, time);
        flatten(node, {}, 0, event_);
        on_event(event_);
    }

    std::shared_ptr<const sigma::RuleSet> rules_;
    std::unique_ptr<sigma::Matcher> matcher_;
    std::vector<CorrelationRule> correlations_;
    std::set<std::string> correlation_ids_;
    std::unique_ptr<correlation::Correlator> correlator_;
    Event event_;
    std::map<std::string, std::size_t> counts_;
    std::uint64_t sequence_ = 0;
    Timestamp last_;
    bool from_correlator_ = false;
};

struct Report {
    std::size_t samples = 0;
    std::size_t files = 0;
    std::vector<std::string> failures;
    std::set<std::string> tested;
};

class TestFile {
  public:
    TestFile(std::string path, const sigma::RuleSet& rules, Bench& bench, Report& report)
        : path_(std::move(path)), rules_(rules), bench_(bench), report_(report) {}

    void run() {
        const std::string text = config::read_text_file(path_);
        const yaml::ParseOutcome parsed = yaml::parse(text);
        if (parsed.problem) fail(parsed.problem->mark, parsed.problem->reason);
        ++report_.files;
        for (const yaml::Document& document : parsed.documents) run_document(document.root);
    }

  private:
    void fail(yaml::Mark mark, const std::string& reason) {
        report_.failures.push_back(fmt::format("{}:{}:{}: {}", path_, mark.line, mark.column,
                                               escape_for_terminal(reason)));
    }

    /// The rule a document is about: named by `rule`, else all of the file beside.
    std::vector<std::string> ids_of(const Node& root) {
        if (const Node* const named = root.find("rule")) {
            const sigma::RuleInfo* const rule = rules_.find(named->text);
            if (rule != nullptr) return {rule->reference.id};
            fail(named->mark, "no loaded rule has the id or name '" + named->text + "'");
            return {};
        }
        const std::string stem = path_.substr(0, path_.size() - std::string(".test.yml").size());
        std::vector<std::string> ids;
        for (const sigma::RuleInfo& rule : rules_.rules())
            if (rule.path == stem + ".yml" || rule.path == stem + ".yaml")
                ids.push_back(rule.reference.id);
        if (ids.empty()) fail({1, 1}, "there is no loaded rule in " + stem + ".yml");
        return ids;
    }

    void run_document(const Node& root) {
        if (!root.is_map()) return fail(root.mark, "a test must be a map with match and no-match");
        for (const yaml::Entry& entry : root.entries)
            if (entry.key != "rule" && entry.key != "match" && entry.key != "no-match")
                fail(entry.mark, "unknown key '" + entry.key + "'; known: rule, match, no-match");
        const std::vector<std::string> ids = ids_of(root);
        if (ids.empty()) return;
        report_.tested.insert(ids.begin(), ids.end());
        for (const bool wanted : {true, false}) {
            const Node* const list = root.find(wanted ? "match" : "no-match");
            if (list == nullptr) continue;
            for (const Node& sample : list->items) run_sample(sample, ids, wanted);
        }
    }

    void run_sample(const Node& sample, const std::vector<std::string>& ids, bool wanted) {
        if (!sample.is_map()) return fail(sample.mark, "a sample must be a map");
        ++report_.samples;
        const Node* const name = sample.find("name");
        const std::string title = name == nullptr ? "without a name" : "'" + name->text + "'";
        std::map<std::string, std::size_t> counts;
        try {
            counts = bench_.run(sample);
        } catch (const BadSample& bad) {
            return fail(bad.mark, bad.reason);
        }
        std::size_t count = 0;
        for (const std::string& id : ids) count += counts[id];
        const Node* const expect = sample.find("expect");
        if (expect != nullptr) {
            const std::optional<long long> number = expect->as_integer();
            if (!number) return fail(expect->mark, "expect must be a whole number");
            if (*number != static_cast<long long>(count))
                fail(sample.mark,
                     fmt::format("sample {}: expected {} findings, got {}", title, *number, count));
        } else if (wanted != (count > 0)) {
            fail(sample.mark,
                 fmt::format("sample {}: {}", title,
                             wanted ? "should match, but does not"
                                    : fmt::format("should not match, but does ({})", count)));
        }
    }

    std::string path_;
    const sigma::RuleSet& rules_;
    Bench& bench_;
    Report& report_;
};

std::vector<std::string> test_files(const std::vector<std::string>& folders) {
    std::vector<std::string> found;
    for (const std::string& folder : folders) {
        if (!fs::is_directory(folder)) {
            const fs::path beside = fs::path(folder).replace_extension(".test.yml");
            if (fs::exists(beside)) found.push_back(beside.string());
            continue;
        }
        for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
            if (entry.is_regular_file() && entry.path().string().ends_with(".test.yml"))
                found.push_back(entry.path().string());
    }
    std::sort(found.begin(), found.end());
    return found;
}

void print(const Report& report, const std::vector<std::string>& untested, bool json) {
    std::string out;
    const auto list = [&out](const std::vector<std::string>& texts) {
        for (std::size_t i = 0; i < texts.size(); ++i) {
            if (i > 0) out += ',';
            append_json_string(out, texts[i]);
        }
    };
    if (json) {
        out = fmt::format("{{\"samples\":{},\"failures\":[", report.samples);
        list(report.failures);
        out += "],\"untested\":[";
        list(untested);
        out += "]}\n";
    } else {
        for (const std::string& failure : report.failures) out += failure + "\n";
        for (const std::string& rule : untested) out += "no samples: " + rule + "\n";
        out +=
            fmt::format("{} samples of {} rules in {} files, {} failed; {} rules without samples\n",
                        report.samples, report.tested.size(), report.files, report.failures.size(),
                        untested.size());
    }
    std::fwrite(out.data(), 1, out.size(), stdout);
}

}  // namespace

void test_rules(const std::vector<std::string>& folders, bool json) {
    std::vector<std::string> places = folders;
    if (places.empty()) places.push_back(config::vendor_rules_dir().string());
    const sigma::LoadResult loaded = load_rules_below(places);
    Report report;
    for (const sigma::RuleProblem& problem : loaded.refused)
        report.failures.push_back(escape_for_terminal(problem.to_string()));
    Bench bench(loaded.rules);
    for (const std::string& path : test_files(places))
        TestFile(path, *loaded.rules, bench, report).run();
    std::vector<std::string> untested;
    for (const sigma::RuleInfo& rule : loaded.rules->rules())
        if (!report.tested.contains(rule.reference.id))
            untested.push_back(
                fmt::format("{} ({})", rule.path, escape_for_terminal(rule.reference.title)));
    print(report, untested, json);
    if (!report.failures.empty()) throw Exit{failed};
}

}  // namespace persandian::cli
