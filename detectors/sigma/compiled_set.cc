// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/compiled_set.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "detectors/sigma/explanation.h"

namespace persandian::sigma {
namespace {

/// Two programs of one rule are the same when they ask the same predicates.
std::vector<PredicateId> predicate_ids(const Program& program) {
    std::vector<PredicateId> ids;
    for (const Atom& atom : program.atoms) ids.push_back(atom.predicate);
    return ids;
}

std::string in_words(const std::vector<std::string>& names) {
    std::string out = fmt::format("{}", fmt::join(names, ", else "));
    for (std::size_t at = out.find(FieldTable::joiner); at != std::string::npos;
         at = out.find(FieldTable::joiner))
        out.replace(at, 1, " and ");
    return out;
}

bool names_nothing(const LogSource& source) {
    return source.product.empty() && source.category.empty() && source.service.empty();
}

}  // namespace

const RuleInfo* CompiledSet::find(std::string_view id) const noexcept {
    const auto found = by_name.find(id);
    return found == by_name.end() ? nullptr : &infos[found->second];
}

void CompiledSet::compile(const std::vector<RuleAst>& rules, const ParallelFor& parallel,
                          DerivedCache* cache) {
    for (std::size_t i = 0; i < rules.size(); ++i)
        add_rule(rules[i], by_name.find(rules[i].info.reference.id)->second);
    router.build(sources, fields);
    fields.freeze();
    parallel(predicates.all().size(), [&](std::size_t i) { predicates.all()[i].prepare(cache); });
    build_indexes(parallel, cache);
}

bool CompiledSet::service_fits(const Variant& variant,
                               std::span<const std::uint32_t> event_sources) const {
    if (variant.required_service.empty()) return true;
    return std::any_of(event_sources.begin(), event_sources.end(), [&](std::uint32_t source) {
        return sources[source].name.service == variant.required_service;
    });
}

void CompiledSet::build_indexes(const ParallelFor& parallel, DerivedCache* cache) {
    indexes_of_source.resize(sources.size());
    std::map<std::vector<std::uint32_t>, std::uint32_t> index_of_set;
    for (VariantId variant = 0; variant < variants.size(); ++variant) {
        const std::vector<std::uint32_t>& set = sources_of_variant[variant];
        const auto [at, fresh] =
            index_of_set.try_emplace(set, static_cast<std::uint32_t>(indexes.size()));
        if (fresh) {
            indexes.emplace_back();
            for (const std::uint32_t source : set)
                (source == every_source ? indexes_of_all : indexes_of_source[source])
                    .push_back(at->second);
        }
        indexes[at->second].add(variant, variants[variant].program, predicates);
    }
    parallel(indexes.size(), [&](std::size_t i) { indexes[i].build(cache); });
}

void CompiledSet::add_rule(const RuleAst& rule, std::size_t info) {
    std::map<std::pair<std::vector<PredicateId>, std::string>, VariantId> made;
    const auto use = [&](std::uint32_t source_index, const SourceDefinition& source,
                         const std::string& required_service) {
        Program program = compile_program(rule, source, fields, predicates);
        const auto [at, fresh] = made.try_emplace({predicate_ids(program), required_service},
                                                  static_cast<VariantId>(variants.size()));
        if (fresh) {
            Variant variant;
            variant.rule = static_cast<std::uint32_t>(info);
            variant.program = std::move(program);
            variant.required_service = required_service;
            for (const std::string& field : exported_fields[info])
                variant.exported.emplace_back(field, fields.intern(source.candidates(field)));
            variants.push_back(std::move(variant));
            sources_of_variant.emplace_back();
        }
        sources_of_variant[at->second].push_back(source_index);
    };
    for (std::uint32_t i = 0; i < sources.size(); ++i) {
        const SourceFit fits = fit(rule.logsource, sources[i].name);
        if (fits == SourceFit::none) continue;
        use(i, sources[i],
            fits == SourceFit::without_service ? rule.logsource.service : std::string());
    }
    infos[info].fed = !made.empty() || names_nothing(rule.logsource);
    if (names_nothing(rule.logsource)) use(every_source, SourceDefinition{}, {});
}

std::vector<std::vector<std::string>> CompiledSet::event_fields(std::string_view id,
                                                                std::string_view field) const {
    std::vector<std::vector<std::string>> out;
    const auto add = [&](const std::string& joined) {
        std::vector<std::string> group;
        for (std::size_t at = 0; at <= joined.size();) {
            const std::size_t end = std::min(joined.find(FieldTable::joiner, at), joined.size());
            group.push_back(joined.substr(at, end - at));
            at = end + 1;
        }
        if (std::find(out.begin(), out.end(), group) == out.end()) out.push_back(std::move(group));
    };
    const auto found = by_name.find(id);
    if (found == by_name.end()) return out;
    for (const SourceDefinition& source : sources)
        if (fit(logsources[found->second], source.name) != SourceFit::none)
            for (const std::string& name : source.candidates(field)) add(name);
    add(std::string(field));
    return out;
}

std::string CompiledSet::describe(std::string_view id) const {
    const auto found = by_name.find(id);
    if (found == by_name.end()) return {};
    std::string out;
    for (VariantId variant = 0; variant < variants.size(); ++variant) {
        if (variants[variant].rule != found->second) continue;
        out += "for events of:\n";
        for (const std::uint32_t source : sources_of_variant[variant]) {
            if (source == every_source) continue;
            out += fmt::format("  {}\n", to_text(sources[source].name));
        }
        std::set<std::string_view> told;
        for (const Atom& atom : variants[variant].program.atoms) {
            const std::vector<std::string>& names = fields.names(predicates[atom.predicate].slot);
            if (names.size() == 1 && names[0] == atom.field) continue;
            if (!atom.field.empty() && told.insert(atom.field).second)
                out += fmt::format("  field {} is {}\n", atom.field, in_words(names));
        }
        out += sigma::describe(variants[variant].program, predicates, selections[found->second]);
    }
    return out;
}

}  // namespace persandian::sigma
