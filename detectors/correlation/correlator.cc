// SPDX-License-Identifier: Apache-2.0
#include "detectors/correlation/correlator.h"

#include <algorithm>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>

#include "detectors/correlation/describe.h"
#include "detectors/correlation/rule_state.h"

namespace persandian::correlation {
namespace {

bool counts_something_in_fields(CorrelationType type) {
    return type == CorrelationType::value_count || is_metric(type);
}

class CorrelatorImpl final : public Correlator {
  public:
    CorrelatorImpl(std::vector<CorrelationRule> rules, FindingSink& out, const Limits& limits)
        : out_(&out), limits_(limits) {
        for (CorrelationRule& rule : rules) states_.emplace_back(std::move(rule));
        connect();
    }

    void on_finding(Finding finding) override {
        finding.time = within_reckoning(finding.time);
        if (!has_clock_ && now_ < finding.time) pass_time(finding.time);
        const auto readers = readers_.find(finding.rule.id);
        if (readers == readers_.end()) {
            if (finding.alert) out_->on_finding(std::move(finding));
            return;
        }
        if (finding.alert) out_->on_finding(finding);
        ++current_;
        feed(readers->second, make_sample(std::move(finding)), 0);
        enforce_total();
    }

    void on_time(Timestamp now) override {
        now = within_reckoning(now);
        has_clock_ = true;
        if (now_ < now) pass_time(now);
    }

    void forget() override {
        for (RuleState& state : states_)
            while (!state.by_feeding.empty()) erase(state, state.by_feeding.front().second);
        now_ = Timestamp{INT64_MIN};
        has_clock_ = false;
    }

    // States and what lists their groups move as nodes: iterators and pointers stay good.
    [[nodiscard]] std::unique_ptr<Correlator> successor(
        std::vector<CorrelationRule> rules, const std::set<std::string>& unchanged) override {
        auto next =
            std::make_unique<CorrelatorImpl>(std::vector<CorrelationRule>{}, *out_, limits_);
        std::set<const RuleState*> kept_states;
        for (CorrelationRule& rule : rules) {
            const auto kept = std::find_if(states_.begin(), states_.end(), [&](const RuleState& s) {
                const std::string& id = s.plan.rule.rule.id;
                return id == rule.rule.id && unchanged.contains(id);
            });
            if (kept == states_.end()) {
                next->states_.emplace_back(std::move(rule));
            } else {
                kept_states.insert(&*kept);
                next->states_.splice(next->states_.end(), states_, kept);
            }
        }
        next->take_groups(*this, kept_states);
        next->connect();
        next->now_ = now_;
        next->has_clock_ = has_clock_;
        next->current_ = current_;
        next->arrivals_ = arrivals_;
        next->waits_ = waits_;
        return next;
    }

    [[nodiscard]] const Counters& counters() const noexcept override { return counters_; }
    [[nodiscard]] std::size_t bytes() const noexcept override { return bytes_; }

  private:
    // Who reads the findings of which rule.
    void connect() {
        for (RuleState& state : states_) {
            const std::vector<std::string>& names = state.plan.rule.rules;
            for (std::size_t i = 0; i < names.size() && i < UINT16_MAX; ++i) {
                const auto first = std::find(names.begin(), names.end(), names[i]);
                if (first != names.begin() + static_cast<std::ptrdiff_t>(i)) continue;
                const bool once = std::count(first, names.end(), names[i]) == 1;
                readers_[names[i]].push_back({&state, static_cast<std::uint16_t>(i),
                                              once && is_temporal(state.plan.rule.type)});
            }
        }
    }

    // Takes over the groups of states that came from `other`.
    void take_groups(CorrelatorImpl& other, const std::set<const RuleState*>& states) {
        for (auto at = other.by_feeding_.begin(); at != other.by_feeding_.end();) {
            const auto taken = at++;
            if (!states.contains(taken->first)) continue;
            Slot& slot = taken->second->second;
            by_feeding_.splice(by_feeding_.end(), other.by_feeding_, taken);
            bytes_ += slot.counted_bytes;
            evidence_bytes_ += slot.counted_evidence;
            if (slot.waiting)
                slot.waiting = waiting_.insert(other.waiting_.extract(*slot.waiting)).position;
        }
    }

