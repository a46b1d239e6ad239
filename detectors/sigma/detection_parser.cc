// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/detection_parser.h"

#include <algorithm>

#include <fmt/format.h>

#include "detectors/sigma/sequence_reader.h"

namespace persandian::sigma {
namespace {

using yaml::Mark;
using yaml::Node;

std::optional<Number> number_of(const Node& node) {
    if (const std::optional<long long> integer = node.as_integer())
        return Number{true, *integer, 0};
    if (const std::optional<double> real = node.as_number()) return Number{false, 0, *real};
    return std::nullopt;
}

Operand to_operand(const Node& node) {
    Operand operand;
    operand.mark = node.mark;
    operand.written = node.text;
    if (node.is_null()) {
        operand.kind = Operand::Kind::null;
    } else if (const std::optional<bool> flag = node.as_boolean()) {
        operand.kind = Operand::Kind::boolean;
        operand.flag = *flag;
    } else if (const std::optional<Number> number = number_of(node)) {
        operand.kind = Operand::Kind::number;
        operand.number = *number;
    } else {
        operand.pattern = Pattern::parse(node.text);
    }
    return operand;
}

class Parser {
  public:
    Parser(const ModifierContext& context, Problems& problems)
        : context_(context), problems_(problems) {}

    DetectionNode body(const Node& node) {
        if (node.is_map()) return all_of(node);
        if (node.is_sequence()) return any_of(node);
        return keywords(node.mark, {to_operand(node)});
    }

  private:
    DetectionNode all_of(const Node& map) {
        DetectionNode out;
        out.kind = DetectionNode::Kind::all_of;
        if (map.entries.empty()) problems_.refuse(map.mark, "an empty map selects nothing");
        for (const yaml::Entry& entry : map.entries) out.children.push_back(item(entry));
        return out;
    }

    /// A list: maps (and lists) are joined by or, and so are the scalars, which are keywords.
    DetectionNode any_of(const Node& list) {
        DetectionNode out;
        out.kind = DetectionNode::Kind::any_of;
        std::vector<Operand> words;
        if (list.items.empty()) problems_.refuse(list.mark, "an empty list selects nothing");
        for (const Node& node : list.items) {
            if (node.is_map() || node.is_sequence()) {
                out.children.push_back(body(node));
            } else {
                words.push_back(to_operand(node));
            }
        }
        if (!words.empty()) out.children.push_back(keywords(list.mark, std::move(words)));
        return out;
    }

    DetectionNode keywords(Mark mark, std::vector<Operand> operands) {
        DetectionNode out;
        out.item.mark = mark;
        for (Operand& operand : operands) out.item.terms.push_back({{std::move(operand)}});
        finish_keywords(out.item);
        return out;
    }

    DetectionNode item(const yaml::Entry& entry) {
        DetectionNode out;
        Item& item = out.item;
        const std::size_t bar = entry.key.find('|');
        item.field = entry.key.substr(0, bar);
        item.mark = entry.mark;
        if (bar != std::string::npos && names_sequence(entry.key.substr(bar))) {
            read_steps(item, entry.value);
        } else {
            read_values(item, entry.value);
        }
        if (bar != std::string::npos) apply_modifiers(item, entry, bar);
        if (item.field.empty()) finish_keywords(item);
        check_all(item);
        check_empty(item);
        return out;
    }

    static bool names_sequence(std::string_view chain) {
        constexpr std::string_view name = "|sequence";
        const std::size_t at = chain.find(name);
        return at != std::string_view::npos &&
               (at + name.size() == chain.size() || chain[at + name.size()] == '|');
    }

    void read_steps(Item& item, const Node& value) {
        Operand operand;
        operand.kind = Operand::Kind::sequence;
        operand.mark = value.mark;
        operand.sequence = read_sequence(value, problems_);
        if (operand.sequence == nullptr) return;
        operand.written = operand.sequence->to_text();
        item.terms.push_back({{std::move(operand)}});
    }

    void read_values(Item& item, const Node& value) {
        if (value.is_map()) {
            problems_.refuse(value.mark, fmt::format("'{}' needs a value or a list of values, not "
                                                     "a map; nested fields are written with dots",
                                                     item.field));
        } else if (!value.is_sequence()) {
            item.terms.push_back({{to_operand(value)}});
        } else if (value.items.empty()) {
            Operand null;
            null.kind = Operand::Kind::null;
            null.mark = value.mark;
            item.terms.push_back({{null}});
        }
        for (const Node& one : value.items) {
            if (one.is_map() || one.is_sequence()) {
                problems_.refuse(one.mark, fmt::format("the values of '{}' must be texts, numbers, "
                                                       "true, false or null",
                                                       item.field));
                continue;
            }
            if (one.is_null())
                problems_.warn(one.mark,
                               "null in a list of values is not in the specification; it "
                               "is read as: or the field is absent");
            item.terms.push_back({{to_operand(one)}});
        }
    }

    struct Link {
        const ModifierEntry* modifier = nullptr;
        std::string name;
        Mark mark;
    };

