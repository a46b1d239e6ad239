// SPDX-License-Identifier: Apache-2.0
#include "daemon/config/config.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "detectors/base/encoding.h"

namespace persandian::config {
namespace {

constexpr Duration shortest_interim = Duration::seconds(10);
constexpr std::size_t longest_origin_bytes = 118;  // 128 less "/" and the generation's digits

std::string join_lines(const std::vector<ConfigProblem>& problems) {
    std::string out;
    for (const ConfigProblem& problem : problems) {
        if (!out.empty()) out += '\n';
        out += problem.to_string();
    }
    return out;
}

bool is_origin_part(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '.' || c == '_';
    });
}

void read_origin_part(StrictReader& map, std::string_view key, std::string& out) {
    map.text(key, out);
    if (!is_origin_part(out))
        map.complain(
            key, fmt::format("'{}' names the log for ever: letters, digits, '-', '_' and '.' only",
                             key));
}

void read_sensor(const yaml::Node& node, SensorConfig& out, ProblemList& problems) {
    StrictReader map(node, "the section sensor", problems);
    read_origin_part(map, "name", out.name);
    read_origin_part(map, "domain", out.domain);
    read_origin_part(map, "province", out.province);
    map.zone("zone", out.zone_offset_minutes);
    if (out.name.size() + out.domain.size() + out.province.size() + 2 > longest_origin_bytes)
        map.complain("name",
                     fmt::format("domain, province and name together are longer than {} letters",
                                 longest_origin_bytes - 2));
    map.finish();
}

