// SPDX-License-Identifier: Apache-2.0
//
// The earliest way to meet each step leaves the most room for the next, so taking the first finding
// after the previous step's is always right.
#include "detectors/correlation/in_order.h"

#include <algorithm>
#include <optional>

namespace persandian::correlation {
namespace {

using Kind = RuleExpression::Kind;

/// The finding that met the last step; null pointer: nothing had to be met so far.
using Place = const Entry*;

const Entry* first_after(const Contents::Lane& lane, Place place) {
    const auto at = place == nullptr ? lane.begin() : lane.upper_bound(*place);
    return at == lane.end() ? nullptr : &*at;
}

bool earlier(Place a, Place b) {
    return b != nullptr && (a == nullptr || a->before(*b));
}

class OrderedExpression {
  public:
    OrderedExpression(const std::vector<const Contents::Lane*>& lanes, Timestamp from, Timestamp to)
        : lanes_(lanes), from_(from), to_(to) {}

    /// Where the expression is met first after `place`; nullopt when it is not.
    [[nodiscard]] std::optional<Place> met(const RuleExpression& expression, Place place) const {
        switch (expression.kind) {
            case Kind::rule:
                return rule(*lanes_[expression.rule], place);
            case Kind::all_of:
                return all_of(expression, place);
            case Kind::any_of:
                return any_of(expression, place);
            case Kind::negation:
                break;
        }
        if (met(expression.children.front(), nullptr)) return std::nullopt;
        return place;
    }

  private:
    [[nodiscard]] std::optional<Place> rule(const Contents::Lane& lane, Place place) const {
        const auto at = place == nullptr ? lane.lower_bound(from_) : lane.upper_bound(*place);
        if (at == lane.end() || to_ < at->time) return std::nullopt;
        return &*at;
    }

    [[nodiscard]] std::optional<Place> all_of(const RuleExpression& expression, Place place) const {
        for (const RuleExpression& child : expression.children) {
            const std::optional<Place> next = met(child, place);
            if (!next) return std::nullopt;
            place = *next;
        }
        return place;
    }

    [[nodiscard]] std::optional<Place> any_of(const RuleExpression& expression, Place place) const {
        std::optional<Place> first;
        for (const RuleExpression& child : expression.children) {
            const std::optional<Place> one = met(child, place);
            if (one && (!first || earlier(*one, *first))) first = one;
        }
        return first;
    }

    const std::vector<const Contents::Lane*>& lanes_;
    Timestamp from_;
    Timestamp to_;
};

}  // namespace

bool holds(const RuleExpression& expression, const std::function<bool(std::size_t rule)>& found) {
    const auto child_holds = [&](const RuleExpression& child) { return holds(child, found); };
    const auto& children = expression.children;
    switch (expression.kind) {
        case Kind::rule:
            return found(expression.rule);
        case Kind::all_of:
            return std::all_of(children.begin(), children.end(), child_holds);
        case Kind::any_of:
            return std::any_of(children.begin(), children.end(), child_holds);
        case Kind::negation:
            break;
    }
    return !holds(children.front(), found);
}

std::size_t steps_from_the_first(const std::vector<const Contents::Lane*>& lanes) {
    Place place = nullptr;
    std::size_t steps = 0;
    for (const Contents::Lane* lane : lanes) {
        place = first_after(*lane, place);
        if (place == nullptr) break;
        ++steps;
    }
    return steps;
}

std::size_t most_steps(const std::vector<const Contents::Lane*>& lanes) {
    std::vector<Place> ends(1, nullptr);  // by number of steps: where that many are met first
    for (const Contents::Lane* lane : lanes) {
        for (std::size_t steps = ends.size(); steps-- > 0;) {
            const Entry* const next = first_after(*lane, ends[steps]);
            if (next == nullptr) continue;
            if (steps + 1 == ends.size()) {
                ends.push_back(next);
            } else if (next->before(*ends[steps + 1])) {
                ends[steps + 1] = next;
            }
        }
    }
    return ends.size() - 1;
}

bool holds_in_order(const RuleExpression& expression,
                    const std::vector<const Contents::Lane*>& lanes, Timestamp from, Timestamp to) {
    return OrderedExpression(lanes, from, to).met(expression, nullptr).has_value();
}

}  // namespace persandian::correlation
