// SPDX-License-Identifier: Apache-2.0
#include "detectors/correlation/correlator.h"

#include <algorithm>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "detectors/correlation/describe.h"
#include "detectors/correlation/group.h"

namespace persandian::correlation {
namespace {

using Operator = CorrelationCondition::Operator;

bool holds(const CorrelationCondition::Bound& bound, std::int64_t count) {
    switch (bound.op) {
        case Operator::gt:
            return count > bound.value;
        case Operator::gte:
            return count >= bound.value;
        case Operator::lt:
            return count < bound.value;
        case Operator::lte:
            return count <= bound.value;
        case Operator::eq:
            return count == bound.value;
        case Operator::neq:
            return count != bound.value;
    }
    return false;
}

std::size_t bytes_of(const Finding& finding) {
    std::size_t bytes = sizeof(Finding);
    for (const FindingField& field : finding.fields)
        bytes += field.name.size() + field.value.size();
    for (const Evidence& evidence : finding.evidence) bytes += evidence.bytes.size();
    return bytes;
}

// Values of a group as one key: each preceded by its length, so that no two groups share one.
void append_to_key(std::string& key, std::string_view value) {
    key += std::to_string(value.size());
    key += ':';
    key += value;
}

const std::string* first_value(const Finding& finding, std::string_view name) {
    for (const FindingField& field : finding.fields)
        if (field.name == name) return &field.value;
    return nullptr;
}

// Times from outside may be absurd (capture formats allow any); adding a timespan must not
// overflow.
Timestamp within_reckoning(Timestamp time) {
    return {std::clamp(time.ns, INT64_MIN / 4, INT64_MAX / 4)};
}

struct Slot;
using Groups = std::map<std::string, Slot>;
using Order = std::list<Groups::iterator>;

// A group and its places in the orders of its rule.
struct Slot {
    explicit Slot(const CorrelationRule& rule) : group(rule) {}
    Group group;
    std::vector<std::string> values;  // of the rule's group_by
    Order::iterator fed;
    Order::iterator open;  // valid while group.waiting
};

// One correlation rule at work.
struct RuleState {
    explicit RuleState(CorrelationRule definition) : rule(std::move(definition)) {
        titles = rule.rules;
        for (const CorrelationCondition::Bound& bound : rule.condition.bounds)
            waits = waits || (bound.op != Operator::gt && bound.op != Operator::gte);
        std::vector<std::string> different = rule.rules;
        std::sort(different.begin(), different.end());
        different.erase(std::unique(different.begin(), different.end()), different.end());
        all_rules =
            rule.type == CorrelationType::temporal_ordered ? rule.rules.size() : different.size();
    }

    [[nodiscard]] bool condition_holds(std::int64_t count) const {
        const auto& bounds = rule.condition.bounds;
        if (bounds.empty()) return count >= static_cast<std::int64_t>(all_rules);
        return std::all_of(bounds.begin(), bounds.end(),
                           [&](const auto& bound) { return holds(bound, count); });
    }

    CorrelationRule rule;
    bool waits = false;  // the condition is decided only when the window has closed
    std::size_t all_rules = 0;
    std::vector<std::string> titles;  // of the rules it refers to, once seen
    Groups groups;
    Order by_feeding;  // least recently fed first
    Order by_opening;  // windows that wait, first opened first
    std::size_t entries = 0;
    bool busy = false;  // its own finding is under way: a cycle ends here
};

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
        feed(readers->second, finding, 0);
    }

    void on_time(Timestamp now) override {
        now = within_reckoning(now);
        has_clock_ = true;
        if (now_ < now) pass_time(now);
    }

    void forget() override {
        for (RuleState& state : states_) {
            state.groups.clear();
            state.by_feeding.clear();
            state.by_opening.clear();
            state.entries = 0;
        }
        sample_bytes_ = 0;
        now_ = Timestamp{INT64_MIN};
        has_clock_ = false;
    }

    // States move as list nodes: groups point to the rule in theirs.
    [[nodiscard]] std::unique_ptr<Correlator> successor(
        std::vector<CorrelationRule> rules, const std::set<std::string>& unchanged) override {
        auto next =
            std::make_unique<CorrelatorImpl>(std::vector<CorrelationRule>{}, *out_, limits_);
        for (CorrelationRule& rule : rules) {
            const auto kept = std::find_if(states_.begin(), states_.end(), [&](const RuleState& s) {
                return s.rule.rule.id == rule.rule.id && unchanged.contains(s.rule.rule.id);
            });
            if (kept == states_.end()) {
                next->states_.emplace_back(std::move(rule));
            } else {
                next->states_.splice(next->states_.end(), states_, kept);
                for (const auto& [key, slot] : next->states_.back().groups)
                    for (const Finding& sample : slot.group.samples)
                        next->sample_bytes_ += bytes_of(sample);
            }
        }
        next->connect();
        next->now_ = now_;
        next->has_clock_ = has_clock_;
        next->arrivals_ = arrivals_;
        return next;
    }

    [[nodiscard]] const Counters& counters() const noexcept override { return counters_; }

