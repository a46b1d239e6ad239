// SPDX-License-Identifier: Apache-2.0
//
// What README.md of the room says, taken literally and without regard to cost: every finding is
// remembered, every window is looked at again from the beginning, every order is tried out. Shares
// no code with the correlator but the definition of a rule.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "detectors/correlation/correlator.h"

namespace persandian::correlation::test {

/// One rule, grouped by the field "src_ip", counting the field "value". Numbers in it have at most
/// two digits after the point.
class Reference {
  public:
    struct Outcome {
        bool fires = false;  ///< false: it holds still, as after the last firing
        Timestamp time;      ///< end of the window
        std::string group;
        double value = 0;
    };

    explicit Reference(CorrelationRule rule) : rule_(std::move(rule)) {}

    std::vector<Outcome> on_finding(const Finding& finding);
    std::vector<Outcome> on_time(Timestamp now);
    [[nodiscard]] bool reads(const std::string& rule_id) const;

  private:
    struct Kept {
        Finding finding;
        std::uint64_t arrival = 0;
        Timestamp arrived;
    };
    using Window = std::vector<const Kept*>;  // in order
    struct GroupHistory {
        std::list<Kept> all;
        std::optional<Timestamp> newest;
        std::optional<Timestamp> decided;
        Timestamp opened;
        Timestamp touched;
    };
    struct Measured {
        bool holds = false;
        double value = 0;
    };

    [[nodiscard]] bool waits_for_close() const;
    [[nodiscard]] bool is_forward() const;
    [[nodiscard]] bool opens(const std::string& rule_id) const;
    [[nodiscard]] static Window between(const GroupHistory& group, Timestamp from, Timestamp to);
    [[nodiscard]] static bool is_before(const Kept* a, const Kept* b);
    [[nodiscard]] const Kept* first_open(const GroupHistory& group) const;
    [[nodiscard]] Measured measure(const Window& window) const;
    [[nodiscard]] Measured measure_numbers(const Window& window) const;
    [[nodiscard]] bool bounds_hold(std::int64_t hundredths, std::int64_t divisor) const;
    [[nodiscard]] std::int64_t longest_in_order(const Window& window) const;
    [[nodiscard]] bool holds_in_any_order(const RuleExpression& expression,
                                          const std::set<std::string>& found) const;
    [[nodiscard]] std::set<int> ends(const RuleExpression& expression, const Window& window,
                                     int after) const;
    std::vector<Outcome> pass_time(Timestamp now);
    void decide(const std::string& name, GroupHistory& group, std::vector<Outcome>& out);

    CorrelationRule rule_;
    std::map<std::string, GroupHistory> groups_;
    Timestamp now_{INT64_MIN};
    bool has_clock_ = false;
    std::uint64_t arrivals_ = 0;
};

}  // namespace persandian::correlation::test
