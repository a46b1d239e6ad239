// SPDX-License-Identifier: Apache-2.0
#include "detectors/correlation/contents.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "detectors/correlation/in_order.h"

namespace persandian::correlation {
namespace {

// What the containers take besides the values themselves.
constexpr std::size_t node_bytes = 48;
constexpr std::size_t entry_bytes = sizeof(Entry) + node_bytes;
constexpr std::size_t value_node_bytes = sizeof(Entry::Values::value_type) + node_bytes;
constexpr std::size_t number_bytes = sizeof(Decimal) + node_bytes;

bool is_ranked(CorrelationType type) {
    return type == CorrelationType::value_percentile || type == CorrelationType::value_median;
}

constexpr unsigned median_percentile = 50;

}  // namespace

bool Entry::before(const Entry& other) const noexcept {
    return std::tie(time, source, sequence, arrival) <
           std::tie(other.time, other.source, other.sequence, other.arrival);
}

Contents::Contents(const Plan& plan)
    : plan_(&plan),
      lanes_(plan.lane_count),
      numbers_(plan.rule.type == CorrelationType::value_median ? median_percentile
                                                               : plan.rule.condition.percentile) {}

void Contents::add(Entry entry, const std::string& tuple) {
    if (plan_->rule.type == CorrelationType::value_count) {
        const auto [at, fresh] = values_.try_emplace(tuple, 0U);
        if (fresh) value_bytes_ += tuple.size() + value_node_bytes;
        ++at->second;
        entry.value = at;
    }
    sum_ += entry.number.billionths;
    if (is_ranked(plan_->rule.type)) numbers_.add(entry.number);
    Lane& lane = lanes_[entry.lane];
    lane.insert(lane.end(), entry);  // at the end, when nothing is late: constant cost
    ++size_;
}

void Contents::erase(Lane& lane, Lane::iterator at) {
    if (plan_->rule.type == CorrelationType::value_count && --at->value->second == 0) {
        value_bytes_ -= at->value->first.size() + value_node_bytes;
        values_.erase(at->value);
    }
    sum_ -= at->number.billionths;
    if (is_ranked(plan_->rule.type)) numbers_.remove(at->number);
    --size_;
    lane.erase(at);
}

void Contents::drop_before(Timestamp start) {
    for (Lane& lane : lanes_)
        while (!lane.empty() && lane.begin()->time < start) erase(lane, lane.begin());
}

void Contents::drop_one() {
    const auto fullest =
        std::max_element(lanes_.begin(), lanes_.end(),
                         [](const Lane& a, const Lane& b) { return a.size() < b.size(); });
    if (!fullest->empty()) erase(*fullest, fullest->begin());
}

void Contents::clear() {
    for (Lane& lane : lanes_) lane.clear();
    values_.clear();
    numbers_.clear();
    size_ = value_bytes_ = 0;
    sum_ = 0;
}

Timestamp Contents::oldest() const {
    Timestamp out{INT64_MAX};
    for (const Lane& lane : lanes_)
        if (!lane.empty()) out = std::min(out, lane.begin()->time);
    return out;
}

Timestamp Contents::newest() const {
    Timestamp out{INT64_MIN};
    for (const Lane& lane : lanes_)
        if (!lane.empty()) out = std::max(out, lane.rbegin()->time);
    return out;
}

std::size_t Contents::bytes() const noexcept {
    return lanes_.size() * sizeof(Lane) + size_ * entry_bytes + value_bytes_ +
           numbers_.size() * number_bytes;
}

Measure Contents::measure() const {
    Measure out;
    out.findings = size_;
    out.first = oldest();
    out.last = newest();
    switch (plan_->rule.type) {
        case CorrelationType::event_count:
            out.billionths = Measure::of_count(size_);
            break;
        case CorrelationType::value_count:
            out.billionths = Measure::of_count(values_.size());
            break;
        case CorrelationType::temporal:
            out.billionths = Measure::of_count(rules_present());
            break;
        case CorrelationType::temporal_ordered:
            out.billionths = Measure::of_count(steps_in_order());
            break;
        case CorrelationType::value_sum:
            out.billionths = sum_;
            break;
        case CorrelationType::value_avg:
            out.billionths = sum_;
            out.divisor = static_cast<std::int64_t>(size_);
            break;
        case CorrelationType::value_percentile:
            out.billionths = numbers_.at_rank().billionths;
            break;
        case CorrelationType::value_median:
            out.billionths = numbers_.at_rank().billionths;
            if (size_ % 2 == 0) {  // between the two in the middle
                out.billionths += numbers_.after_rank().billionths;
                out.divisor = 2;
            }
            break;
    }
    return out;
}

std::size_t Contents::rules_present() const {
    return static_cast<std::size_t>(std::count_if(lanes_.begin(), lanes_.end(),
                                                  [](const Lane& lane) { return !lane.empty(); }));
}

std::size_t Contents::steps_in_order() const {
    std::vector<const Lane*> steps;
    for (const std::uint16_t lane : plan_->lanes) steps.push_back(&lanes_[lane]);
    return plan_->rule.condition.bounds.empty() ? steps_from_the_first(steps) : most_steps(steps);
}

bool Contents::present(std::size_t rule, Timestamp from, Timestamp to) const {
    const Lane& lane = lanes_[plan_->lanes[rule]];
    const auto at = lane.lower_bound(from);
    return at != lane.end() && at->time <= to;
}

bool Contents::expression_holds(Timestamp from, Timestamp to) const {
    const RuleExpression& expression = *plan_->rule.condition.expression;
    if (plan_->rule.type == CorrelationType::temporal)
        return holds(expression, [&](std::size_t rule) { return present(rule, from, to); });
    std::vector<const Lane*> of_rules;
    for (const std::uint16_t lane : plan_->lanes) of_rules.push_back(&lanes_[lane]);
    return holds_in_order(expression, of_rules, from, to);
}

Measure Contents::rules_between(Timestamp from, Timestamp to) const {
    Measure out;
    out.first = to;
    out.last = from;
    std::size_t rules = 0;
    for (const Lane& lane : lanes_) {
        const auto begin = lane.lower_bound(from);
        const auto end = lane.upper_bound(to);
        if (begin == end) continue;
        ++rules;
        out.first = std::min(out.first, begin->time);
        out.last = std::max(out.last, std::prev(end)->time);
    }
    out.billionths = Measure::of_count(rules);
    return out;
}

const Entry* Contents::first_opening_after(Timestamp time) const {
    const Entry* first = nullptr;
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        if (!plan_->opens[i]) continue;
        const auto at = lanes_[i].upper_bound(time);
        if (at != lanes_[i].end() && (first == nullptr || at->before(*first))) first = &*at;
    }
    return first;
}

}  // namespace persandian::correlation
