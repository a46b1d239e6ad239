// SPDX-License-Identifier: Apache-2.0
//
// Config: what /etc/persandian/persandian.yaml says, with the defaults for what it does not say.
// Documented for people in systemd/persandian.yaml, the file that is installed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/config/strict_reader.h"
#include "detectors/base/timestamp.h"
#include "detectors/base/units.h"
#include "detectors/flow/reassembly_policy.h"

namespace persandian::config {

struct SensorConfig {
    std::string name = "sensor-1";     ///< part of the ledger's origin
    std::string domain = "localhost";  ///< domain of the office
    std::string province = "00";       ///< code or name; part of the origin
    int zone_offset_minutes = 480;     ///< for log times without zone
};

struct CaptureConfig {
    std::string interface;
    std::string filter;  ///< BPF; empty = everything
    std::uint64_t snap_length_bytes = 262'144;
    std::uint64_t buffer_bytes = 64_MiB;  ///< kernel ring
    bool promiscuous = true;
    std::int64_t shards = 1;         ///< threads that share its traffic
    std::vector<std::int64_t> cpus;  ///< shard i runs on cpus[i]; empty: where the kernel likes
};

struct LogConfig {
    std::filesystem::path path;
    std::string format = "auto";
    int zone_offset_minutes = 480;
    bool from_start = false;  ///< read what is there at the first start, too
};

struct RulesConfig {
    std::vector<std::string>
        paths;  ///< folders or files; default: the vendor's and /etc/persandian/rules.d
    std::vector<std::string> extra_paths;  ///< beside those
    bool skip_bad_rules = false;           ///< on-error: skip — start without the refused ones
    std::vector<std::pair<std::string, std::vector<std::string>>> placeholders;
};

struct LedgerConfig {
    std::filesystem::path directory = "/var/lib/persandian/ledger";
    std::filesystem::path
        key;  ///< default: keys/log.key in the directory, or the credential signing-key
    Duration heartbeat = Duration::seconds(10);
};

struct LimitsConfig {
    std::uint64_t flow_memory_bytes = 256_MiB;
    Duration incident_window = Duration::hours(1);
    /// An inspector that says nothing for this long hangs: it is killed and started again.
    Duration inspector_silence = Duration::seconds(30);
};

struct FlowsConfig {
    Duration interim = Duration::minutes(10);  ///< 0: flows are told only at their end
    bool check_checksums = false;
    flow::ReassemblyPolicies reassembly;
    bool operator==(const FlowsConfig&) const = default;
};

enum class LogLevel : std::uint8_t { debug, info, warning, error };

struct Config {
    std::filesystem::path path;  ///< the file it was read from
    std::string text;            ///< the file as read
    SensorConfig sensor;
    std::vector<CaptureConfig> captures;
    std::vector<LogConfig> logs;
    RulesConfig rules;
    /// Folder of suppression files; default: suppressions.d beside the configuration, if there.
    std::filesystem::path suppressions;
    std::filesystem::path assets;  ///< inventory; may be empty
    LedgerConfig ledger;
    FlowsConfig flows;
    LimitsConfig limits;
    std::filesystem::path state_directory = "/var/lib/persandian";
    std::filesystem::path runtime_directory = "/run/persandian";
    std::string user = "persandian";  ///< become this user when started as root; empty = stay
    LogLevel log_level = LogLevel::info;
    /// "<domain>/<province>/<sensor>", the ledger's origin without its generation.
    [[nodiscard]] std::string origin() const;
};

/// All mistakes of a configuration. what() has one per line.
class ConfigError : public std::runtime_error {
  public:
    explicit ConfigError(std::vector<ConfigProblem> problems);
    [[nodiscard]] const std::vector<ConfigProblem>& problems() const noexcept { return problems_; }

  private:
    std::vector<ConfigProblem> problems_;
};

inline constexpr std::int64_t max_shards = 32;
/// What travels to the inspector in one message; more is refused, never cut.
inline constexpr std::size_t max_config_bytes = 256_KiB;
inline constexpr std::size_t max_overrides = 256;
inline constexpr std::size_t max_override_bytes = 1024;

/// Understands the text of a configuration file. `overrides` are key=value pairs of `--set`, dotted
/// keys ("ledger.heartbeat=30s"), or key+=value to add to a list ("capture+=eth0"). `log_formats`:
/// the words that a log's `format` may be, "auto" among them; empty: it is not checked. Throws
/// ConfigError with every mistake.
[[nodiscard]] Config parse_config(const std::filesystem::path& path, const std::string& text,
                                  const std::vector<std::string>& overrides = {},
                                  const std::vector<std::string_view>& log_formats = {});

}  // namespace persandian::config
