// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/metadata_parser.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace persandian::sigma {
namespace {

using yaml::Node;

constexpr std::size_t max_title_bytes = 256;

std::string optional_text(const Node& root, std::string_view key, Problems& problems) {
    const Node* const node = root.find(key);
    if (node == nullptr || node->is_null()) return {};
    return read_text(*node, key, problems);
}

std::vector<std::string> optional_texts(const Node& root, std::string_view key,
                                        Problems& problems) {
    const Node* const node = root.find(key);
    if (node == nullptr) return {};
    return read_texts(*node, key, problems);
}

bool is_uuid(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const bool hexadecimal =
            std::string_view("0123456789abcdefABCDEF").find(text[i]) != std::string_view::npos;
        if (dash ? text[i] != '-' : !hexadecimal) return false;
    }
    return true;
}

void check_date(const Node& root, std::string_view key, Problems& problems) {
    const Node* const node = root.find(key);
    if (node == nullptr || node->is_null()) return;
    const std::string text = read_text(*node, key, problems);
    const bool shaped = text.size() == 10 && text[4] == '-' && text[7] == '-';
    if (!shaped || !parse_rfc3339(text + "T00:00:00Z"))
        problems.warn(node->mark, fmt::format("{} '{}' is not a date as 2026-01-31", key, text));
}

void parse_level(const Node& root, RuleInfo& info, Problems& problems) {
    static const std::vector<std::string_view> names = {"informational", "low", "medium", "high",
                                                        "critical"};
    const Node* const node = root.find("level");
    if (node == nullptr || node->is_null()) return;
    const std::string text = read_text(*node, "level", problems);
    const auto found = std::find(names.begin(), names.end(), text);
    if (found == names.end()) {
        problems.refuse(node->mark,
                        fmt::format("unknown level '{}'{}", text, suggestion(text, names)));
        return;
    }
    info.reference.level = static_cast<Level>(found - names.begin());
}

void parse_status(const Node& root, RuleInfo& info, Problems& problems) {
    static const std::vector<std::string_view> names = {"stable", "test", "experimental",
                                                        "deprecated", "unsupported"};
    info.status = optional_text(root, "status", problems);
    if (info.status.empty() || std::find(names.begin(), names.end(), info.status) != names.end())
        return;
    problems.refuse(root.find("status")->mark, fmt::format("unknown status '{}'{}", info.status,
                                                           suggestion(info.status, names)));
}

void parse_title(const Node& root, RuleInfo& info, Problems& problems) {
    const Node* const node = root.find("title");
    if (node == nullptr || node->is_null() || (node->is_scalar() && node->text.empty())) {
        problems.refuse(node == nullptr ? root.mark : node->mark, "a rule needs a title");
        return;
    }
    info.reference.title = read_text(*node, "title", problems);
    if (info.reference.title.size() > max_title_bytes)
        problems.warn(node->mark, fmt::format("the title is longer than {}", max_title_bytes));
}

BilingualText parse_bilingual(const Node& block, std::string_view key, Problems& problems) {
    const Node* const node = block.find(key);
    if (node == nullptr || node->is_null()) return {};
    if (!node->is_map()) {
        problems.refuse(node->mark, fmt::format("persandian.{} must be a map with id and en", key));
        return {};
    }
    return {optional_text(*node, "id", problems), optional_text(*node, "en", problems)};
}

void parse_next_steps(const Node& block, RuleInfo& info, Problems& problems) {
    const Node* const node = block.find("next_steps");
    if (node == nullptr || node->is_null()) return;
    if (!node->is_map()) {
        problems.refuse(node->mark, "persandian.next_steps must be a map with the lists id and en");
        return;
    }
    const std::vector<std::string> id = optional_texts(*node, "id", problems);
    const std::vector<std::string> en = optional_texts(*node, "en", problems);
    if (id.size() != en.size())
        problems.refuse(node->mark,
                        fmt::format("persandian.next_steps has {} steps in Bahasa Indonesia (id) "
                                    "and {} in English (en); they must correspond",
                                    id.size(), en.size()));
    for (std::size_t i = 0; i < std::min(id.size(), en.size()); ++i)
        info.next_steps.push_back({id[i], en[i]});
}

