// SPDX-License-Identifier: Apache-2.0
//
// Finds and reads rule files for the daemon and the tools: the vendor's rules, local rules, log
// sources. Reads only; understanding them is the sigma room's work.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "detectors/base/units.h"

namespace persandian::config {

/// A file as read; the sigma room takes the same shape.
struct TextFile {
    std::string path;
    std::string text;
};

struct RuleFiles {
    std::vector<TextFile>
        rules;  ///< *.yml and *.yaml, sorted by path, without logsources/ and *.test.yml
    std::vector<TextFile>
        logsources;  ///< <vendor>/logsources/*.yml, then <given folder>/logsources/*.yml
};

/// A file or folder that cannot be read; what() names it and the remedy.
struct UnreadableFile : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Whether `path` is a folder; false when there is nothing. Throws UnreadableFile when that cannot
/// be told (a folder above it may not be entered).
[[nodiscard]] bool is_folder(const std::filesystem::path& path);

/// Where our own rules lie: $PERSANDIAN_RULES, else ../share/persandian/rules beside the program,
/// else the source tree the program was built from, else /usr/share/persandian/rules.
[[nodiscard]] std::filesystem::path vendor_rules_dir();

/// Reads rules below each of `paths` (folders, searched recursively, or single files). Log sources
/// always come from the vendor's folder and from a logsources/ below a given folder.
/// Throws UnreadableFile.
[[nodiscard]] RuleFiles read_rule_files(const std::vector<std::filesystem::path>& paths);

/// Reads *.yml and *.yaml in `folder` (not below it), sorted by name; or one file.
/// Throws UnreadableFile.
[[nodiscard]] std::vector<TextFile> read_suppression_files(const std::filesystem::path& folder);

/// What a rule, configuration or inventory file may have: what yaml::Limits allows.
inline constexpr std::size_t max_text_file_bytes = 16_MiB;

/// The whole content of a file. Throws UnreadableFile, also when it is larger than
/// max_text_file_bytes: a device without end is not read to it.
[[nodiscard]] std::string read_text_file(const std::filesystem::path& path);

}  // namespace persandian::config
