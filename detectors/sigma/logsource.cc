// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/logsource.h"

#include <algorithm>

#include <fmt/format.h>

#include "detectors/sigma/field_table.h"
#include "detectors/sigma/modifiers/utf8.h"

namespace persandian::sigma {
namespace {

using yaml::Node;

void check_keys(const Node& map, const std::vector<std::string_view>& known, Problems& problems) {
    for (const yaml::Entry& entry : map.entries)
        if (std::find(known.begin(), known.end(), entry.key) == known.end())
            problems.refuse(entry.mark, fmt::format("unknown key '{}'{}", entry.key,
                                                    suggestion(entry.key, known)));
}

/// "a & b" with FieldTable::joiner in place of " & ".
std::vector<std::string> joined_names(std::vector<std::string> names) {
    for (std::string& name : names)
        for (std::size_t at = name.find(" & "); at != std::string::npos; at = name.find(" & "))
            name.replace(at, 3, 1, FieldTable::joiner);
    return names;
}

void read_fields(const Node& parent, SourceDefinition& out, Problems& problems) {
    if (const Node* const prefixes = parent.find("prefixes"))
        out.prefixes = read_texts(*prefixes, "prefixes", problems);
    const Node* const fields = parent.find("fields");
    if (fields == nullptr || fields->is_null()) return;
    if (!fields->is_map()) {
        problems.refuse(fields->mark, "fields must be a map: Sigma name -> name or names");
        return;
    }
    for (const yaml::Entry& entry : fields->entries)
        out.fields[entry.key] = joined_names(read_texts(entry.value, "a field name", problems));
}

RouteTest read_test(const yaml::Entry& entry, Problems& problems) {
    RouteTest test;
    test.field = entry.key;
    if (entry.value.is_null()) {
        test.kind = RouteTest::Kind::absent;
        return test;
    }
    const std::vector<std::string> texts = read_texts(entry.value, "a value of when", problems);
    bool wildcards = false;
    for (const std::string& text : texts) {
        const Pattern pattern = Pattern::parse(text).folded();
        wildcards = wildcards || pattern.has_wildcard();
        if (pattern.shape() == PatternShape::anything) test.kind = RouteTest::Kind::present;
        test.patterns.push_back(pattern);
        test.values.push_back(pattern.literal_text());
    }
    if (wildcards && test.kind != RouteTest::Kind::present) test.kind = RouteTest::Kind::fits;
    return test;
}

void read_when(const Node& source, SourceDefinition& out, Problems& problems) {
    const Node* const when = source.find("when");
    if (when == nullptr || when->is_null()) return;
    const std::vector<Node> single = {*when};
    for (const Node& alternative : when->is_sequence() ? when->items : single) {
        if (!alternative.is_map() || alternative.entries.empty()) {
            problems.refuse(alternative.mark,
                            "when must be a map of field: value, or a list of "
                            "such maps");
            continue;
        }
        std::vector<RouteTest>& tests = out.when.emplace_back();
        for (const yaml::Entry& entry : alternative.entries)
            tests.push_back(read_test(entry, problems));
    }
}

void read_source(const Node& node, const SourceDefinition& defaults,
                 std::vector<SourceDefinition>& out, Problems& problems) {
    static const std::vector<std::string_view> known = {"product", "category", "service",    "when",
                                                        "fields",  "prefixes", "description"};
    if (!node.is_map()) {
        problems.refuse(node.mark, "a log source must be a map");
        return;
    }
    const std::size_t before = problems.refused.size();
    check_keys(node, known, problems);
    SourceDefinition source = defaults;
    for (const auto& part :
         {std::pair("product", &source.name.product), std::pair("category", &source.name.category),
          std::pair("service", &source.name.service)})
        if (const Node* const value = node.find(part.first))
            *part.second = read_text(*value, part.first, problems);
    if (source.name.product.empty() && source.name.category.empty() && source.name.service.empty())
        problems.refuse(node.mark, "a log source needs a product, category or service");
    read_when(node, source, problems);
    read_fields(node, source, problems);
    if (problems.refused.size() == before) out.push_back(std::move(source));
}

void read_document(const Node& root, std::vector<SourceDefinition>& out, Problems& problems) {
    static const std::vector<std::string_view> known = {"description", "fields", "prefixes",
                                                        "logsources"};
    if (!root.is_map()) {
        problems.refuse(root.mark, "a log-source file must be a map with 'logsources'");
        return;
    }
    check_keys(root, known, problems);
    SourceDefinition defaults;
    read_fields(root, defaults, problems);
    const Node* const sources = root.find("logsources");
    if (sources == nullptr || !sources->is_sequence()) {
        problems.refuse(root.mark, "'logsources' must be a list");
        return;
    }
    for (const Node& source : sources->items) {
        if (out.size() >= max_sources) {
            problems.refuse(source.mark, fmt::format("more than {} log sources", max_sources));
            return;
        }
        read_source(source, defaults, out, problems);
    }
}

}  // namespace

std::vector<std::string> SourceDefinition::candidates(std::string_view field) const {
    std::vector<std::string> names;
    const auto add = [&](std::string one) {
        if (std::find(names.begin(), names.end(), one) == names.end())
            names.push_back(std::move(one));
    };
    const auto mapped = fields.find(field);
    const std::vector<std::string> plain =
        mapped == fields.end() ? std::vector<std::string>{std::string(field)} : mapped->second;
    for (const std::string& one : plain) {
        add(one);
        if (one.find(FieldTable::joiner) != std::string::npos) continue;
        for (const std::string& prefix : prefixes) add(prefix + one);
    }
    return names;
}

std::vector<SourceDefinition> parse_logsources(std::span<const SourceFile> files,
                                               std::vector<RuleProblem>& refused) {
    std::vector<SourceDefinition> sources;
    for (const SourceFile& file : files) {
        Problems problems(file.path);
        const yaml::ParseOutcome parsed = yaml::parse(file.text);
        if (parsed.problem) problems.refuse(parsed.problem->mark, parsed.problem->reason);
        for (const yaml::Document& document : parsed.documents)
            if (!document.root.is_null()) read_document(document.root, sources, problems);
        refused.insert(refused.end(), problems.refused.begin(), problems.refused.end());
    }
    return sources;
}

SourceFit fit(const LogSource& rule, const LogSource& source) {
    const auto agrees = [](const std::string& wanted, const std::string& is) {
        return wanted.empty() || wanted == is;
    };
    if (!agrees(rule.product, source.product) || !agrees(rule.category, source.category))
        return SourceFit::none;
    if (agrees(rule.service, source.service)) return SourceFit::full;
    const bool by_category = !rule.category.empty() && source.service.empty();
    return by_category ? SourceFit::without_service : SourceFit::none;
}

}  // namespace persandian::sigma
