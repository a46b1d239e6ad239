// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/metadata_parser.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "detectors/base/ascii.h"

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

/// Points at a key that looks like the missing one, else at the rule.
void refuse_missing(const Node& root, std::string_view key, std::string reason,
                    Problems& problems) {
    const yaml::Entry* const near = near_miss(root, key);
    if (near != nullptr) reason += fmt::format("; did you mean '{}' by '{}'?", key, near->key);
    problems.refuse(near == nullptr ? root.mark : near->mark, std::move(reason));
}

void parse_title(const Node& root, RuleInfo& info, Problems& problems) {
    const Node* const node = root.find("title");
    if (node == nullptr) {
        refuse_missing(root, "title", "a rule needs a title: one line that says what it finds",
                       problems);
        return;
    }
    if (node->is_null() || (node->is_scalar() && node->text.empty())) {
        problems.refuse(node->mark, "the title is empty: say in one line what the rule finds");
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

/// A tag is namespace.name; unknown namespaces are allowed, near misses of known ones are told.
void check_tags(const Node& root, Problems& problems) {
    static const std::vector<std::string_view> namespaces = {"attack",    "car", "cve", "d3fend",
                                                             "detection", "stp", "tlp"};
    const Node* const tags = root.find("tags");
    if (tags == nullptr || !tags->is_sequence()) return;
    for (const Node& tag : tags->items) {
        if (!tag.is_scalar()) continue;
        const std::size_t dot = tag.text.find('.');
        if (dot == std::string::npos || dot == 0 || dot + 1 == tag.text.size()) {
            problems.warn(tag.mark, fmt::format("the tag '{}' is not of the form namespace.name, "
                                                "as attack.t1190",
                                                tag.text));
            continue;
        }
        const std::string_view space = std::string_view(tag.text).substr(0, dot);
        const std::string_view near = yaml::nearest_word(space, namespaces);
        if (!near.empty() && near != space)
            problems.warn(tag.mark, fmt::format("the tag '{}' is of no known namespace; did you "
                                                "mean '{}{}'?",
                                                tag.text, near, tag.text.substr(dot)));
    }
}

void check_related(const Node& root, Problems& problems) {
    static const std::vector<std::string_view> types = {"derived", "obsolete", "merged",
                                                        "renamed", "similar",  "correlation"};
    const Node* const related = root.find("related");
    if (related == nullptr || related->is_null()) return;
    if (!related->is_sequence()) {
        problems.warn(related->mark, "related must be a list of maps with id and type");
        return;
    }
    for (const Node& one : related->items) {
        const Node* const id = one.find("id");
        const Node* const type = one.find("type");
        if (id == nullptr || type == nullptr) {
            problems.warn(one.mark, "an entry of related needs id and type");
            continue;
        }
        if (!is_uuid(id->text))
            problems.warn(id->mark, fmt::format("related id '{}' is not a UUID", id->text));
        if (std::find(types.begin(), types.end(), type->text) == types.end())
            problems.warn(type->mark, fmt::format("unknown type '{}' of related{}", type->text,
                                                  suggestion(type->text, types)));
    }
}

/// Keys of one's own are allowed, but one that is nearly a known key is a mistake nobody would see.
void check_keys(const Node& root, Problems& problems) {
    static const std::vector<std::string_view> known = {
        "title",       "id",          "name",       "related", "taxonomy",   "status",
        "description", "license",     "author",     "date",    "references", "modified",
        "logsource",   "detection",   "fields",     "level",   "tags",       "falsepositives",
        "scope",       "correlation", "persandian", "filter",  "generate"};
    for (const yaml::Entry& entry : root.entries) {
        const std::string_view near = yaml::nearest_word(entry.key, known);
        if (near.empty() || near == entry.key || root.find(near) != nullptr) continue;
        problems.warn(entry.mark, fmt::format("'{}' is not a key of Sigma and has no effect; did "
                                              "you mean '{}'?",
                                              entry.key, near));
    }
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
    check_keys(root, problems);
    check_related(root, problems);
    check_tags(root, problems);
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

namespace {

void warn_of_capitals(const Node& node, std::string_view key, Problems& problems) {
    const std::string lower = ascii_lower(node.text);
    if (lower != node.text)
        problems.warn(node.mark, fmt::format("{} '{}': log sources are written in small letters "
                                             "and compared as written; did you mean '{}'?",
                                             key, node.text, lower));
}

}  // namespace

LogSource parse_logsource(const Node& root, std::string& written, Problems& problems) {
    LogSource out;
    const Node* const node = root.find("logsource");
    if (node == nullptr) {
        refuse_missing(root, "logsource",
                       "a rule needs a logsource with product, category or service", problems);
        return out;
    }
    if (!node->is_map()) {
        problems.refuse(node->mark,
                        fmt::format("logsource must be a map with product, category or service, "
                                    "not {}",
                                    describe(*node)));
        return out;
    }
    if (node->entries.empty())
        problems.warn(node->mark,
                      "the logsource is empty: the rule is tried only on events of no known "
                      "source; name product, category or service");
    static const std::vector<std::string_view> known = {"category", "product", "service",
                                                        "definition"};
    const std::array<std::pair<std::string_view, std::string*>, 3> parts = {
        {{"product", &out.product}, {"category", &out.category}, {"service", &out.service}}};
    for (const auto& part : parts) {
        *part.second = optional_text(*node, part.first, problems);
        if (part.second->empty()) continue;
        warn_of_capitals(*node->find(part.first), part.first, problems);
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
