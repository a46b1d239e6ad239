// SPDX-License-Identifier: Apache-2.0
//
// persandian replay: the production engine over captures and log files, in file time. With -l the
// records go into a signed ledger, made when absent; without it incidents are only shown.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "daemon/config/assets.h"
#include "daemon/config/rule_files.h"
#include "daemon/sources/pcap_file.h"
#include "detectors/base/encoding.h"
#include "detectors/engine/quiet.h"
#include "detectors/logs/log_parser.h"
#include "tools/persandian/cli.h"
#include "tools/persandian/event_file.h"
#include "tools/persandian/incident_rows.h"
#include "tools/persandian/language.h"
#include "tools/persandian/replay_ledger.h"
#include "tools/persandian/replay_report.h"
#include "tools/persandian/replay_run.h"
#include "tools/persandian/rule_loading.h"
#include "tools/persandian/suppressions.h"

namespace persandian::cli {
namespace {

struct ReplayOptions {
    std::vector<std::string> captures, logs, rules, filter, reassembly;
    std::string ledger, events_out, assets, suppressions, zone = "WITA", language;
    bool json = false, check_checksums = false;
};

/// Shows records to the rows and passes them on to the ledger, if there is one.
class RecordTee final : public incident::RecordSink {
  public:
    RecordTee(IncidentRows& rows, incident::RecordSink* next) : rows_(&rows), next_(next) {}
    void on_record(incident::RecordDraft draft) override {
        rows_->add(draft);
        if (next_ != nullptr) next_->on_record(std::move(draft));
    }

  private:
    IncidentRows* rows_;
    incident::RecordSink* next_;
};

/// A line on standard error that tells how far it has come; only on terminals.
class Progress {
  public:
    void show(const ReplayRun& run) {
        const auto now = std::chrono::steady_clock::now();
        if (!is_terminal_ || now - last_ < std::chrono::milliseconds(200)) return;
        last_ = now;
        const incident::Coverage seen = run.coverage();
        std::fprintf(stderr, "\r\x1b[K%s: %llu packets, %llu lines, %llu findings",
                     escape_for_terminal(run.current_source(), 60).c_str(),
                     static_cast<unsigned long long>(seen.packets_received),
                     static_cast<unsigned long long>(seen.lines_read),
                     static_cast<unsigned long long>(seen.findings));
        shown_ = true;
    }
    void clear() {
        if (shown_) std::fputs("\r\x1b[K", stderr);
        shown_ = false;
    }