void parse_own_block(const Node& root, RuleInfo& info, Problems& problems) {
    info.title = {info.reference.title, info.reference.title};
    const Node* const block = root.find("persandian");
    if (block == nullptr || block->is_null()) return;
    if (!block->is_map()) {
        problems.refuse(block->mark, "persandian must be a map");
        return;
    }
    static const std::vector<std::string_view> known = {"title", "explanation", "next_steps"};
    for (const yaml::Entry& entry : block->entries) {
        if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
        const std::string_view near = yaml::nearest_word(entry.key, known);
        if (!near.empty()) {
            problems.refuse(
                entry.mark,
                fmt::format("unknown key 'persandian.{}'; did you mean '{}'?", entry.key, near));
        } else if (entry.value.is_scalar()) {
            info.labels.emplace_back(entry.key, entry.value.text);
        }
    }
    const BilingualText title = parse_bilingual(*block, "title", problems);
    if (!title.id.empty()) info.title.id = title.id;
    if (!title.en.empty()) info.title.en = title.en;
    info.explanation = parse_bilingual(*block, "explanation", problems);
    parse_next_steps(*block, info, problems);
}

void check_taxonomy(const Node& root, Problems& problems) {
    const std::string taxonomy = optional_text(root, "taxonomy", problems);
    if (taxonomy.empty() || taxonomy == "sigma" || taxonomy == "persandian") return;
    problems.refuse(root.find("taxonomy")->mark,
                    fmt::format("taxonomy '{}' is not known: its field names would not be found; "
                                "known: sigma, persandian",
                                taxonomy));
}

}  // namespace

void parse_metadata(const Node& root, std::string_view text, RuleInfo& info, std::string& name,
                    Problems& problems) {
    info.path = problems.path();
    info.text = text;
    info.reference.version = sha256(as_bytes(text));
    parse_title(root, info, problems);
    name = optional_text(root, "name", problems);
    info.reference.id = optional_text(root, "id", problems);
    if (!info.reference.id.empty() && !is_uuid(info.reference.id))
        problems.warn(
            root.find("id")->mark,
            fmt::format("id '{}' is not a UUID (make one with uuidgen)", info.reference.id));
    if (info.reference.id.empty()) info.reference.id = name;
    if (info.reference.id.empty())
        problems.warn(root.mark, "a rule should have an id (make one with uuidgen)");
    parse_level(root, info, problems);
    parse_status(root, info, problems);
    check_taxonomy(root, problems);
    check_date(root, "date", problems);
    check_date(root, "modified", problems);
    info.author = optional_text(root, "author", problems);
    info.description = optional_text(root, "description", problems);
    info.license = optional_text(root, "license", problems);
    info.reference.tags = optional_texts(root, "tags", problems);
    info.references = optional_texts(root, "references", problems);
    info.false_positives = optional_texts(root, "falsepositives", problems);
    info.fields = optional_texts(root, "fields", problems);
    parse_own_block(root, info, problems);
}

LogSource parse_logsource(const Node& root, std::string& written, Problems& problems) {
    LogSource out;
    const Node* const node = root.find("logsource");
    if (node == nullptr) {
        problems.refuse(root.mark, "a rule needs a logsource with product, category or service");
        return out;
    }
    if (!node->is_map()) {
        problems.refuse(node->mark, "logsource must be a map with product, category or service");
        return out;
    }
    static const std::vector<std::string_view> known = {"category", "product", "service",
                                                        "definition"};
    const std::array<std::pair<std::string_view, std::string*>, 3> parts = {
        {{"product", &out.product}, {"category", &out.category}, {"service", &out.service}}};
    for (const auto& part : parts) {
        *part.second = optional_text(*node, part.first, problems);
        if (part.second->empty()) continue;
        if (!written.empty()) written += ' ';
        written += fmt::format("{}={}", part.first, *part.second);
    }
    for (const yaml::Entry& entry : node->entries) {
        const std::string_view near = yaml::nearest_word(entry.key, known);
        if (!near.empty() && near != entry.key)
            problems.refuse(
                entry.mark,
                fmt::format("unknown logsource key '{}'; did you mean '{}'?", entry.key, near));
    }
    return out;
}

}  // namespace persandian::sigma