    struct Reader {
        RuleState* state;
        std::uint16_t rule_index;
        /// Cares whether a rule was there, not how often: told again while a correlation holds on.
        bool wants_presence;
    };

    // now_ starts far in the past; a difference to it must not overflow.
    [[nodiscard]] bool older_than(Timestamp then, Duration age) const {
        return now_.ns > INT64_MIN / 2 && then < now_ - age;
    }

    void pass_time(Timestamp now) {
        now_ = now;
        while (!waiting_.empty() && waiting_.begin()->first.first < now_) {
            ++current_;
            const auto [state, group] = waiting_.begin()->second;
            act_on(*state, group->second, group->second.group.decide(), 0);
            settle(*state, group->second);
            enforce_total();
        }
        for (RuleState& state : states_)
            while (!state.by_feeding.empty() &&
                   older_than(state.by_feeding.front().second->second.group.touched,
                              {2 * state.plan.rule.timespan.ns}))
                erase(state, state.by_feeding.front().second);
    }

    void feed(const std::vector<Reader>& readers, const Sample& sample, std::size_t depth,
              bool only_presence = false) {
        for (const Reader& reader : readers) {
            if (only_presence && !reader.wants_presence) continue;
            if (reader.state->busy || depth >= limits_.max_chain_depth) {
                ++counters_.chains_cut;
                continue;
            }
            consume(*reader.state, reader.rule_index, sample, depth);
        }
    }

    void consume(RuleState& state, std::uint16_t rule_index, const Sample& sample,
                 std::size_t depth) {
        const Finding& finding = *sample.finding;
        learn_title(state, rule_index, finding.rule.title);
        std::optional<std::vector<std::string>> group_values =
            values_of(state.plan.rule, state.plan.rule.group_by, finding);
        if (!group_values) {
            ++counters_.findings_without_group_field;
            return;
        }
        Entry entry;
        entry.time = finding.time;
        entry.source = finding.source;
        entry.sequence = finding.sequence;
        entry.arrived = now_;
        entry.lane = state.plan.lanes[rule_index];
        std::string tuple;
        if (!read_value(state.plan.rule, finding, tuple, entry.number)) return;
        count(state, slot_for(state, std::move(*group_values)), entry, tuple, sample, depth);
    }

    static void learn_title(RuleState& state, std::size_t rule_index, const std::string& title) {
        if (state.titles[rule_index] == title) return;
        const std::vector<std::string>& rules = state.plan.rule.rules;
        for (std::size_t i = 0; i < rules.size(); ++i)
            if (rules[i] == rules[rule_index]) state.titles[i] = title;
    }

    // What a value_count or a metric takes from the finding's fields.
    [[nodiscard]] bool read_value(const CorrelationRule& rule, const Finding& finding,
                                  std::string& tuple, Decimal& number) {
        if (!counts_something_in_fields(rule.type)) return true;
        const auto values = values_of(rule, rule.condition.fields, finding);
        if (!values || values->empty()) {
            ++counters_.findings_without_value_field;
            return false;
        }
        if (rule.type == CorrelationType::value_count) {
            tuple = key_of(*values);
            return true;
        }
        const std::optional<Decimal> read = Decimal::parse(values->front());
        if (!read) ++counters_.findings_without_number;
        if (read) number = *read;
        return read.has_value();
    }

    Slot& slot_for(RuleState& state, std::vector<std::string> values) {
        std::string key = key_of(values);
        const auto found = state.groups.find(key);
        if (found != state.groups.end()) return found->second;
        if (state.groups.size() >= limits_.max_groups_per_rule) evict(state);
        const auto made =
            state.groups
                .emplace(std::piecewise_construct, std::forward_as_tuple(std::move(key)),
                         std::forward_as_tuple(state.plan))
                .first;
        Slot& slot = made->second;
        slot.values = std::move(values);
        slot.group.touched = now_;
        slot.fed = state.by_feeding.insert(state.by_feeding.end(), {&state, made});
        slot.fed_of_all = by_feeding_.insert(by_feeding_.end(), {&state, made});
        return slot;
    }

