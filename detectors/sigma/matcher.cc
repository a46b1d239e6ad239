// SPDX-License-Identifier: Apache-2.0
//
// The matcher: route the event, find candidates, run their programs; predicates are asked at most
// once per event.
#include <algorithm>

#include <fmt/format.h>

#include "detectors/base/encoding.h"
#include "detectors/sigma/candidate_finder.h"
#include "detectors/sigma/compiled_set.h"
#include "detectors/sigma/explanation.h"
#include "detectors/sigma/program_runner.h"
#include "detectors/sigma/source_finder.h"

namespace persandian::sigma {
namespace {

/// Of a payload that met a rule; the packet itself is kept as evidence.
constexpr std::size_t max_bytes_shown = 256;

class SetMatcher : public Matcher {
  public:
    SetMatcher(std::shared_ptr<const RuleSet> owner, const CompiledSet& set,
               const MatcherOptions& options)
        : owner_(std::move(owner)),
          set_(set),
          options_(options),
          runner_(set.fields, set.predicates),
          source_finder_(set.router),
          finder_(set),
          costs_(set.infos.size()) {
        for (const CandidateIndex& index : set.indexes) index.prepare(runner_.scratch());
    }

    void match(const Event& event, FindingSink& out) override {
        if (set_.variants.empty()) {
            ++counters_.events;
            return;
        }
        runner_.begin(event);
        sources_ = source_finder_.find(runner_.view());
        holding_.clear();
        for (const VariantId id : finder_.find(runner_.view(), runner_.scratch(), sources_))
            if (set_.service_fits(set_.variants[id], sources_) && run(set_.variants[id]))
                holding_.push_back(id);
        report_holding(event, out);
        ++counters_.events;
        counters_.regex_gave_up = runner_.scratch().regex.gave_up_count();
        counters_.sequence_gave_up = runner_.scratch().sequence.gave_up_count;
    }

    [[nodiscard]] const MatcherCounters& counters() const noexcept override { return counters_; }
    [[nodiscard]] std::span<const RuleCost> costs() const noexcept override { return costs_; }

    [[nodiscard]] std::string explain(const Event& event, std::string_view rule) override {
        runner_.begin(event);
        sources_ = source_finder_.find(runner_.view());
        return explain_event(set_, runner_, sources_, rule);
    }

  private:
    bool run(const Variant& variant) {
        ++counters_.candidates;
        RuleCost& cost = costs_[variant.rule];
        ++cost.candidates;
        const std::uint64_t begin = options_.ticks != nullptr ? options_.ticks() : 0;
        const bool holds = runner_.holds(variant.program);
        if (options_.ticks != nullptr) cost.ticks += options_.ticks() - begin;
        return holds;
    }

    /// In the order of the rules; of a rule's variants the first.
    void report_holding(const Event& event, FindingSink& out) {
        std::sort(holding_.begin(), holding_.end());
        for (std::size_t i = 0; i < holding_.size(); ++i) {
            const Variant& variant = set_.variants[holding_[i]];
            if (i > 0 && set_.variants[holding_[i - 1]].rule == variant.rule) continue;
            ++costs_[variant.rule].hits;
            report(event, variant, out);
        }
    }

    void report(const Event& event, const Variant& variant, FindingSink& out) {
        Finding finding;
        finding.rule = set_.infos[variant.rule].reference;
        finding.alert = set_.alerts[variant.rule];
        finding.time = event.time();
        if (options_.with_details) {
            finding.event_type = event.type();
            add_fields(event, variant, finding);
            add_conditions(variant, 0, finding);
            add_evidence(event, finding);
        }
        out.on_finding(std::move(finding));
    }

    static std::string capped(std::string_view text) {
        return std::string(text.substr(0, Finding::max_value_bytes));
    }

    /// For people: bytes as text with escapes.
    std::string shown(SlotValue& value) {
        if (value.value->kind() == Value::Kind::bytes)
            return escape_for_terminal(value.value->as_bytes(), max_bytes_shown);
        return capped(runner_.view().text(value));
    }

    void add_fields(const Event& event, const Variant& variant, Finding& finding) {
        for (const auto& [name, slot] : variant.exported) {
            const std::uint32_t first = runner_.view().first(slot);
            if (first == 0 || runner_.view().value(first).value->is_null()) continue;
            finding.fields.push_back({name, shown(runner_.view().value(first))});
        }
        std::string storage;
        for (const EventField& field : event.fields()) {
            if (finding.fields.size() >= Finding::max_fields) return;
            if (field.value.is_null() || field.value.kind() == Value::Kind::bytes) continue;
            const bool exported =
                std::any_of(variant.exported.begin(), variant.exported.end(),
                            [&](const auto& entry) { return entry.first == field.name; });
            if (!exported)
                finding.fields.push_back(
                    {std::string(field.name), capped(field.value.to_text(storage))});
        }
    }

    /// Lists the atoms that held and on which the result rests (not those under a negation).
    void add_conditions(const Variant& variant, std::size_t at, Finding& finding) {
        const Program& program = variant.program;
        const ProgramNode& node = program.nodes[at];
        if (node.op == ProgramNode::Op::negation) return;
        if (node.op != ProgramNode::Op::atom) {
            for (std::uint32_t i = 0; i < node.count; ++i)
                if (runner_.holds(program, node.first + i))
                    add_conditions(variant, node.first + i, finding);
            return;
        }
        if (finding.conditions.size() >= Finding::max_conditions) return;
        const Atom& atom = program.atoms[node.first];
        const Predicate& predicate = set_.predicates[atom.predicate];
        Hit hit;
        if (!predicate.find(runner_.view(), runner_.scratch(), hit)) return;
        MatchedCondition condition;
        condition.selection = set_.selections[variant.rule][atom.selection];
        condition.field = atom.field;
        condition.test = predicate.describe(hit.operand);
        if (hit.value != 0) condition.value = shown(runner_.view().value(hit.value));
        finding.conditions.push_back(std::move(condition));
    }

    static void add_evidence(const Event& event, Finding& finding) {
        const Origin& origin = event.origin();
        if (origin.kind == Origin::Kind::none) return;
        Evidence evidence;
        evidence.kind =
            origin.kind == Origin::Kind::packet ? Evidence::Kind::packet : Evidence::Kind::log_line;
        evidence.bytes = as_text(origin.bytes).substr(0, Evidence::max_bytes);
        evidence.link_type = origin.link_type;
        evidence.wire_length_bytes = origin.wire_length_bytes;
        evidence.time = origin.time;
        evidence.source_name = origin.source_name;
        evidence.number = origin.number;
        finding.evidence.push_back(std::move(evidence));
    }

    std::shared_ptr<const RuleSet> owner_;
    const CompiledSet& set_;
    MatcherOptions options_;
    ProgramRunner runner_;
    SourceFinder source_finder_;
    CandidateFinder finder_;
    std::vector<RuleCost> costs_;
    std::span<const std::uint32_t> sources_;  ///< of the event in hand
    Variants holding_;
    MatcherCounters counters_;
};

}  // namespace

std::unique_ptr<Matcher> make_matcher(std::shared_ptr<const RuleSet> rules,
                                      const MatcherOptions& options) {
    const auto* const set = dynamic_cast<const CompiledSet*>(rules.get());
    PERSANDIAN_CHECK(set != nullptr);
    return std::make_unique<SetMatcher>(std::move(rules), *set, options);
}

}  // namespace persandian::sigma
