// SPDX-License-Identifier: Apache-2.0
#include "detectors/correlation/group.h"

#include <algorithm>

namespace persandian::correlation {

Timestamp Group::horizon() const {
    return *newest_ - plan_->rule.timespan;
}

bool Group::accepts(Timestamp time) const {
    if (newest_ && time < horizon()) return false;
    return plan_->timing != Timing::at_close || !decided_ || *decided_ < time;
}

void Group::add(const Entry& entry, const std::string& tuple) {
    if (contents_.empty()) opened_ = entry.arrived;
    contents_.add(entry, tuple);
    newest_ = newest_ ? std::max(*newest_, entry.time) : entry.time;
    drop_expired();
}

// Windows that begin earlier are decided before the newest finding is added.
void Group::drop_expired() {
    if (plan_->timing != Timing::at_close && newest_) contents_.drop_before(horizon());
}

Verdict Group::decide_now() {
    Verdict out;
    out.from = horizon();
    out.to = *newest_;
    if (contents_.empty()) return out;
    bool holds = false;
    if (plan_->rule.condition.expression) {
        holds = contents_.expression_holds(out.from, out.to);
        out.measure = contents_.rules_between(out.from, out.to);
    } else {
        out.measure = contents_.measure();
        holds = plan_->holds(out.measure);
    }
    if (!holds) return out;
    if (decided_ && out.to <= *decided_) {
        out.kind = Verdict::Kind::still_holds;
        return out;
    }
    out.kind = Verdict::Kind::fires;
    decided_ = out.to + plan_->rule.timespan;
    return out;
}

std::optional<Timestamp> Group::first_start() const {
    if (contents_.empty() || plan_->timing == Timing::at_once) return std::nullopt;
    if (plan_->timing == Timing::at_close) return contents_.oldest();
    const Entry* const first =
        contents_.first_opening_after(decided_.value_or(Timestamp{INT64_MIN}));
    if (first == nullptr) return std::nullopt;
    return first->time;
}

bool Group::is_over(Timestamp time) const {
    const std::optional<Timestamp> start = first_start();
    return start && *start + plan_->rule.timespan < time;
}

std::optional<Timestamp> Group::open_since() const {
    if (contents_.empty() || plan_->timing == Timing::at_once) return std::nullopt;
    if (plan_->timing == Timing::at_close) return opened_;
    const Entry* const first =
        contents_.first_opening_after(decided_.value_or(Timestamp{INT64_MIN}));
    if (first == nullptr) return std::nullopt;
    return first->arrived;
}

Verdict Group::decide() {
    return plan_->timing == Timing::forward ? decide_forward() : decide_at_close();
}

Verdict Group::decide_at_close() {
    Verdict out;
    out.from = contents_.oldest();
    out.to = out.from + plan_->rule.timespan;
    out.measure = contents_.measure();
    if (plan_->holds(out.measure)) out.kind = Verdict::Kind::fires;
    contents_.clear();
    decided_ = out.to;
    return out;
}

Verdict Group::decide_forward() {
    Verdict out;
    out.from = *first_start();
    out.to = out.from + plan_->rule.timespan;
    out.measure = contents_.rules_between(out.from, out.to);
    if (contents_.expression_holds(out.from, out.to)) out.kind = Verdict::Kind::fires;
    decided_ = out.kind == Verdict::Kind::fires ? out.to : out.from;
    return out;
}

}  // namespace persandian::correlation
