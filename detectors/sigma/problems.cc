// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/problems.h"

#include <fmt/format.h>

namespace persandian::sigma {

std::string RuleProblem::to_string() const {
    return fmt::format("{}:{}:{}: {}", path, line, column, reason);
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& known,
                       bool list_known) {
    const std::string_view near = yaml::nearest_word(word, known);
    if (!near.empty()) return fmt::format("; did you mean '{}'?", near);
    if (!list_known || known.empty()) return {};
    return fmt::format("; known: {}", fmt::join(known, ", "));
}

const yaml::Entry* near_miss(const yaml::Node& map, std::string_view key) {
    for (const yaml::Entry& entry : map.entries)
        if (entry.key != key && !yaml::nearest_word(entry.key, {key}).empty()) return &entry;
    return nullptr;
}

std::string_view describe(const yaml::Node& node) noexcept {
    switch (node.kind) {
        case yaml::Node::Kind::null:
            return "nothing";
        case yaml::Node::Kind::scalar:
            return "a text";
        case yaml::Node::Kind::sequence:
            return "a list";
        case yaml::Node::Kind::map:
            return "a map";
    }
    return "";
}

std::string read_text(const yaml::Node& node, std::string_view what, Problems& out) {
    if (node.is_scalar()) return node.text;
    out.refuse(node.mark, fmt::format("{} must be a text, not {}", what, describe(node)));
    return {};
}

std::vector<std::string> read_texts(const yaml::Node& node, std::string_view what, Problems& out) {
    std::vector<std::string> texts;
    if (node.is_null()) return texts;
    if (!node.is_sequence()) {
        texts.push_back(read_text(node, what, out));
        return texts;
    }
    for (const yaml::Node& item : node.items)
        if (!item.is_null()) texts.push_back(read_text(item, what, out));
    return texts;
}

}  // namespace persandian::sigma
