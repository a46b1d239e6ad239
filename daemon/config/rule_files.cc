// SPDX-License-Identifier: Apache-2.0
#include "daemon/config/rule_files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace persandian::config {
namespace {

namespace fs = std::filesystem;

bool has_suffix(const std::string& name, std::string_view suffix) {
    return name.size() >= suffix.size() &&
           name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0;
}

bool is_rule_file(const fs::path& path) {
    const std::string name = path.filename().string();
    if (has_suffix(name, ".test.yml") || name.front() == '.') return false;
    return has_suffix(name, ".yml") || has_suffix(name, ".yaml");
}

bool is_logsource_file(const fs::path& path) {
    return path.parent_path().filename() == "logsources";
}

std::vector<fs::path> files_below(const fs::path& top) {
    if (!is_folder(top)) {
        if (!fs::exists(top)) throw UnreadableFile(top.string() + ": no such file or folder");
        return {top};
    }
    std::vector<fs::path> found;
    try {
        for (const fs::directory_entry& entry :
             fs::recursive_directory_iterator(top, fs::directory_options::follow_directory_symlink))
            if (entry.is_regular_file() && is_rule_file(entry.path()))
                found.push_back(entry.path());
    } catch (const fs::filesystem_error& error) {  // a link that leads back, no right to read
        throw UnreadableFile(error.path1().string() + ": " + error.code().message());
    }
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace

bool is_folder(const fs::path& path) {
    std::error_code problem;
    const fs::file_status status = fs::status(path, problem);
    if (status.type() == fs::file_type::none)
        throw UnreadableFile(path.string() + ": " + problem.message());
    return fs::is_directory(status);
}

fs::path vendor_rules_dir() {
    if (const char* const given = std::getenv("PERSANDIAN_RULES")) return given;
    std::error_code unreadable;
    const fs::path program = fs::read_symlink("/proc/self/exe", unreadable);
    const fs::path installed = program.parent_path().parent_path() / "share/persandian/rules";
    if (!unreadable && fs::is_directory(installed, unreadable)) return installed;
    if (fs::is_directory(PERSANDIAN_SOURCE_RULES, unreadable)) return PERSANDIAN_SOURCE_RULES;
    return "/usr/share/persandian/rules";
}

RuleFiles read_rule_files(const std::vector<fs::path>& paths) {
    RuleFiles out;
    const fs::path vendor_logsources = vendor_rules_dir() / "logsources";
    if (is_folder(vendor_logsources))
        for (const fs::path& path : files_below(vendor_logsources))
            out.logsources.push_back({path.string(), read_text_file(path)});
    for (const fs::path& top : paths) {
        for (const fs::path& path : files_below(top)) {
            std::error_code none_of_ours;
            if (!is_logsource_file(path)) {
                out.rules.push_back({path.string(), read_text_file(path)});
            } else if (!fs::equivalent(path.parent_path(), vendor_logsources, none_of_ours)) {
                out.logsources.push_back({path.string(), read_text_file(path)});
            }
        }
    }
    return out;
}

std::vector<TextFile> read_suppression_files(const fs::path& folder) {
    std::vector<fs::path> paths;
    if (is_folder(folder)) {
        std::error_code problem;
        for (fs::directory_iterator at(folder, problem), end; !problem && at != end;
             at.increment(problem))
            if (is_rule_file(at->path())) paths.push_back(at->path());
        if (problem) throw UnreadableFile(folder.string() + ": " + problem.message());
        std::sort(paths.begin(), paths.end());
    } else {
        paths.push_back(folder);
    }
    std::vector<TextFile> out;
    for (const fs::path& path : paths) out.push_back({path.string(), read_text_file(path)});
    return out;
}

std::string read_text_file(const fs::path& path) {
    if (is_folder(path)) throw UnreadableFile(path.string() + ": is a folder, not a file");
    std::ifstream file(path, std::ios::binary);
    if (!file) throw UnreadableFile(path.string() + ": " + std::strerror(errno));
    std::string text;
    std::array<char, 64_KiB> piece;  // filled by read
    while (file.read(piece.data(), piece.size()) || file.gcount() > 0) {
        text.append(piece.data(), static_cast<std::size_t>(file.gcount()));
        if (text.size() > max_text_file_bytes)
            throw UnreadableFile(path.string() + ": larger than " +
                                 std::to_string(max_text_file_bytes) + " bytes");
    }
    return text;
}

}  // namespace persandian::config
