// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/correlation_condition.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "detectors/sigma/rule_expression.h"

namespace persandian::sigma {
namespace {

using yaml::Node;
using Operator = CorrelationCondition::Operator;
using Bound = CorrelationCondition::Bound;

const std::vector<std::string_view> operator_names = {"gt", "gte", "lt", "lte", "eq", "neq"};
constexpr std::size_t max_bounds = 2;

bool counts(CorrelationType type) {
    return !is_metric(type);
}

/// How a right condition of the type looks.
std::string_view example(CorrelationType type) {
    switch (type) {
        case CorrelationType::event_count:
            return "{gte: 10}";
        case CorrelationType::value_count:
            return "{field: user.name, gte: 10}";
        case CorrelationType::temporal:
        case CorrelationType::temporal_ordered:
            return "{gte: 2}";
        case CorrelationType::value_sum:
        case CorrelationType::value_avg:
        case CorrelationType::value_median:
            return "{field: bytes, gt: 1000000}";
        case CorrelationType::value_percentile:
            break;
    }
    return "{field: bytes, percentile: 95, gt: 1000000}";
}

class ConditionReader {
  public:
    ConditionReader(const Node& node, CorrelationAst& out, Problems& problems)
        : node_(node), rule_(out.rule), problems_(problems) {}

    void read() {
        const std::size_t before = problems_.refused.size();
        for (const yaml::Entry& entry : node_.entries) {
            if (entry.key == "field") {
                rule_.condition.fields = read_texts(entry.value, "field", problems_);
            } else if (entry.key == "percentile") {
                read_percentile(entry);
            } else {
                read_bound(entry);
            }
        }
        if (problems_.refused.size() != before) return;
        check_fields();
        check_percentile();
        check_bounds();
    }

  private:
    void read_percentile(const yaml::Entry& entry) {
        if (rule_.type != CorrelationType::value_percentile) {
            problems_.refuse(entry.mark, "'percentile' belongs to the type value_percentile");
            return;
        }
        const std::optional<long long> value = entry.value.as_integer();
        if (!value || *value < 0 || *value > 100) {
            problems_.refuse(entry.value.mark,
                             "percentile must be a whole number from 0 to 100, as 95");
            return;
        }
        rule_.condition.percentile = static_cast<unsigned>(*value);
        has_percentile_ = true;
    }

    void read_bound(const yaml::Entry& entry) {
        const auto found = std::find(operator_names.begin(), operator_names.end(), entry.key);
        if (found == operator_names.end()) {
            std::vector<std::string_view> known = operator_names;
            known.push_back("field");
            known.push_back("percentile");
            problems_.refuse(entry.mark, fmt::format("unknown condition '{}'{}", entry.key,
                                                     suggestion(entry.key, known)));
            return;
        }
        const bool plain = entry.value.is_scalar() && !entry.value.quoted;
        const std::optional<Decimal> value =
            plain ? Decimal::parse(entry.value.text) : std::nullopt;
        if (!value || (counts(rule_.type) && !value->is_whole())) {
            problems_.refuse(
                entry.value.mark,
                fmt::format("'{}' needs a {} without quotes, as '{}: 10'", entry.key,
                            counts(rule_.type) ? "whole number" : "number", entry.key));
            return;
        }
        rule_.condition.bounds.push_back(
            {static_cast<Operator>(found - operator_names.begin()), *value});
        bound_marks_.push_back(entry.mark);
    }

    void check_fields() {
        const std::vector<std::string>& fields = rule_.condition.fields;
        const bool takes_fields =
            rule_.type == CorrelationType::value_count || is_metric(rule_.type);
        const std::string_view type = to_string(rule_.type);
        if (!takes_fields && !fields.empty()) {
            problems_.refuse(node_.find("field")->mark,
                             fmt::format("'field' does not go with {}; it belongs to value_count, "
                                         "value_sum, value_avg, value_percentile and value_median",
                                         type));
        } else if (takes_fields && fields.empty()) {
            problems_.refuse(node_.mark, fmt::format("{} needs 'field' in its condition, as {}",
                                                     type, example(rule_.type)));
        } else if (is_metric(rule_.type) && fields.size() > 1) {
            problems_.refuse(
                node_.find("field")->mark,
                fmt::format("{} takes one field; only value_count takes several", type));
        }
        if (std::find(fields.begin(), fields.end(), "") != fields.end())
            problems_.refuse(node_.find("field")->mark, "a field needs a name");
    }

    void check_percentile() {
        if (rule_.type == CorrelationType::value_percentile && !has_percentile_)
            problems_.refuse(node_.mark,
                             fmt::format("value_percentile needs 'percentile' in its condition "
                                         "(the specification's form without it does not say of "
                                         "which percentile it speaks), as {}",
                                         example(rule_.type)));
    }