CaptureConfig read_capture(const yaml::Node& node, ProblemList& problems) {
    CaptureConfig out;
    if (node.is_scalar()) {  // shorthand: only the interface
        out.interface = node.text;
        return out;
    }
    StrictReader map(node, "an item of capture", problems);
    map.text("interface", out.interface, Need::required);
    map.text("filter", out.filter);
    map.size_bytes("snap-length", out.snap_length_bytes, 64, 262'144);
    map.size_bytes("buffer", out.buffer_bytes, 1_MiB, 1_GiB);
    map.boolean("promiscuous", out.promiscuous);
    map.integer("shards", out.shards, 1, max_shards);
    map.integers("cpus", out.cpus, 0, 4095);
    map.finish();
    return out;
}

LogConfig read_log(const yaml::Node& node, int default_zone,
                   const std::vector<std::string_view>& formats, ProblemList& problems) {
    LogConfig out;
    out.zone_offset_minutes = default_zone;
    StrictReader map(node, "an item of logs", problems);
    map.path("path", out.path, Need::required);
    if (formats.empty()) {
        map.text("format", out.format);
    } else {
        auto format = static_cast<std::size_t>(
            std::find(formats.begin(), formats.end(), out.format) - formats.begin());
        map.choice("format", format, formats);
        out.format = formats[format];
    }
    map.zone("zone", out.zone_offset_minutes);
    map.boolean("from-start", out.from_start);
    map.finish();
    return out;
}

void read_placeholders(const yaml::Node& node, RulesConfig& out, ProblemList& problems) {
    StrictReader map(node, "placeholders", problems);
    for (const yaml::Entry& entry : node.entries) {
        std::vector<std::string> values;
        map.texts(entry.key, values);
        out.placeholders.emplace_back(entry.key, std::move(values));
    }
}

void read_rules(const yaml::Node& node, RulesConfig& out, ProblemList& problems) {
    StrictReader map(node, "the section rules", problems);
    map.texts("paths", out.paths);
    map.texts("extra-paths", out.extra_paths);
    std::size_t on_error = 0;
    map.choice("on-error", on_error, {"refuse", "skip"});
    out.skip_bad_rules = on_error == 1;
    map.section("placeholders",
                [&](const yaml::Node& inner) { read_placeholders(inner, out, problems); });
    map.finish();
}

void read_ledger(const yaml::Node& node, LedgerConfig& out, ProblemList& problems) {
    StrictReader map(node, "the section ledger", problems);
    map.path("directory", out.directory);
    map.path("key", out.key);
    map.duration("heartbeat", out.heartbeat, Duration::seconds(1), Duration::hours(1));
    map.finish();
}

void read_reassembly(const yaml::Node& node, flow::ReassemblyPolicies& out, ProblemList& problems) {
    StrictReader map(node, "an item of reassembly", problems);
    std::string network;
    map.text("network", network, Need::required);
    std::size_t policy = 0;
    map.choice("policy", policy,
               {flow::reassembly_policy_names.begin(), flow::reassembly_policy_names.end()});
    map.finish();
    if (network.empty()) return;
    const std::optional<IpNetwork> parsed = IpNetwork::parse(network);
    if (!parsed) {
        map.complain(
            "network",
            fmt::format("'{}' is no network such as 10.0.0.0/8 or 2001:db8::/32", network));
    } else if (!out.add(*parsed, static_cast<flow::ReassemblyPolicy>(policy))) {
        map.complain("network",
                     fmt::format("more than {} networks", flow::ReassemblyPolicies::max_networks));
    }
}

void read_flows(const yaml::Node& node, FlowsConfig& out, ProblemList& problems) {
    StrictReader map(node, "the section flows", problems);
    map.duration("interim", out.interim, Duration{}, Duration::hours(24));
    if (out.interim.ns > 0 && out.interim < shortest_interim)
        map.complain("interim", "'interim' must be 0s or at least 10s");
    map.boolean("check-checksums", out.check_checksums);
    map.each("reassembly",
             [&](const yaml::Node& item) { read_reassembly(item, out.reassembly, problems); });
    map.finish();
}

void read_limits(const yaml::Node& node, LimitsConfig& out, ProblemList& problems) {
    StrictReader map(node, "the section limits", problems);
    map.size_bytes("flow-memory", out.flow_memory_bytes, 1_MiB, 64_GiB);
    map.duration("incident-window", out.incident_window, Duration::seconds(10),
                 Duration::hours(24 * 7));
    map.duration("inspector-silence", out.inspector_silence, Duration::seconds(2),
                 Duration::minutes(10));
    map.finish();
}

void read_root(const yaml::Node& root, const std::vector<std::string_view>& log_formats,
               Config& out, ProblemList& problems) {
    StrictReader map(root, "the configuration", problems);
    std::int64_t version = 1;
    map.integer("version", version, 1, 1);
    map.section("sensor", [&](const yaml::Node& node) { read_sensor(node, out.sensor, problems); });
    map.each("capture",
             [&](const yaml::Node& node) { out.captures.push_back(read_capture(node, problems)); });
    map.each("logs", [&](const yaml::Node& node) {
        out.logs.push_back(read_log(node, out.sensor.zone_offset_minutes, log_formats, problems));
    });
    map.section("rules", [&](const yaml::Node& node) { read_rules(node, out.rules, problems); });
    map.path("suppressions", out.suppressions);
    map.path("assets", out.assets);
    map.section("ledger", [&](const yaml::Node& node) { read_ledger(node, out.ledger, problems); });
    map.section("flows", [&](const yaml::Node& node) { read_flows(node, out.flows, problems); });
    map.section("limits", [&](const yaml::Node& node) { read_limits(node, out.limits, problems); });
    map.path("state-directory", out.state_directory);
    map.path("runtime-directory", out.runtime_directory);
    map.text("user", out.user);
    std::size_t level = static_cast<std::size_t>(LogLevel::info);
    map.choice("log-level", level, {"debug", "info", "warning", "error"});
    out.log_level = static_cast<LogLevel>(level);
    map.finish();
}

/// The node at a dotted key, made when it is absent; null when a list or single value is on the
/// way.
yaml::Node* node_at(yaml::Node& root, std::string_view keys) {
    yaml::Node* at = &root;
    while (true) {
        const std::size_t dot = keys.find('.');
        const std::string key(keys.substr(0, dot));
        if (at->is_null()) at->kind = yaml::Node::Kind::map;
        if (!at->is_map()) return nullptr;
        auto found = std::find_if(at->entries.begin(), at->entries.end(),
                                  [&](const yaml::Entry& entry) { return entry.key == key; });
        if (found == at->entries.end()) found = at->entries.insert(found, {key, at->mark, {}});
        at = &found->value;
        if (dot == std::string_view::npos) return at;
        keys.remove_prefix(dot + 1);
    }
}

yaml::Node scalar_node(std::string text, const yaml::Mark& mark) {
    yaml::Node node;
    node.kind = yaml::Node::Kind::scalar;
    node.mark = mark;
    node.text = std::move(text);
    return node;
}

/// key=value sets a scalar, key+=value adds an item to a list.
void apply_override(yaml::Node& root, const std::string& assignment, ProblemList& problems) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0) {
        problems.problems.push_back({"--set", {1, 1}, "'" + assignment + "' is not key=value"});
        return;
    }
    const bool append = assignment[equals - 1] == '+';
    const std::string key = assignment.substr(0, append ? equals - 1 : equals);
    yaml::Node* const found = node_at(root, key);
    if (found == nullptr) {
        problems.problems.push_back({"--set",
                                     {1, 1},
                                     "'" + key +
                                         "' lies in a list or a single value, where "
                                         "nothing has a name"});
        return;
    }
    yaml::Node& node = *found;
    yaml::Node value = scalar_node(assignment.substr(equals + 1), node.mark);
    if (!append) {
        node = std::move(value);
        return;
    }
    if (node.is_scalar()) {  // one value alone becomes the first of a list
        yaml::Node list;
        list.mark = node.mark;
        list.items.push_back(std::move(node));
        node = std::move(list);
    }
    node.kind = yaml::Node::Kind::sequence;
    node.items.push_back(std::move(value));
}

