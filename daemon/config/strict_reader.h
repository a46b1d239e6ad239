// SPDX-License-Identifier: Apache-2.0
//
// StrictReader: takes a YAML map apart into a struct and complains about everything else. Unknown
// keys, wrong types and values out of range are collected with file, line, column and what was
// expected, so that a person sees all mistakes at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/base/timestamp.h"
#include "detectors/base/yaml.h"

namespace persandian::config {

/// One mistake in a configuration file. Line and column count from 1.
struct ConfigProblem {
    std::string path;
    yaml::Mark mark;
    std::string reason;
    /// "file:line:col: reason"
    [[nodiscard]] std::string to_string() const;
};

/// Where mistakes go; knows the file they are in.
struct ProblemList {
    std::string path;
    std::vector<ConfigProblem> problems;
    void add(const yaml::Mark& mark, std::string reason);
};

enum class Need : std::uint8_t { optional, required };

/// Reads one map. Ask for each known key once, then call finish(), which reports the keys that
/// nobody asked for. A key that is absent leaves `out` as it is (its default).
class StrictReader {
  public:
    /// `what` names the map in messages: "the section capture". A node that is not a map is
    /// reported.
    StrictReader(const yaml::Node& node, std::string what, ProblemList& problems);

    void text(std::string_view key, std::string& out, Need need = Need::optional);
    void path(std::string_view key, std::filesystem::path& out, Need need = Need::optional);
    void boolean(std::string_view key, bool& out);
    void integer(std::string_view key, std::int64_t& out, std::int64_t least, std::int64_t most);
    /// "64mb", "16KiB", "1gb" or plain bytes; k, m, g are powers of 1024.
    void size_bytes(std::string_view key, std::uint64_t& out, std::uint64_t least,
                    std::uint64_t most);
    /// "10s", "5m", "1h", "250ms", "2d".
    void duration(std::string_view key, Duration& out, Duration least, Duration most);
    /// One of `words`; `out` becomes its index.
    void choice(std::string_view key, std::size_t& out, const std::vector<std::string_view>& words);
    /// A list of texts; one text alone is a list of one.
    void texts(std::string_view key, std::vector<std::string>& out);
    /// A list of whole numbers; one alone is a list of one.
    void integers(std::string_view key, std::vector<std::int64_t>& out, std::int64_t least,
                  std::int64_t most);
    /// WIB, WITA, WIT, UTC or "+08:00", in minutes east of UTC.
    void zone(std::string_view key, int& minutes_out);
    /// A nested map: `read` gets its node.
    void section(std::string_view key, const std::function<void(const yaml::Node&)>& read);
    /// A list of maps: `read` gets each item's node.
    void each(std::string_view key, const std::function<void(const yaml::Node&)>& read);

    /// Reports unknown keys, each with the nearest known one.
    void finish();
    /// Reports a mistake in the value of `key` (which must be present).
    void complain(std::string_view key, std::string reason);

  private:
    void read_integer(const yaml::Node& value, std::string_view key, std::int64_t& out,
                      std::int64_t least, std::int64_t most);
    const yaml::Node* get(std::string_view key, Need need = Need::optional);
    const yaml::Node* scalar(std::string_view key, std::string_view expected,
                             Need need = Need::optional);

    const yaml::Node& node_;
    std::string what_;
    ProblemList& problems_;
    std::vector<std::string_view> known_;
};

/// Minutes east of UTC for "WIB", "WITA", "WIT", "UTC", "+08:00"; nullopt for anything else.
[[nodiscard]] std::optional<int> parse_zone(std::string_view text);

}  // namespace persandian::config
