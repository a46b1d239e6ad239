// SPDX-License-Identifier: Apache-2.0
//
// The matcher: route the event, find candidates, run their programs; predicates are asked at most
// once per event.
#include <algorithm>

#include <fmt/format.h>

#include "detectors/sigma/compiled_set.h"
#include "detectors/sigma/explanation.h"
#include "detectors/sigma/program_runner.h"

namespace persandian::sigma {
namespace {

class SetMatcher : public Matcher {
  public:
    SetMatcher(std::shared_ptr<const RuleSet> owner, const CompiledSet& set,
               const MatcherOptions& options)
        : owner_(std::move(owner)),
          set_(set),
          options_(options),
          runner_(set.fields, set.predicates),
          candidates_(set.variants.size()),
          fired_(set.infos.size()),
          costs_(set.infos.size()) {
        for (const CandidateIndex& index : set.indexes) index.prepare(runner_.scratch());
        hits_.reserve(256);
    }

    void match(const Event& event, FindingSink& out) override {
        runner_.begin(event);
        set_.router.find(runner_.view(), sources_);
        find_candidates();
        fired_now_.clear();
        for (const VariantId id : candidates_.found()) {
            const Variant& variant = set_.variants[id];
            if (fired_[variant.rule] || !set_.service_fits(variant, sources_)) continue;
            if (!run(variant)) continue;
            fired_[variant.rule] = true;
            fired_now_.push_back(variant.rule);
            report(event, variant, out);
        }
        for (const std::uint32_t rule : fired_now_) fired_[rule] = false;
        ++counters_.events;
        counters_.regex_gave_up = runner_.scratch().regex.gave_up_count();
    }

    [[nodiscard]] const MatcherCounters& counters() const noexcept override { return counters_; }
    [[nodiscard]] std::span<const RuleCost> costs() const noexcept override { return costs_; }

    [[nodiscard]] std::string explain(const Event& event, std::string_view rule) override {
        runner_.begin(event);
        set_.router.find(runner_.view(), sources_);
        return explain_event(set_, runner_, sources_, rule);
    }

  private:
    /// From the indexes of all sources of the event, in the order of the rules.
    void find_candidates() {
        indexes_ = set_.indexes_of_all;
        for (const std::uint32_t source : sources_)
            for (const std::uint32_t index : set_.indexes_of_source[source])
                if (std::find(indexes_.begin(), indexes_.end(), index) == indexes_.end())
                    indexes_.push_back(index);
        candidates_.begin();
        for (const std::uint32_t index : indexes_)
            set_.indexes[index].find(runner_.view(), runner_.scratch(), hits_, candidates_);
        std::sort(candidates_.found().begin(), candidates_.found().end());
    }

    bool run(const Variant& variant) {
        ++counters_.candidates;
        RuleCost& cost = costs_[variant.rule];
        ++cost.candidates;
        const std::uint64_t begin = options_.ticks != nullptr ? options_.ticks() : 0;
        const bool holds = runner_.holds(variant.program);
        if (options_.ticks != nullptr) cost.ticks += options_.ticks() - begin;
        if (holds) ++cost.hits;
        return holds;
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

    void add_fields(const Event& event, const Variant& variant, Finding& finding) {
        for (const auto& [name, slot] : variant.exported) {
            const std::uint32_t first = runner_.view().first(slot);
            if (first == 0 || runner_.view().value(first).value->is_null()) continue;
            finding.fields.push_back(
                {name, capped(runner_.view().text(runner_.view().value(first)))});
        }
        std::string storage;
        for (const EventField& field : event.fields()) {
            if (finding.fields.size() >= Finding::max_fields) return;
            if (field.value.is_null()) continue;
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
        if (hit.value != 0)
            condition.value = capped(runner_.view().text(runner_.view().value(hit.value)));
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
    CandidateSet candidates_;
    std::vector<bool> fired_;  ///< per rule, during one event
    std::vector<std::uint32_t> fired_now_;
    std::vector<RuleCost> costs_;
    std::vector<std::uint32_t> sources_;
    std::vector<std::uint32_t> indexes_;
    std::vector<std::uint32_t> hits_;
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
