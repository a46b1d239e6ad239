// SPDX-License-Identifier: Apache-2.0
//
// Rule files to a CompiledSet: read all documents, resolve references, apply filters, compile.
#include <algorithm>
#include <functional>
#include <set>

#include <fmt/format.h>

#include "detectors/sigma/compiled_set.h"
#include "detectors/sigma/filters.h"
#include "detectors/sigma/references.h"
#include "detectors/sigma/rule_parser.h"

namespace persandian::sigma {
namespace {

class Loader {
  public:
    Loader(const LoadOptions& options, LoadResult& result)
        : context_{options.placeholders}, result_(result) {}

    void read(const SourceFile& file) {
        Problems file_problems(file.path);
        const yaml::ParseOutcome parsed = yaml::parse(file.text);
        for (const yaml::Document& document : parsed.documents) {
            if (document.root.is_null()) continue;
            const std::string_view text = std::string_view(file.text).substr(
                document.begin_byte, document.end_byte - document.begin_byte);
            read_document(file.path, document.root, text);
        }
        if (!parsed.problem) return;
        file_problems.refuse(parsed.problem->mark, parsed.problem->reason);
        refuse(file_problems);
    }

    Documents take() { return std::move(documents_); }

  private:
    void read_document(const std::string& path, const yaml::Node& root, std::string_view text) {
        Problems problems(path);
        ParsedDocument parsed = parse_rule_document(root, text, context_, problems);
        if (auto* const rule = std::get_if<RuleAst>(&parsed)) {
            keep(std::move(*rule), documents_.rules, problems);
        } else if (auto* const correlation = std::get_if<CorrelationAst>(&parsed)) {
            keep(std::move(*correlation), documents_.correlations, problems);
        } else if (auto* const filter = std::get_if<FilterAst>(&parsed)) {
            if (problems.refused.empty()) documents_.filters.push_back(std::move(*filter));
        }
        result_.warnings.insert(result_.warnings.end(), problems.warnings.begin(),
                                problems.warnings.end());
        for (RuleProblem& problem : problems.refused) problem.rule_line = root.mark.line;
        refuse(problems);
    }

    template <typename Ast>
    void keep(Ast ast, std::vector<Ast>& list, Problems& problems) {
        const std::string place =
            fmt::format("{}:{}", problems.path(), std::max<std::size_t>(1, ast.mark.line));
        if (ast.info.reference.id.empty()) {
            ast.info.reference.id = ast.info.reference.title;
            if (taken_.contains(ast.info.reference.id)) ast.info.reference.id += " " + place;
        }
        claim(ast.info.reference.id, place, ast.mark, "id", problems);
        if (!ast.name.empty() && ast.name != ast.info.reference.id)
            claim(ast.name, place, ast.mark, "name", problems);
        if (problems.refused.empty()) {
            list.push_back(std::move(ast));
        } else {
            documents_.refused_names.insert(ast.info.reference.id);
            if (!ast.name.empty()) documents_.refused_names.insert(ast.name);
        }
    }

    void claim(const std::string& name, const std::string& place, yaml::Mark mark,
               std::string_view what, Problems& problems) {
        if (name.empty()) return;
        const auto [at, fresh] = taken_.try_emplace(name, place);
        if (!fresh)
            problems.refuse(mark, fmt::format("the {} '{}' is already used by the rule at {}", what,
                                              name, at->second));
    }

    void refuse(const Problems& problems) {
        if (problems.refused.empty()) return;
        ++result_.refused_count;
        result_.refused.insert(result_.refused.end(), problems.refused.begin(),
                               problems.refused.end());
    }

    ModifierContext context_;
    LoadResult& result_;
    Documents documents_;
    std::map<std::string, std::string> taken_;
};

Digest version_of(std::span<const SourceFile> rule_files,
                  std::span<const SourceFile> logsource_files) {
    std::vector<std::pair<std::string, std::string>> parts;
    for (const std::span<const SourceFile> files : {rule_files, logsource_files})
        for (const SourceFile& file : files)
            parts.emplace_back(file.path, sha256(as_bytes(file.text)).hex());
    std::sort(parts.begin(), parts.end());
    std::string all;
    for (const auto& part : parts) all += part.first + '\0' + part.second + '\n';
    return sha256(as_bytes(all));
}

/// A source to which every event belongs; names are looked up as in the known sources like it.
SourceDefinition forced_source(const LogSource& name,
                               const std::vector<SourceDefinition>& sources) {
    SourceDefinition out;
    out.name = name;
    out.forced = true;
    const auto add_once = [](std::vector<std::string>& list, const std::string& text) {
        if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
    };
    for (const SourceDefinition& source : sources) {
        if (fit(name, source.name) != SourceFit::full) continue;
        for (const std::string& prefix : source.prefixes) add_once(out.prefixes, prefix);
        for (const auto& [field, names] : source.fields) {
            std::vector<std::string>& mine = out.fields[field];
            add_once(mine, field);
            for (const std::string& other : names) add_once(mine, other);
        }
    }
    return out;
}

void add_rules(Documents& documents, CompiledSet& set) {
    std::map<std::string, std::vector<std::string>> exported = exported_fields(documents);
    for (RuleAst& rule : documents.rules) {
        const std::size_t index = set.infos.size();
        set.by_name[rule.info.reference.id] = index;
        if (!rule.name.empty()) set.by_name.try_emplace(rule.name, index);
        set.infos.push_back(std::move(rule.info));
        set.infos.back().name = rule.name;
        set.logsources.push_back(rule.logsource);
        rule.info.reference.id = set.infos.back().reference.id;
        set.alerts.push_back(rule.alert);
        set.exported_fields.push_back(exported[rule.info.reference.id]);
        std::vector<std::string>& names = set.selections.emplace_back();
        for (const Detection& detection : rule.detections) names.push_back(detection.name);
    }
}

void add_correlations(Documents& documents, CompiledSet& set) {
    for (CorrelationAst& ast : documents.correlations) {
        const std::size_t index = set.infos.size();
        set.by_name[ast.info.reference.id] = index;
        if (!ast.name.empty()) set.by_name.try_emplace(ast.name, index);
        ast.rule.rule = ast.info.reference;
        set.correlation_rules.push_back(std::move(ast.rule));
        set.infos.push_back(std::move(ast.info));
        set.infos.back().name = ast.name;
        set.logsources.emplace_back();
        set.alerts.push_back(set.correlation_rules.back().alert);
        set.selections.emplace_back();
        set.exported_fields.emplace_back();
    }
}

}  // namespace

LoadResult load_rules(std::span<const SourceFile> rule_files,
                      std::span<const SourceFile> logsource_files, const LoadOptions& options) {
    LoadResult result;
    auto set = std::make_shared<CompiledSet>();
    Loader loader(options, result);
    for (const SourceFile& file : rule_files) loader.read(file);
    Documents documents = loader.take();
    resolve_references(documents, result);
    apply_filters(documents, result);

    set->version_ = version_of(rule_files, logsource_files);
    const std::size_t before = result.refused.size();
    set->sources = parse_logsources(logsource_files, result.refused);
    result.refused_count += result.refused.size() - before;
    if (options.forced_logsource)
        set->sources = {forced_source(*options.forced_logsource, set->sources)};
    add_rules(documents, *set);
    add_correlations(documents, *set);
    set->compile(documents.rules);
    result.rules = std::move(set);
    return result;
}

}  // namespace persandian::sigma