    void count(RuleState& state, Slot& slot, Entry& entry, const std::string& tuple,
               const Sample& sample, std::size_t depth) {
        Group& group = slot.group;
        if (!group.accepts(entry.time)) {
            ++counters_.too_late_findings;
            return;
        }
        while (group.is_over(entry.time)) act_on(state, slot, group.decide(), depth);
        entry.arrival = ++arrivals_;
        if (!group.contents().empty() && entry.time < group.contents().newest())
            ++counters_.late_findings;
        group.add(entry, tuple);
        group.touched = now_;
        state.by_feeding.splice(state.by_feeding.end(), state.by_feeding, slot.fed);
        by_feeding_.splice(by_feeding_.end(), by_feeding_, slot.fed_of_all);
        keep_sample(slot, sample);
        settle(state, slot);
        enforce_limits(state, slot);
        if (state.plan.timing == Timing::at_once) act_on(state, slot, group.decide_now(), depth);
    }

    // Brings the notes about a group up to date with the group.
    void settle(RuleState& state, Slot& slot) {
        Group& group = slot.group;
        while (!group.samples.empty() && group.samples.front().finding->time < group.horizon())
            group.samples.erase(group.samples.begin());
        std::size_t bytes = sizeof(Slot) + group.contents().bytes();
        for (const std::string& value : slot.values) bytes += sizeof(std::string) + value.size();
        std::size_t evidence = 0;
        for (const Sample& sample : group.samples) {
            bytes += sample.bytes;
            evidence += sample.evidence_bytes;
        }
        note(state, slot, group.contents().size(), bytes, evidence);
        std::optional<Timestamp> over = group.open_since();
        if (over) *over = *over + state.plan.rule.timespan;
        if (slot.waiting && over && (*slot.waiting)->first.first == *over) return;
        stop_waiting(slot);
        if (over) slot.waiting = waiting_.emplace(std::pair(*over, ++waits_), *slot.fed).first;
    }

    void stop_waiting(Slot& slot) {
        if (slot.waiting) waiting_.erase(*slot.waiting);
        slot.waiting.reset();
    }

    void note(RuleState& state, Slot& slot, std::size_t entries, std::size_t bytes,
              std::size_t evidence) {
        state.entries += entries - slot.counted_entries;  // unsigned: may wrap and come back
        state.bytes += bytes - slot.counted_bytes;
        bytes_ += bytes - slot.counted_bytes;
        evidence_bytes_ += evidence - slot.counted_evidence;
        slot.counted_entries = entries;
        slot.counted_bytes = bytes;
        slot.counted_evidence = evidence;
    }

    void enforce_limits(RuleState& state, Slot& slot) {
        const std::size_t most = entries_allowed(state);
        std::size_t dropped = 0;
        for (; slot.group.contents().size() > most; ++dropped) slot.group.drop_one();
        if (dropped > 0) settle(state, slot);
        while (state.entries > limits_.max_entries_per_rule ||
               state.bytes > limits_.max_bytes_per_rule) {
            if (&state.by_feeding.front().second->second != &slot) {
                evict(state);
                continue;
            }
            if (slot.group.contents().size() <= 1) break;  // the only group, and only its newest
            slot.group.drop_one();
            ++dropped;
            settle(state, slot);
        }
        counters_.evicted_entries += dropped;
    }

    void enforce_total() {
        while (bytes_ > limits_.max_bytes && by_feeding_.size() > 1) {
            const auto [state, group] = by_feeding_.front();
            erase(*state, group);
            ++counters_.evicted_groups;
        }
    }

    [[nodiscard]] std::size_t entries_allowed(const RuleState& state) const {
        const CorrelationRule& rule = state.plan.rule;
        std::size_t most = limits_.max_entries_per_group;
        if (rule.type == CorrelationType::event_count || rule.type == CorrelationType::value_count)
            for (const CorrelationCondition::Bound& bound : rule.condition.bounds)
                most = std::max(most, entries_for(bound.value));
        return std::min(most, limits_.max_entries_per_rule);
    }

