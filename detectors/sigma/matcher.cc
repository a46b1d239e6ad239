// SPDX-License-Identifier: Apache-2.0
//
// The matcher: route the event, find candidates, run their programs; predicates are asked at most
// once per event.
#include <algorithm>

#include <fmt/format.h>

#include "detectors/sigma/compiled_set.h"

namespace persandian::sigma {
namespace {

class SetMatcher : public Matcher {
  public:
    SetMatcher(std::shared_ptr<const RuleSet> owner, const CompiledSet& set,
               const MatcherOptions& options)
        : owner_(std::move(owner)),
          set_(set),
          with_details_(options.with_details),
          view_(set.fields),
          candidates_(set.variants.size()),
          answers_(set.predicates.all().size()),
          fired_(set.infos.size()) {
        for (const CandidateIndex& index : set.indexes) index.prepare(scratch_);
        for (const Predicate& predicate : set.predicates.all()) predicate.prepare(scratch_);
        hits_.reserve(256);
    }

    void match(const Event& event, FindingSink& out) override {
        ++generation_;
        view_.begin(event);
        set_.router.find(view_, sources_);
        candidates_.begin();
        for (const std::uint32_t source : sources_)
            set_.indexes[source].find(view_, scratch_, hits_, candidates_);
        set_.indexes.back().find(view_, scratch_, hits_, candidates_);
        std::vector<VariantId>& found = candidates_.found();
        std::sort(found.begin(), found.end());
        for (const VariantId id : found) {
            const Variant& variant = set_.variants[id];
            if (fired_[variant.rule] == generation_ || !service_fits(variant)) continue;
            ++counters_.candidates;
            if (!holds(variant.program, 0)) continue;
            fired_[variant.rule] = generation_;
            report(event, variant, out);
        }
        ++counters_.events;
        counters_.regex_gave_up = scratch_.regex.gave_up_count();
        counters_.values_cut = view_.cut_count();
    }

    [[nodiscard]] const MatcherCounters& counters() const noexcept override { return counters_; }

  private:
    bool service_fits(const Variant& variant) const {
        if (variant.required_service.empty()) return true;
        return std::any_of(sources_.begin(), sources_.end(), [&](std::uint32_t source) {
            return set_.sources[source].name.service == variant.required_service;
        });
    }

    bool ask(PredicateId id) {
        std::uint64_t& answer = answers_[id];
        if (answer >> 1U != generation_)
            answer = (generation_ << 1U) | (set_.predicates[id].holds(view_, scratch_) ? 1U : 0U);
        return (answer & 1U) != 0;
    }

    bool holds(const Program& program, std::size_t at) {
        const ProgramNode& node = program.nodes[at];
        switch (node.op) {
            case ProgramNode::Op::atom:
                return ask(program.atoms[node.first].predicate);
            case ProgramNode::Op::negation:
                return !holds(program, node.first);
            case ProgramNode::Op::all_of:
                for (std::uint32_t i = 0; i < node.count; ++i)
                    if (!holds(program, node.first + i)) return false;
                return true;
            case ProgramNode::Op::any_of:
                break;
        }
        for (std::uint32_t i = 0; i < node.count; ++i)
            if (holds(program, node.first + i)) return true;
        return false;
    }

    void report(const Event& event, const Variant& variant, FindingSink& out) {
        Finding finding;
        finding.rule = set_.infos[variant.rule].reference;
        finding.alert = set_.alerts[variant.rule];
        finding.time = event.time();
        if (with_details_) {
            finding.event_type = event.type();
            add_fields(event, variant, finding);
            explain(variant, 0, finding);
            add_evidence(event, finding);
        }
        out.on_finding(std::move(finding));
    }

    static std::string capped(std::string_view text) {
        return std::string(text.substr(0, Finding::max_value_bytes));
    }

    void add_fields(const Event& event, const Variant& variant, Finding& finding) {
        for (const auto& [name, slot] : variant.exported) {
            const std::uint32_t first = view_.first(slot);
            if (first == 0 || view_.value(first).value->is_null()) continue;
            finding.fields.push_back({name, capped(view_.text(view_.value(first)))});
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
    void explain(const Variant& variant, std::size_t at, Finding& finding) {
        const Program& program = variant.program;
        const ProgramNode& node = program.nodes[at];
        if (node.op == ProgramNode::Op::negation) return;
        if (node.op != ProgramNode::Op::atom) {
            for (std::uint32_t i = 0; i < node.count; ++i)
                if (holds(program, node.first + i)) explain(variant, node.first + i, finding);
            return;
        }
        if (finding.conditions.size() >= Finding::max_conditions) return;
        const Atom& atom = program.atoms[node.first];
        const Predicate& predicate = set_.predicates[atom.predicate];
        Hit hit;
        if (!predicate.find(view_, scratch_, hit)) return;
        MatchedCondition condition;
        condition.selection = set_.selections[variant.rule][atom.selection];
        condition.field = atom.field;
        condition.test = predicate.describe(hit.operand);
        if (hit.value != 0) condition.value = capped(view_.text(view_.value(hit.value)));
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
    bool with_details_;
    EventView view_;
    MatchScratch scratch_;
    CandidateSet candidates_;
    std::vector<std::uint64_t> answers_;  ///< generation and answer, per predicate
    std::vector<std::uint64_t> fired_;    ///< generation, per rule
    std::vector<std::uint32_t> sources_;
    std::vector<std::uint32_t> hits_;
    std::uint64_t generation_ = 0;
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
