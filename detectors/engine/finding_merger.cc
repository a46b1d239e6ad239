// SPDX-License-Identifier: Apache-2.0
#include "detectors/engine/finding_merger.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace persandian::engine {

bool FindingMerger::Later::operator()(const Finding& a, const Finding& b) const {
    return std::tie(b.time, b.source, b.sequence) < std::tie(a.time, a.source, a.sequence);
}

FindingSink& FindingMerger::add_input() {
    inputs_.push_back(std::make_unique<Input>(*this));
    return *inputs_.back();
}

void FindingMerger::advance(std::size_t index, Timestamp time) {
    Input& input = *inputs_.at(index);
    input.reached = std::max(input.reached, time);
    release();
}

void FindingMerger::restart(std::size_t index) {
    while (!held_.empty()) pass_one();
    inputs_.at(index)->reached = Timestamp{INT64_MIN};
}

void FindingMerger::end(std::size_t index) {
    inputs_.at(index)->ended = true;
    release();
}

Timestamp FindingMerger::time() const {
    Timestamp least{INT64_MAX};
    Timestamp newest{INT64_MIN};
    bool all_ended = true;
    for (const std::unique_ptr<Input>& input : inputs_) {
        newest = std::max(newest, input->reached);
        if (input->ended) continue;
        all_ended = false;
        least = std::min(least, input->reached);
    }
    return all_ended ? newest : least;
}

void FindingMerger::hold(Finding finding) {
    held_.push(std::move(finding));
    if (held_.size() <= limits_.max_pending) return;
    ++passed_unordered_;
    pass_one();
}

void FindingMerger::pass_one() {
    // priority_queue gives const access only; the top is popped at once
    Finding finding = std::move(const_cast<Finding&>(held_.top()));
    held_.pop();
    out_->on_finding(std::move(finding));
}

void FindingMerger::release() {
    if (held_.empty()) return;
    const bool all_ended =
        std::all_of(inputs_.begin(), inputs_.end(), [](const auto& input) { return input->ended; });
    const Timestamp reached = time();
    while (!held_.empty() && (all_ended || held_.top().time < reached)) pass_one();
}

}  // namespace persandian::engine
