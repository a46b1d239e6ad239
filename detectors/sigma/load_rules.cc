// SPDX-License-Identifier: Apache-2.0
//
// Rule files to a CompiledSet: read all documents, resolve references, apply filters, compile.
#include <algorithm>
#include <functional>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "detectors/base/yaml_tree.h"
#include "detectors/sigma/compiled_set.h"
#include "detectors/sigma/filters.h"
#include "detectors/sigma/references.h"
#include "detectors/sigma/rule_parser.h"

namespace persandian::sigma {
namespace {

/// One document of a file, read but not yet held against the others.
struct ReadDocument {
    ParsedDocument parsed;
    Problems problems;
    std::size_t line = 1;  ///< where it begins
};

/// What one file holds. `whole`: faults of the file itself.
struct ReadFile {
    std::vector<ReadDocument> documents;
    Problems whole;
};

/// Depends on nothing but the file, so files can be read side by side.
ReadFile read_file(const SourceFile& file, const ModifierContext& context, DerivedCache* cache) {
    ReadFile out{{}, Problems(file.path)};
    const yaml::ParseOutcome parsed = yaml::parse_cached(file.text, cache);
    for (const yaml::Document& document : parsed.documents) {
        if (document.root.is_null()) continue;
        const std::string_view text = std::string_view(file.text).substr(
            document.begin_byte, document.end_byte - document.begin_byte);
        ReadDocument& read = out.documents.emplace_back(
            ReadDocument{{}, Problems(file.path), document.root.mark.line});
        read.parsed = parse_rule_document(document.root, text, context, read.problems);
    }
    if (parsed.problem) out.whole.refuse(parsed.problem->mark, parsed.problem->reason);
    return out;
}

/// Takes the files in order and keeps what can be kept.
class Loader {
  public:
    explicit Loader(LoadResult& result) : result_(result) {}

    void take(ReadFile file) {
        for (ReadDocument& document : file.documents) take(document);
        refuse(file.whole);
    }
    Documents documents() { return std::move(documents_); }

  private:
    void take(ReadDocument& document) {
        Problems& problems = document.problems;
        if (auto* const rule = std::get_if<RuleAst>(&document.parsed)) {
            keep(std::move(*rule), documents_.rules, problems);
        } else if (auto* const correlation = std::get_if<CorrelationAst>(&document.parsed)) {
            keep(std::move(*correlation), documents_.correlations, problems);
        } else if (auto* const filter = std::get_if<FilterAst>(&document.parsed)) {
            if (problems.refused.empty()) documents_.filters.push_back(std::move(*filter));
        }
        for (RuleProblem& problem : problems.refused) problem.rule_line = document.line;
        result_.warnings.insert(result_.warnings.end(), problems.warnings.begin(),
                                problems.warnings.end());
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

    LoadResult& result_;
    Documents documents_;
    std::map<std::string, std::string> taken_;
};

void one_after_the_other(std::size_t count, const std::function<void(std::size_t)>& work) {
    for (std::size_t i = 0; i < count; ++i) work(i);
}

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
    const ParallelFor parallel = options.parallel ? options.parallel : one_after_the_other;
    const ModifierContext context{options.placeholders};
    std::vector<std::optional<ReadFile>> files(rule_files.size());
    parallel(files.size(),
             [&](std::size_t i) { files[i] = read_file(rule_files[i], context, options.cache); });
    Loader loader(result);
    for (std::optional<ReadFile>& file : files) loader.take(std::move(*file));
    Documents documents = loader.documents();
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
    set->compile(documents.rules, parallel, options.cache);
    result.rules = std::move(set);
    return result;
}

}  // namespace persandian::sigma