    // Entries it takes to tell a count at the bound from one beyond it.
    [[nodiscard]] static std::size_t entries_for(const Decimal& bound) {
        if (bound < 0 || Decimal(static_cast<std::int64_t>(UINT32_MAX)) < bound) return 0;
        return static_cast<std::size_t>(bound.billionths / Decimal::one) + 1;
    }

    void keep_sample(Slot& slot, Sample sample) {
        if (sample.evidence_bytes > 0 &&
            evidence_bytes_ + sample.evidence_bytes > limits_.max_evidence_bytes) {
            Finding bare = *sample.finding;
            bare.evidence.clear();
            sample = make_sample(std::move(bare));
            ++counters_.samples_without_evidence;
        }
        std::vector<Sample>& samples = slot.group.samples;
        const auto at = std::upper_bound(
            samples.begin(), samples.end(), sample,
            [](const Sample& a, const Sample& b) { return a.finding->time < b.finding->time; });
        samples.insert(at, std::move(sample));
        if (samples.size() > limits_.max_samples_per_group) samples.erase(samples.begin());
    }

    void evict(RuleState& state) {
        erase(state, state.by_feeding.front().second);
        ++counters_.evicted_groups;
    }

    void erase(RuleState& state, Groups::iterator at) {
        Slot& slot = at->second;
        note(state, slot, 0, 0, 0);
        by_feeding_.erase(slot.fed_of_all);
        state.by_feeding.erase(slot.fed);
        stop_waiting(slot);
        state.groups.erase(at);
    }

    void act_on(RuleState& state, Slot& slot, const Verdict& verdict, std::size_t depth) {
        if (verdict.kind == Verdict::Kind::no) return;
        const bool again = verdict.kind == Verdict::Kind::still_holds;
        const auto readers = readers_.find(state.plan.rule.rule.id);
        if (again && !to_be_told_again(state, readers)) return;
        Finding finding =
            make_finding({state.plan.rule, state.titles, slot.values, slot.group, verdict, again});
        if (readers == readers_.end()) {
            if (finding.alert) out_->on_finding(std::move(finding));
            return;
        }
        if (finding.alert && !again) out_->on_finding(finding);
        state.busy = true;
        feed(readers->second, make_sample(std::move(finding)), depth + 1, again);
        state.busy = false;
    }

    using Readers = std::unordered_map<std::string, std::vector<Reader>>;

    // At most once per finding from outside, so that the work stays that of the chain's links.
    [[nodiscard]] bool to_be_told_again(RuleState& state, Readers::const_iterator readers) const {
        if (readers == readers_.end() || state.held_before == current_) return false;
        if (std::none_of(readers->second.begin(), readers->second.end(),
                         [](const Reader& reader) { return reader.wants_presence; }))
            return false;
        state.held_before = current_;
        return true;
    }

    FindingSink* out_;
    Limits limits_;
    Counters counters_;
    std::list<RuleState> states_;
    Readers readers_;        // keys are rules' ids, ours
    GroupOrder by_feeding_;  // the groups of all rules, least recently fed first
    WaitingGroups waiting_;  // of all rules
    Timestamp now_{INT64_MIN};
    bool has_clock_ = false;
    std::uint64_t current_ = 0;  // finding from outside, or window that time closed
    std::uint64_t arrivals_ = 0;
    std::uint64_t waits_ = 0;
    std::size_t bytes_ = 0;
    std::size_t evidence_bytes_ = 0;
};

}  // namespace

Counters& Counters::operator+=(const Counters& other) {
    evicted_groups += other.evicted_groups;
    evicted_entries += other.evicted_entries;
    findings_without_group_field += other.findings_without_group_field;
    findings_without_value_field += other.findings_without_value_field;
    findings_without_number += other.findings_without_number;
    late_findings += other.late_findings;
    too_late_findings += other.too_late_findings;
    samples_without_evidence += other.samples_without_evidence;
    chains_cut += other.chains_cut;
    return *this;
}

std::unique_ptr<Correlator> make_correlator(std::vector<CorrelationRule> rules, FindingSink& out,
                                            const Limits& limits) {
    return std::make_unique<CorrelatorImpl>(std::move(rules), out, limits);
}

}  // namespace persandian::correlation