    /// The modifiers behind the field; empty when one is unknown or out of place.
    std::vector<Link> chain_of(const Item& item, const yaml::Entry& entry, std::size_t bar) {
        std::vector<Link> chain;
        const std::string& key = entry.key;
        const std::size_t quote = entry.quoted ? 1 : 0;
        for (std::size_t at = bar; at < key.size();) {
            const std::size_t end = std::min(key.find('|', at + 1), key.size());
            Link link;
            link.name = key.substr(at + 1, end - at - 1);
            link.mark = {entry.mark.line, entry.mark.column + quote + at + 1};
            link.modifier = find_modifier(link.name);
            if (const std::string fault = fault_of(item, link, chain.empty()); !fault.empty()) {
                problems_.refuse(link.mark, fault);
                return {};
            }
            chain.push_back(std::move(link));
            at = end;
        }
        return chain;
    }

    static std::string fault_of(const Item& item, const Link& link, bool first) {
        if (link.name.empty()) return "a modifier is missing after '|': name one or take '|' away";
        if (link.modifier == nullptr)
            return fmt::format("unknown modifier '{}'{}", link.name,
                               suggestion(link.name, modifier_names()));
        if (link.modifier->first_only && !first)
            return fmt::format("'{}' must be the first modifier, as in {}|{}", link.name,
                               item.field, link.name);
        return {};
    }

    void apply_modifiers(Item& item, const yaml::Entry& entry, std::size_t bar) {
        for (const Link& link : chain_of(item, entry, bar))
            if (!apply_modifier(item, *link.modifier, link.name, link.mark)) return;
    }

    bool apply_modifier(Item& item, const ModifierEntry& modifier, const std::string& name,
                        Mark mark) {
        if (was_applied(item, modifier.name)) {
            problems_.refuse(mark, fmt::format("the modifier '{}' stands twice", name));
            return false;
        }
        std::optional<Refusal> refusal = modifier.apply(item, context_);
        if (refusal) {
            problems_.refuse(refusal->at.line == 0 ? mark : refusal->at,
                             std::move(refusal->reason));
            return false;
        }
        item.applied.push_back(modifier.name);
        return true;
    }

    /// Keywords are searched for anywhere in the text, unless a modifier ties them to an end.
    void finish_keywords(Item& item) {
        const bool tied = was_applied(item, "startswith") || was_applied(item, "endswith");
        for (Term& term : item.terms) {
            for (Operand& operand : term.alternatives) {
                if (operand.kind == Operand::Kind::number) {
                    operand.kind = Operand::Kind::text;
                    operand.pattern = Pattern::literal(operand.written);
                } else if (operand.kind == Operand::Kind::boolean) {
                    operand.kind = Operand::Kind::text;
                    operand.pattern = Pattern::parse(operand.written);
                }
                if (operand.kind == Operand::Kind::regex) continue;
                if (operand.kind != Operand::Kind::text) {
                    problems_.refuse(operand.mark, fmt::format("{} needs a field name before it; "
                                                               "keywords are texts",
                                                               describe(operand.kind)));
                    continue;
                }
                if (operand.pattern.tokens().empty())
                    problems_.refuse(operand.mark, "an empty keyword would hold for every event");
                if (tied) continue;
                operand.pattern.open_start();
                operand.pattern.open_end();
            }
        }
    }

    void check_all(const Item& item) {
        if (item.all && item.terms.size() < 2)
            problems_.warn(item.mark, fmt::format("'all' has no effect on a single value ({})",
                                                  item.field.empty() ? "keywords" : item.field));
    }

    /// contains: '' and the like hold for every value, which nobody means.
    void check_empty(const Item& item) {
        for (const Term& term : item.terms)
            for (const Operand& operand : term.alternatives)
                if (operand.kind == Operand::Kind::text && operand.written.empty() &&
                    operand.pattern.shape() == PatternShape::anything && !item.field.empty())
                    problems_.warn(operand.mark,
                                   fmt::format("an empty text with '{}' holds for every value; "
                                               "write '{}|exists: true' when that is meant",
                                               fmt::join(item.applied, "|"), item.field));
    }

    const ModifierContext& context_;
    Problems& problems_;
};

}  // namespace

std::vector<Detection> parse_detections(const Node& map, const std::vector<std::string_view>& skip,
                                        const ModifierContext& context, Problems& problems) {
    std::vector<Detection> detections;
    Parser parser(context, problems);
    for (const yaml::Entry& entry : map.entries) {
        if (std::find(skip.begin(), skip.end(), entry.key) != skip.end()) continue;
        if (entry.value.is_null()) {
            problems.refuse(entry.mark,
                            fmt::format("'{}' is empty: it needs 'field: value' lines, or a list "
                                        "of words to search for",
                                        entry.key));
            detections.push_back({entry.key, entry.mark, {}});  // the condition may name it
            continue;
        }
        detections.push_back({entry.key, entry.mark, parser.body(entry.value)});
    }
    return detections;
}

}  // namespace persandian::sigma
