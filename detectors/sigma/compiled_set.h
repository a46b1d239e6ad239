// SPDX-License-Identifier: Apache-2.0
//
// CompiledSet: what load_rules() makes and the matcher runs.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "detectors/sigma/ast.h"
#include "detectors/sigma/candidate_index.h"
#include "detectors/sigma/router.h"
#include "detectors/sigma/rule_compiler.h"
#include "detectors/sigma/rule_set.h"

namespace persandian::sigma {

class CompiledSet : public RuleSet {
  public:
    [[nodiscard]] const Digest& version() const noexcept override { return version_; }
    [[nodiscard]] std::span<const RuleInfo> rules() const noexcept override { return infos; }
    [[nodiscard]] std::span<const CorrelationRule> correlations() const noexcept override {
        return correlation_rules;
    }
    [[nodiscard]] const RuleInfo* find(std::string_view id) const noexcept override;
    [[nodiscard]] std::vector<std::vector<std::string>> event_fields(
        std::string_view id, std::string_view field) const override;
    [[nodiscard]] bool reads(std::string_view event_field) const noexcept override {
        return fields.find(field_name_hash(event_field), event_field) != no_name;
    }
    [[nodiscard]] std::string describe(std::string_view id) const override;

    /// In sources_of_variant: events of whatever source, also of none.
    static constexpr std::uint32_t every_source = UINT32_MAX;

    /// Compiles the rules for the sources they apply to. Rules come in load order.
    void compile(const std::vector<RuleAst>& rules, const ParallelFor& parallel,
                 DerivedCache* cache);
    /// Whether an event of `event_sources` has the service that the variant requires, if any.
    [[nodiscard]] bool service_fits(const Variant& variant,
                                    std::span<const std::uint32_t> event_sources) const;

    Digest version_;
    std::vector<RuleInfo> infos;  ///< detection rules and correlations
    std::map<std::string, std::size_t, std::less<>> by_name;
    std::vector<CorrelationRule> correlation_rules;
    /// Per entry of infos, for detection rules:
    std::vector<bool> alerts;
    std::vector<LogSource> logsources;
    std::vector<std::vector<std::string>> selections;
    std::vector<std::vector<std::string>> exported_fields;

    std::vector<SourceDefinition> sources;
    FieldTable fields;
    PredicatePool predicates;
    Router router;
    std::vector<Variant> variants;
    /// Per variant: the sources whose events it is for, ascending; every_source: all events.
    std::vector<std::vector<std::uint32_t>> sources_of_variant;
    /// One per set of sources that some variants are for.
    std::vector<CandidateIndex> indexes;
    std::vector<std::vector<std::uint32_t>> indexes_of_source;
    std::vector<std::uint32_t> indexes_of_all;  ///< for events of whatever source

  private:
    void add_rule(const RuleAst& rule, std::size_t info);
    void build_indexes(const ParallelFor& parallel, DerivedCache* cache);
};

}  // namespace persandian::sigma