    void check_bounds() {
        const std::vector<Bound>& bounds = rule_.condition.bounds;
        if (bounds.empty()) {
            problems_.refuse(node_.mark,
                             fmt::format("the condition needs a bound, as {}; known: {}",
                                         example(rule_.type), fmt::join(operator_names, ", ")));
        } else if (bounds.size() > max_bounds) {
            problems_.refuse(bound_marks_[max_bounds],
                             fmt::format("the condition has more than {} bounds", max_bounds));
        } else if (!possible()) {
            problems_.refuse(bound_marks_.back(), "no number meets both bounds");
        } else if (counts(rule_.type)) {
            check_counts();
        }
    }

    [[nodiscard]] bool possible() const {
        const Int128 step = counts(rule_.type) ? Decimal(1).billionths : 1;
        const Int128 far = Decimal(INT64_MAX).billionths * 1'000;
        Int128 low = -far;
        Int128 high = far;
        for (const Bound& bound : rule_.condition.bounds) {
            const Int128 value = bound.value.billionths;
            if (bound.op == Operator::gt) low = std::max(low, value + step);
            if (bound.op == Operator::gte || bound.op == Operator::eq) low = std::max(low, value);
            if (bound.op == Operator::lt) high = std::min(high, value - step);
            if (bound.op == Operator::lte || bound.op == Operator::eq) high = std::min(high, value);
        }
        const auto is_excluded = [&](const Bound& bound) {
            return bound.op == Operator::neq && low == high && bound.value.billionths == low;
        };
        return low <= high && std::none_of(rule_.condition.bounds.begin(),
                                           rule_.condition.bounds.end(), is_excluded);
    }

    // A window opens with a finding, so a count is at least 1; and rules are at most all.
    void check_counts() {
        for (std::size_t i = 0; i < rule_.condition.bounds.size(); ++i) {
            const auto& [op, value] = rule_.condition.bounds[i];
            const bool never = (op == Operator::lt && value <= 1) ||
                               ((op == Operator::lte || op == Operator::eq) && value < 1);
            if (never) {
                problems_.refuse(
                    bound_marks_[i],
                    "a count below 1 is never reached: a window opens with a finding. That "
                    "something did not follow is written as a temporal correlation with a "
                    "condition as 'rule_a and not rule_b'");
                return;
            }
            if (is_temporal(rule_.type) && !rule_.rules.empty())
                check_rule_count(op, value, bound_marks_[i]);
        }
    }

    void check_rule_count(Operator op, const Decimal& value, yaml::Mark mark) {
        const std::set<std::string> different(rule_.rules.begin(), rule_.rules.end());
        const auto all = static_cast<std::int64_t>(
            rule_.type == CorrelationType::temporal ? different.size() : rule_.rules.size());
        const bool too_many = (op == Operator::gt && value >= all) ||
                              ((op == Operator::gte || op == Operator::eq) && value > all);
        if (too_many)
            problems_.refuse(mark, fmt::format("the condition asks for more rules than the {} that "
                                               "are listed",
                                               all));
    }

    const Node& node_;
    CorrelationRule& rule_;
    Problems& problems_;
    std::vector<yaml::Mark> bound_marks_;
    bool has_percentile_ = false;
};

void read_expression(const Node& node, CorrelationAst& out, Problems& problems) {
    if (!is_temporal(out.rule.type)) {
        problems.refuse(node.mark,
                        fmt::format("a condition over rule names belongs to temporal and "
                                    "temporal_ordered; {} needs a map, as {}",
                                    to_string(out.rule.type), example(out.rule.type)));
        return;
    }
    if (!node.quoted && Decimal::parse(node.text)) {
        problems.refuse(node.mark,
                        fmt::format("a number needs an operator, as {{gte: {}}}", node.text));
        return;
    }
    std::optional<RuleExpression> expression = parse_rule_expression(node, out.named, problems);
    if (!expression) return;
    const std::vector<bool> wanted = wanted_rules(*expression, out.named.size());
    if (std::find(wanted.begin(), wanted.end(), true) == wanted.end())
        problems.refuse(node.mark,
                        "the condition only says what must not be there; at least one rule must "
                        "be, since its finding opens the window, as 'rule_a and not rule_b'");
    out.rule.condition.expression = std::move(expression);
    if (!out.rule.rules.empty()) return;
    for (const CorrelationAst::Named& named : out.named) {
        out.rule.rules.push_back(named.name);
        out.reference_marks.push_back(named.mark);
    }
}

}  // namespace

void parse_correlation_condition(const Node& correlation, CorrelationAst& out, Problems& problems) {
    const Node* const node = correlation.find("condition");
    if (node == nullptr || node->is_null()) {
        if (!is_temporal(out.rule.type))
            problems.refuse(correlation.mark,
                            fmt::format("{} needs a condition, as {}", to_string(out.rule.type),
                                        example(out.rule.type)));
    } else if (node->is_scalar()) {
        read_expression(*node, out, problems);
    } else if (node->is_map()) {
        ConditionReader(*node, out, problems).read();
    } else {
        problems.refuse(node->mark,
                        fmt::format("the condition must be a map, as {}", example(out.rule.type)));
    }
}

}  // namespace persandian::sigma