void check_sizes(const std::string& text, const std::vector<std::string>& overrides,
                 ProblemList& problems) {
    if (text.size() > max_config_bytes)
        problems.add({1, 1}, "a configuration may have " + std::to_string(max_config_bytes) +
                                 " bytes; who owns what belongs into the inventory ('assets')");
    if (overrides.size() > max_overrides)
        problems.problems.push_back(
            {"--set", {1, 1}, "more than " + std::to_string(max_overrides) + " settings"});
    for (const std::string& assignment : overrides)
        if (assignment.size() > max_override_bytes)
            problems.problems.push_back({"--set",
                                         {1, 1},
                                         "'" + escape_for_terminal(assignment, 64) +
                                             "' is longer than " +
                                             std::to_string(max_override_bytes) + " bytes"});
}

}  // namespace

std::string Config::origin() const {
    return sensor.domain + '/' + sensor.province + '/' + sensor.name;
}

ConfigError::ConfigError(std::vector<ConfigProblem> problems)
    : std::runtime_error(join_lines(problems)), problems_(std::move(problems)) {}

Config parse_config(const std::filesystem::path& path, const std::string& text,
                    const std::vector<std::string>& overrides,
                    const std::vector<std::string_view>& log_formats) {
    ProblemList problems{path.string(), {}};
    check_sizes(text, overrides, problems);
    if (!problems.problems.empty()) throw ConfigError(std::move(problems.problems));
    yaml::ParseOutcome outcome = yaml::parse(text);
    if (outcome.problem) {
        problems.add(outcome.problem->mark, outcome.problem->reason);
        throw ConfigError(std::move(problems.problems));
    }
    if (outcome.documents.size() > 1)
        problems.add(outcome.documents[1].root.mark,
                     "a configuration is one YAML document; '---' starts a second");
    yaml::Node root =
        outcome.documents.empty() ? yaml::Node{} : std::move(outcome.documents[0].root);
    for (const std::string& assignment : overrides) apply_override(root, assignment, problems);
    Config config;
    config.path = path;
    config.text = text;
    read_root(root, log_formats, config, problems);
    if (!problems.problems.empty()) throw ConfigError(std::move(problems.problems));
    return config;
}

}  // namespace persandian::config
