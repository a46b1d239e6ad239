// SPDX-License-Identifier: Apache-2.0
//
// `persandian rules suppressions`: what is quiet on purpose, how much it hid, how long it still
// lasts. Asks the running daemon, or checks a folder.
#include "tools/persandian/suppressions.h"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <time.h>

#include "daemon/config/rule_files.h"
#include "daemon/config/strict_reader.h"
#include "daemon/runtime/control_server.h"
#include "detectors/base/encoding.h"
#include "tools/persandian/cli.h"
#include "tools/persandian/rule_loading.h"

namespace persandian::cli {
namespace {

struct Options {
    std::filesystem::path folder;
    std::filesystem::path socket = "/run/persandian/control.sock";
    std::vector<std::string> rules;
    std::string zone = "WITA";
    bool json = false;
};

Timestamp wall_now() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return Timestamp::from_seconds(now.tv_sec, now.tv_nsec);
}

std::string shown(std::string_view text) {
    return escape_for_terminal(text);
}

std::string text_at(const boost::json::object& row, std::string_view name) {
    const boost::json::value* const value = row.if_contains(name);
    if (value == nullptr || !value->is_string()) return {};
    return {value->get_string().data(), value->get_string().size()};
}

std::int64_t number_at(const boost::json::object& row, std::string_view name) {
    const boost::json::value* const value = row.if_contains(name);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

/// "12 days left", "not yet in force", "EXPIRED".
std::string lifetime(const boost::json::object& row, Timestamp now) {
    const std::optional<Timestamp> from = parse_rfc3339(text_at(row, "from"));
    const std::optional<Timestamp> until = parse_rfc3339(text_at(row, "until"));
    if (!from || !until) return "?";
    if (*until <= now) return "EXPIRED";
    if (now < *from) return "not yet in force";
    return fmt::format("{} days left", (*until - now).ns / Duration::hours(24).ns);
}

std::string rules_of(const boost::json::object& row) {
    std::string out;
    if (const boost::json::value* const rules = row.if_contains("rules");
        rules && rules->is_array())
        for (const boost::json::value& rule : rules->get_array())
            if (rule.is_string())
                out += (out.empty() ? "" : ", ") +
                       shown({rule.get_string().data(), rule.get_string().size()});
    return out;
}

void print_rows(const boost::json::array& rows, std::int64_t left_out, bool counted) {
    const Timestamp now = wall_now();
    for (const boost::json::value& value : rows) {
        const boost::json::object* const row = value.if_object();
        if (row == nullptr) continue;
        fmt::print("{}:{}  {}  {}\n", shown(text_at(*row, "file")), number_at(*row, "line"),
                   shown(text_at(*row, "kind")), lifetime(*row, now));
        fmt::print("    rules: {} ({} loaded)\n", rules_of(*row), number_at(*row, "rule_count"));
        fmt::print("    reason: {}\n    author: {}\n", shown(text_at(*row, "reason")),
                   shown(text_at(*row, "author")));
        if (!counted) continue;
        const std::string last = text_at(*row, "last");
        fmt::print("    hidden: {}{}\n", number_at(*row, "hidden"),
                   last.empty() ? std::string() : "; the last at " + shown(last));
        if (number_at(*row, "after_expiry") > 0)
            fmt::print("    fits, but came after it expired: {} findings\n",
                       number_at(*row, "after_expiry"));
    }
    if (rows.empty()) fmt::print("nothing is suppressed\n");
    if (left_out > 0) fmt::print("and {} more\n", left_out);
}

boost::json::object row_of(const suppression::Plan& plan, std::size_t index) {
    const suppression::Entry& entry = plan.entries[index];
    boost::json::object row;
    row["file"] = entry.path;
    row["line"] = static_cast<std::int64_t>(entry.mark.line);
    row["kind"] = entry.throttle ? "throttle" : "suppression";
    boost::json::array rules;
    for (const std::string& rule : entry.rules)
        rules.emplace_back(boost::json::string_view(rule.data(), rule.size()));
    row["rules"] = std::move(rules);
    row["rule_count"] = static_cast<std::int64_t>(plan.rule_ids[index].size());
    row["reason"] = entry.reason;
    row["author"] = entry.author;
    row["from"] = format_rfc3339_ns(entry.from);
    row["until"] = format_rfc3339_ns(entry.until);
    row["also_correlations"] = entry.also_correlations;
    return row;
}

boost::json::object of_folder(const Options& options) {
    const std::optional<int> zone = config::parse_zone(options.zone);
    if (!zone) throw Failure(usage, "--zone: write WIB, WITA, WIT, UTC or +08:00");
    const sigma::LoadResult rules = load_rules_below(options.rules);
    const suppression::PlanResult result =
        plan_suppressions_in(options.folder, *zone, *rules.rules);
    for (const suppression::Problem& warning : result.warnings)
        fmt::print(stderr, "warning: {}\n", shown(warning.to_string()));
    if (!result.plan) {
        fmt::print(stderr, "{}\n", format_mistakes(result));
        throw Exit{bad_config};
    }
    boost::json::array rows;
    for (std::size_t i = 0; i < result.plan->entries.size(); ++i)
        rows.push_back(row_of(*result.plan, i));
    return {{"suppressions", std::move(rows)}, {"left_out", 0}};
}

boost::json::object of_daemon(const Options& options) {
    runtime::Reply reply;
    try {
        reply = runtime::ask_recorder(options.socket, {"suppressions.json", {}});
    } catch (const std::runtime_error& error) {
        throw Failure(unavailable, shown(error.what()));
    }
    if (reply.exit_code != 0)
        throw Failure(static_cast<ExitCode>(reply.exit_code), shown(reply.text));
    boost::system::error_code failure;
    boost::json::value answer = boost::json::parse(reply.text, failure);
    if (failure || !answer.is_object() || !answer.get_object().contains("suppressions") ||
        !answer.get_object().at("suppressions").is_array())
        throw Failure(bad_data, "the daemon's answer is not what was asked for");
    return std::move(answer.get_object());
}

void run(const Options& options) {
    const bool asked = options.folder.empty();
    const boost::json::object answer = asked ? of_daemon(options) : of_folder(options);
    if (options.json) {
        fmt::print("{}\n", boost::json::serialize(answer));
    } else {
        print_rows(answer.at("suppressions").get_array(), number_at(answer, "left_out"), asked);
    }
}

}  // namespace

suppression::PlanResult plan_suppressions_in(const std::filesystem::path& folder,
                                             int zone_offset_minutes, const sigma::RuleSet& rules) {
    std::vector<suppression::SourceFile> files;
    try {
        for (config::TextFile& file : config::read_suppression_files(folder))
            files.push_back({std::move(file.path), std::move(file.text)});
    } catch (const config::UnreadableFile& error) {
        throw Failure(no_input, error.what());
    }
    return engine::plan_suppressions(files, zone_offset_minutes, rules);
}

std::shared_ptr<const suppression::Plan> load_suppressions(const std::string& folder,
                                                           int zone_offset_minutes,
                                                           const sigma::RuleSet& rules) {
    if (folder.empty()) return nullptr;
    const suppression::PlanResult result = plan_suppressions_in(folder, zone_offset_minutes, rules);
    for (const suppression::Problem& warning : result.warnings)
        fmt::print(stderr, "persandian: suppressions: {}\n", shown(warning.to_string()));
    if (result.plan) return result.plan;
    fmt::print(stderr, "persandian: the suppressions are wrong:\n{}\n", format_mistakes(result));
    throw Exit{bad_config};
}

std::string format_mistakes(const suppression::PlanResult& result) {
    std::string out;
    for (const suppression::Problem& problem : result.problems)
        out += (out.empty() ? "" : "\n") + escape_for_terminal(problem.to_string());
    return out;
}

void add_suppressions(CLI::App& rules) {
    const auto options = std::make_shared<Options>();
    CLI::App* const command = rules.add_subcommand(
        "suppressions", "What is quiet on purpose, how much it hid, how long it lasts");
    command->add_option("FOLDER", options->folder,
                        "Check this folder or file instead of asking the running daemon");
    command->add_option("--socket", options->socket, "control socket of the daemon")
        ->capture_default_str();
    command
        ->add_option("-S,--rules", options->rules,
                     "With FOLDER: rule file or folder (default: our own rules)")
        ->allow_extra_args(false);
    command->add_option("--zone", options->zone, "With FOLDER: zone of its days")
        ->capture_default_str();
    command->add_flag("--json", options->json, "machine output");
    command->callback([options] { run(*options); });
}

}  // namespace persandian::cli