  private:
    // Who reads the findings of which rule.
    void connect() {
        for (RuleState& state : states_) {
            const std::vector<std::string>& names = state.rule.rules;
            for (std::size_t i = 0; i < names.size() && i < UINT16_MAX; ++i)
                if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i),
                              names[i]) == names.begin() + static_cast<std::ptrdiff_t>(i))
                    readers_[names[i]].push_back({&state, static_cast<std::uint16_t>(i)});
        }
    }

    struct Reader {
        RuleState* state;
        std::uint16_t rule_index;
    };

    // now_ starts far in the past; a difference to it must not overflow.
    [[nodiscard]] bool older_than(Timestamp then, Duration age) const {
        return now_.ns > INT64_MIN / 2 && then < now_ - age;
    }

    void pass_time(Timestamp now) {
        now_ = now;
        for (RuleState& state : states_) {
            while (!state.by_opening.empty() &&
                   older_than(state.by_opening.front()->second.group.opened, state.rule.timespan))
                close_window(state, state.by_opening.front()->second, 0);
            while (!state.by_feeding.empty() &&
                   older_than(state.by_feeding.front()->second.group.touched,
                              {2 * state.rule.timespan.ns}))
                erase(state, state.by_feeding.front());
        }
    }

    void feed(const std::vector<Reader>& readers, const Finding& finding, std::size_t depth) {
        for (const Reader& reader : readers) {
            if (reader.state->busy || depth >= limits_.max_chain_depth) {
                ++counters_.chains_cut;
                continue;
            }
            consume(*reader.state, reader.rule_index, finding, depth);
        }
    }

    // The values of `names` in the finding; nullopt when one is missing.
    [[nodiscard]] static std::optional<std::vector<std::string>> values_of(
        const RuleState& state, const std::vector<std::string>& names, const Finding& finding) {
        std::vector<std::string> values;
        for (const std::string& name : names) {
            const std::string* value =
                first_value(finding, field_for(state.rule, finding.rule.id, name));
            if (value == nullptr) return std::nullopt;
            values.push_back(*value);
        }
        return values;
    }

    void consume(RuleState& state, std::uint16_t rule_index, const Finding& finding,
                 std::size_t depth) {
        state.titles[rule_index] = finding.rule.title;
        std::optional<std::vector<std::string>> group_values =
            values_of(state, state.rule.group_by, finding);
        if (!group_values) {
            ++counters_.findings_without_group_field;
            return;
        }
        std::string tuple;
        if (state.rule.type == CorrelationType::value_count) {
            const auto values = values_of(state, state.rule.condition.fields, finding);
            if (!values) {
                ++counters_.findings_without_value_field;
                return;
            }
            for (const std::string& value : *values) append_to_key(tuple, value);
        }
        Slot& slot = slot_for(state, std::move(*group_values));
        if (!accept(state, slot, finding, depth)) {
            ++counters_.too_late_findings;
            return;
        }
        add(state, slot, rule_index, finding, tuple);
        if (!state.waits) fire_if_true(state, slot, depth);
    }

    Slot& slot_for(RuleState& state, std::vector<std::string> values) {
        std::string key;
        for (const std::string& value : values) append_to_key(key, value);
        const auto found = state.groups.find(key);
        if (found != state.groups.end()) return found->second;
        if (state.groups.size() >= limits_.max_groups_per_rule) {
            erase(state, state.by_feeding.front());
            ++counters_.evicted_groups;
        }
        const auto made =
            state.groups
                .emplace(std::piecewise_construct, std::forward_as_tuple(std::move(key)),
                         std::forward_as_tuple(state.rule))
                .first;
        made->second.values = std::move(values);
        made->second.group.touched = now_;
        made->second.fed = state.by_feeding.insert(state.by_feeding.end(), made);
        return made->second;
    }

    // Whether the finding belongs to the group's present window (or opens the next one).
    bool accept(RuleState& state, Slot& slot, const Finding& finding, std::size_t depth) {
        Group& group = slot.group;
        if (!state.waits)
            return group.empty() || finding.time >= group.newest() - state.rule.timespan;
        if (group.waiting && finding.time > group.window_start + state.rule.timespan)
            close_window(state, slot, depth);
        if (group.waiting) return finding.time >= group.window_start;
        if (group.has_fired && finding.time <= group.quiet_until) return false;
        group.waiting = true;
        group.window_start = finding.time;
        group.opened = now_;
        const auto self = *slot.fed;
        slot.open = state.by_opening.insert(state.by_opening.end(), self);
        return true;
    }

    void add(RuleState& state, Slot& slot, std::uint16_t rule_index, const Finding& finding,
             const std::string& tuple) {
        Group& group = slot.group;
        if (!group.empty() && finding.time < group.newest()) ++counters_.late_findings;
        Entry entry;
        entry.time = finding.time;
        entry.source = finding.source;
        entry.sequence = finding.sequence;
        entry.arrival = ++arrivals_;
        entry.rule_index = rule_index;
        group.add(entry, tuple);
        ++state.entries;
        group.touched = now_;
        state.by_feeding.splice(state.by_feeding.end(), state.by_feeding, slot.fed);
        keep_sample(group, finding);
        if (!state.waits) drop_expired(state, group);
        enforce_limits(state, slot);
    }

    void drop_expired(RuleState& state, Group& group) {
        const Timestamp start = group.newest() - state.rule.timespan;
        state.entries -= group.drop_before(start);
        while (!group.samples.empty() && group.samples.front().time < start) drop_sample(group);
    }

    void enforce_limits(RuleState& state, Slot& slot) {
        const std::size_t most = entries_allowed(state);
        while (slot.group.size() > most) drop_oldest_entry(state, slot.group);
        while (state.entries > limits_.max_entries_per_rule) {
            const Order::iterator idle = state.by_feeding.begin();
            if (&(*idle)->second == &slot) {
                drop_oldest_entry(state, slot.group);
            } else {
                erase(state, *idle);
                ++counters_.evicted_groups;
            }
        }
    }

    [[nodiscard]] std::size_t entries_allowed(const RuleState& state) const {
        std::size_t most = limits_.max_entries_per_group;
        for (const CorrelationCondition::Bound& bound : state.rule.condition.bounds)
            if (bound.value > 0) most = std::max(most, static_cast<std::size_t>(bound.value) + 1);
        return std::min(most, limits_.max_entries_per_rule);
    }

    void drop_oldest_entry(RuleState& state, Group& group) {
        group.drop_oldest();
        --state.entries;
        ++counters_.evicted_entries;
    }

    void keep_sample(Group& group, const Finding& finding) {
        Finding kept = finding;
        if (sample_bytes_ + bytes_of(kept) > limits_.max_sample_bytes && !kept.evidence.empty()) {
            kept.evidence.clear();
            ++counters_.samples_without_evidence;
        }
        sample_bytes_ += bytes_of(kept);
        const auto at =
            std::upper_bound(group.samples.begin(), group.samples.end(), kept,
                             [](const Finding& a, const Finding& b) { return a.time < b.time; });
        group.samples.insert(at, std::move(kept));
        if (group.samples.size() > limits_.max_samples_per_group) drop_sample(group);
    }

    void drop_sample(Group& group) {
        sample_bytes_ -= bytes_of(group.samples.front());
        group.samples.erase(group.samples.begin());
    }

    void erase(RuleState& state, Groups::iterator at) {
        Slot& slot = at->second;
        while (!slot.group.samples.empty()) drop_sample(slot.group);
        state.entries -= slot.group.size();
        state.by_feeding.erase(slot.fed);
        if (slot.group.waiting) state.by_opening.erase(slot.open);
        state.groups.erase(at);
    }

    // Rules that only need enough: fires as soon as there is enough, then not again for a window
    // that overlaps the one that fired.
    void fire_if_true(RuleState& state, Slot& slot, std::size_t depth) {
        Group& group = slot.group;
        if (group.has_fired && group.newest() <= group.quiet_until) return;
        const std::int64_t count = group.count(group.newest() - state.rule.timespan);
        if (!state.condition_holds(count)) return;
        group.has_fired = true;
        group.quiet_until = group.newest() + state.rule.timespan;
        fire(state, slot, count, group.newest(), depth);
    }

    // Rules that must know the whole window.
    void close_window(RuleState& state, Slot& slot, std::size_t depth) {
        Group& group = slot.group;
        const Timestamp end = group.window_start + state.rule.timespan;
        group.waiting = false;
        state.by_opening.erase(slot.open);
        group.has_fired = true;
        group.quiet_until = end;
        const std::int64_t count = group.count(group.window_start);
        if (state.condition_holds(count)) fire(state, slot, count, end, depth);
        state.entries -= group.drop_before(end + Duration{1});
        while (!group.samples.empty()) drop_sample(group);
    }

    void fire(RuleState& state, Slot& slot, std::int64_t count, Timestamp time, std::size_t depth) {
        Finding finding =
            make_finding({state.rule, state.titles, slot.values, slot.group, count, time});
        const auto readers = readers_.find(finding.rule.id);
        if (readers == readers_.end()) {
            if (finding.alert) out_->on_finding(std::move(finding));
            return;
        }
        if (finding.alert) out_->on_finding(finding);
        state.busy = true;
        feed(readers->second, finding, depth + 1);
        state.busy = false;
    }

    FindingSink* out_;
    Limits limits_;
    Counters counters_;
    std::list<RuleState> states_;
    std::unordered_map<std::string, std::vector<Reader>> readers_;  // keys are rules' ids, ours
    Timestamp now_{INT64_MIN};
    bool has_clock_ = false;
    std::uint64_t arrivals_ = 0;
    std::size_t sample_bytes_ = 0;
};

}  // namespace

std::unique_ptr<Correlator> make_correlator(std::vector<CorrelationRule> rules, FindingSink& out,
                                            const Limits& limits) {
    return std::make_unique<CorrelatorImpl>(std::move(rules), out, limits);
}

}  // namespace persandian::correlation