  private:
    bool is_terminal_ = ::isatty(STDERR_FILENO) == 1;
    bool shown_ = false;
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

ExitCode exit_code(sources::SourceError::Kind kind) {
    switch (kind) {
        case sources::SourceError::Kind::permission:
            return no_permission;
        case sources::SourceError::Kind::unsupported:
            return bad_data;
        case sources::SourceError::Kind::bad_filter:
        case sources::SourceError::Kind::bad_option:
            return usage;
        default:
            return no_input;
    }
}

// "FORMAT:FILE"
ReplayInput::Log log_of(const std::string& written) {
    const std::size_t colon = written.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == written.size())
        throw Failure(usage,
                      fmt::format("--log {}: write FORMAT:FILE, for example auto:{}",
                                  escape_for_terminal(written), escape_for_terminal(written)));
    ReplayInput::Log log{written.substr(0, colon), written.substr(colon + 1)};
    if (log.format == "auto" || logs::find_format(log.format) != nullptr) return log;
    std::string known = "auto";
    for (const logs::LogEntry* entry : logs::catalog()) known += fmt::format(", {}", entry->name);
    throw Failure(usage, fmt::format("--log: unknown format '{}'; known are {}",
                                     escape_for_terminal(log.format), known));
}

// "NETWORK=POLICY"
void add_policy(const std::string& written, flow::ReassemblyPolicies& out) {
    const std::size_t equals = written.find('=');
    const auto network = IpNetwork::parse(written.substr(0, equals));
    const auto policy = equals == std::string::npos
                            ? std::nullopt
                            : flow::parse_reassembly_policy(written.substr(equals + 1));
    if (!network || !policy)
        throw Failure(usage, fmt::format("--reassembly {}: write NETWORK=POLICY, for example "
                                         "10.0.0.0/8=windows; policies are {}",
                                         escape_for_terminal(written),
                                         fmt::join(flow::reassembly_policy_names, ", ")));
    if (!out.add(*network, *policy)) throw Failure(usage, "--reassembly: too many networks");
}

struct Problems {
    std::vector<std::string> texts;
    int code = ok;
    void add(ExitCode exit, const std::string& text) {
        std::fprintf(stderr, "persandian: %s\n", escape_for_terminal(text).c_str());
        if (code == ok) code = exit;
    }
};

ReplayInput input_of(const ReplayOptions& options, int zone, Problems& problems) {
    ReplayInput input;
    input.zone_offset_minutes = zone;
    for (const std::string& word : options.filter)
        input.filter += (input.filter.empty() ? "" : " ") + word;
    for (const std::string& path : options.captures) {
        try {
            for (std::string& file : sources::capture_files(path))
                input.captures.push_back(std::move(file));
        } catch (const sources::SourceError& error) {
            problems.add(exit_code(error.kind()), error.what());
        }
    }
    for (const std::string& log : options.logs) input.logs.push_back(log_of(log));
    for (const std::string& item : options.reassembly)
        add_policy(item, input.flow_limits.reassembly);
    input.flow_limits.check_checksums = options.check_checksums;
    return input;
}

struct LoadedRules {
    std::shared_ptr<const sigma::RuleSet> set;
    RuleTotals totals;
};

LoadedRules load(const ReplayOptions& options) {
    const sigma::LoadResult loaded = load_rules_below(options.rules);
    constexpr std::size_t most_lines = 10;
    if (!loaded.refused.empty())
        std::fprintf(stderr, "persandian: rules refused:\n%s",
                     format_problems(loaded.refused, most_lines).c_str());
    LoadedRules out;
    out.set = loaded.rules;
    out.totals.loaded = out.set->rules().size();
    out.totals.refused = loaded.refused.size();
    for (const sigma::RuleInfo& rule : out.set->rules()) out.totals.unfed += rule.fed ? 0 : 1;
    return out;
}

incident::AssetInventory load_assets(const std::string& path, std::string& text) {
    if (path.empty()) return {};
    try {
        text = config::read_text_file(path);
        return config::parse_assets(path, text);
    } catch (const config::UnreadableFile& error) {
        throw Failure(no_input, error.what());
    } catch (const config::ConfigError& error) {
        throw Failure(bad_config, std::string("the asset inventory is wrong:\n") + error.what());
    }
}

// What could have changed the result, beside the rules.
Digest configuration_digest(const ReplayInput& input, const ReplayOptions& options,
                            const std::string& assets) {
    std::string text = fmt::format("zone {}\nfilter {}\n", input.zone_offset_minutes, input.filter);
    for (const ReplayInput::Log& log : input.logs) text += fmt::format("log {}\n", log.format);
    for (const std::string& item : options.reassembly) text += "reassembly " + item + "\n";
    if (options.check_checksums) text += "check-checksums\n";
    return sha256({as_bytes(text), as_bytes(assets)});
}

void print_report(const ReplayOptions& options, ReplayReport report) {
    std::FILE* const out = options.events_out == "-" ? stderr : stdout;
    const bool terminal = ::isatty(::fileno(out)) == 1;
    report.colour = std::getenv("NO_COLOR") == nullptr && terminal;
    ::winsize size{};
    if (terminal && ::ioctl(::fileno(out), TIOCGWINSZ, &size) == 0) report.columns = size.ws_col;
    const std::string text = options.json ? report_json(report) : report_text(report);
    if (std::fwrite(text.data(), 1, text.size(), out) != text.size() || std::fflush(out) != 0)
        throw Failure(io_error, "cannot write the report");
}

void replay(const ReplayOptions& options) {
    if (options.captures.empty() && options.logs.empty())
        throw Failure(usage, "nothing to replay; give -r CAPTURE or --log FORMAT:FILE");
    const std::optional<int> zone = config::parse_zone(options.zone);
    if (!zone)
        throw Failure(usage, fmt::format("--zone: '{}' is not WIB, WITA, WIT, UTC or +08:00",
                                         escape_for_terminal(options.zone)));
    Problems problems;
    const ReplayInput input = input_of(options, *zone, problems);
    if (input.captures.empty() && input.logs.empty()) throw Exit{problems.code};
    const LoadedRules rules = load(options);
    const std::shared_ptr<const suppression::Plan> suppressions =
        load_suppressions(options.suppressions, *zone, *rules.set);
    std::string assets_text;
    const incident::AssetInventory inventory = load_assets(options.assets, assets_text);
    const std::unique_ptr<EventFile> events =
        options.events_out.empty() ? nullptr : std::make_unique<EventFile>(options.events_out);
    ledger::SystemRandom random;
    const std::unique_ptr<ReplayLedger> ledger =
        options.ledger.empty() ? nullptr : std::make_unique<ReplayLedger>(options.ledger, random);
    IncidentRows rows;
    RecordTee records(rows, ledger ? &ledger->sink() : nullptr);
    ReplayRun run(input, {.rules = rules.set,
                          .inventory = inventory,
                          .random = random,
                          .records = records,
                          .suppressions = suppressions,
                          .events = events.get(),
                          .next_incident_number = ledger ? ledger->next_incident_number() : 1});
    const auto write_config = [&] {
        incident::ConfigFacts facts{
            .rule_set = rules.set->version(),
            .rules = rules.totals.loaded,
            .refused = rules.totals.refused,
            .binary = PERSANDIAN_VERSION,
            .configuration = configuration_digest(input, options, assets_text)};
        engine::add_suppressions(facts, run.suppressor());
        for (incident::RecordDraft& draft : incident::config_records(facts, random))
            records.on_record(std::move(draft));
    };
    write_config();
    Progress progress;
    run.run([&] {
        progress.show(run);
        return (!events || events->ok()) && (!ledger || ledger->ok());
    });
    progress.clear();
    for (const ReplayProblem& problem : run.problems())
        problems.add(exit_code(problem.kind), problem.text);
    for (const std::string& warning : run.warnings())
        std::fprintf(stderr, "persandian: %s\n", escape_for_terminal(warning).c_str());
    if (run.suppressor().hidden() > 0) write_config();  // what was hidden, entry by entry
    if (events) events->finish();
    if (ledger) ledger->finish("replay finished");
    const ReplayTotals totals = run.totals();
    print_report(options, {.incidents = rows,
                           .totals = totals,
                           .rules = rules.totals,
                           .rule_set = *rules.set,
                           .suppressor = run.suppressor(),
                           .language = language_of(options.language),
                           .zone_offset_minutes = *zone,
                           .ledger = options.ledger});
    if (problems.code != ok) throw Exit{problems.code};
}

}  // namespace

void add_replay(CLI::App& program) {
    auto options = std::make_shared<ReplayOptions>();
    CLI::App* const command = program.add_subcommand(
        "replay", "Run captures and logs through the production engine, in file time");
    command
        ->add_option("-r,--read", options->captures,
                     "Capture file (pcap, pcapng; - is standard input) or a folder of them")
        ->allow_extra_args(false);
    command->add_option("--log", options->logs, "Log file as FORMAT:FILE; FORMAT may be auto")
        ->allow_extra_args(false);
    command
        ->add_option("-S,--rules", options->rules,
                     "Rule file or folder (default: the rules that come with the product)")
        ->allow_extra_args(false);
    command->add_option("-l,--ledger", options->ledger,
                        "Write the records into this signed ledger; made when absent");
    command->add_option("--events-out", options->events_out,
                        "Write every event as EVE JSON lines; - is standard output");
    command->add_option("--suppressions", options->suppressions,
                        "Folder of suppressions and throttles (YAML), or one file");
    command
        ->add_option("--reassembly", options->reassembly,
                     "How overlapping bytes are read, by receiver: NETWORK=POLICY, POLICY one of "
                     "first, last, bsd, bsd-right, linux, windows, vista, solaris")
        ->allow_extra_args(false);
    command->add_flag("--check-checksums", options->check_checksums,
                      "Leave out packets with wrong checksums, as their receiver does");
    command->add_option("--assets", options->assets, "Asset inventory (YAML)");
    command
        ->add_option("--zone", options->zone,
                     "Zone of log times without one, and of the table: WIB, WITA, WIT, +08:00")
        ->capture_default_str();
    command->add_option("--lang", options->language, "Language of titles: id or en (default: LANG)")
        ->check(CLI::IsMember({"id", "en"}));
    command->add_flag("--json", options->json, "Print the result as one JSON object");
    command->add_option("filter", options->filter, "BPF filter: tcp port 80")->expected(-1);
    command->callback([options] { replay(*options); });
}

}  // namespace persandian::cli
