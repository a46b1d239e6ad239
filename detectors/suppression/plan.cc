// SPDX-License-Identifier: Apache-2.0
#include "detectors/suppression/plan.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "detectors/sigma/modifiers/utf8.h"

namespace persandian::suppression {
namespace {

bool has_wildcard(const std::string& text) {
    return sigma::Pattern::parse(text).has_wildcard();
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Which group-by of a correlation goes by this name.
std::optional<std::size_t> group_of(const KnownRule& rule, const std::string& name) {
    for (std::size_t i = 0; i < rule.group_by.size(); ++i)
        if (contains(rule.group_by[i], name)) return i;
    return std::nullopt;
}

std::string group_by_text(const KnownRule& rule) {
    std::string out;
    for (const std::vector<std::string>& names : rule.group_by)
        out += (out.empty() ? "" : ", ") + names.front();
    return out.empty() ? "none" : out;
}

class Planner {
  public:
    Planner(Suppressions suppressions, const RuleCatalog& catalog, const Limits& limits)
        : catalog_(catalog), limits_(limits) {
        plan_.files = std::move(suppressions.files);
        plan_.entries = std::move(suppressions.entries);
        for (std::size_t i = 0; i < catalog.rules.size(); ++i) {
            for (const std::string* const name : {&catalog.rules[i].id, &catalog.rules[i].name}) {
                if (name->empty()) continue;
                words_.push_back(*name);
                by_word_.try_emplace(*name, i);
                folded_.emplace_back(sigma::folded(*name), i);
            }
        }
    }

    PlanResult run() {
        for (std::size_t i = 0; i < plan_.entries.size() && result_.problems.empty(); ++i)
            add_entry(i);
        for (auto& [rule, uses] : plan_.by_rule)
            std::stable_partition(uses.begin(), uses.end(), [&](const PlannedEntry& one) {
                return !plan_.entries[one.entry].throttle;
            });
        if (result_.problems.empty()) result_.plan = std::make_shared<const Plan>(std::move(plan_));
        return std::move(result_);
    }

  private:
    void warn(const Entry& entry, const yaml::Mark& mark, std::string reason) {
        result_.warnings.push_back({entry.path, mark, std::move(reason)});
    }

    void add_entry(std::size_t index) {
        const Entry& entry = plan_.entries[index];
        std::set<std::size_t> rules;
        for (std::size_t i = 0; i < entry.rules.size(); ++i) find_rules(entry, i, rules);
        std::vector<std::string>& ids = plan_.rule_ids.emplace_back();
        for (const std::size_t rule : rules) {
            const KnownRule& known = catalog_.rules[rule];
            ids.push_back(known.id);
            plan_.by_rule[known.id].push_back(planned(index, known));
        }
        std::sort(ids.begin(), ids.end());
        pairs_ += rules.size();
        if (pairs_ > limits_.max_pairs)
            result_.problems.push_back(
                {entry.path, entry.mark,
                 fmt::format(
                     "up to here the entries speak of rules more than {} times (max_pairs); "
                     "write narrower patterns",
                     limits_.max_pairs)});
        warn_of_fields(entry);
    }

    void find_rules(const Entry& entry, std::size_t which, std::set<std::size_t>& out) {
        const std::string& written = entry.rules[which];
        const std::string folded = sigma::folded(written);
        if (has_wildcard(written)) {
            const sigma::Pattern pattern = sigma::Pattern::parse(folded);
            bool any = false;
            for (const auto& [word, rule] : folded_) {
                if (!pattern.matches(word)) continue;
                any = true;
                out.insert(rule);
            }
            if (!any)
                warn(entry, entry.rule_marks[which],
                     fmt::format("no rule's id or name fits '{}': this hides nothing", written));
            return;
        }
        const std::optional<std::size_t> found = find_rule(written, folded);
        if (!found) {
            const std::string_view near = yaml::nearest_word(written, words_);
            warn(entry, entry.rule_marks[which],
                 near.empty()
                     ? fmt::format("no rule has the id or name '{}': this hides nothing", written)
                     : fmt::format("no rule has the id or name '{}': this hides nothing; did you "
                                   "mean '{}'?",
                                   written, near));
            return;
        }
        out.insert(*found);
        warn_of_correlation(entry, which, catalog_.rules[*found]);
    }

    /// As written, else whatever the letters' case.
    std::optional<std::size_t> find_rule(const std::string& written,
                                         const std::string& folded) const {
        if (const auto exact = by_word_.find(written); exact != by_word_.end())
            return exact->second;
        for (const auto& [word, rule] : folded_)
            if (word == folded) return rule;
        return std::nullopt;
    }

    /// A correlation's finding is judged by its group only.
    void warn_of_correlation(const Entry& entry, std::size_t which, const KnownRule& rule) {
        if (!rule.is_correlation) return;
        if (entry.also_correlations)
            warn(
                entry, entry.rule_marks[which],
                fmt::format("'{}' is a correlation: 'also_correlations' has an effect on the rules "
                            "it counts, not on itself",
                            entry.rules[which]));
        each_field(entry, [&](const std::string& field, const yaml::Mark& mark) {
            if (group_of(rule, field)) return;
            warn(entry, mark,
                 fmt::format("the correlation '{}' does not group by '{}', so this does not hide "
                             "it; its group-by: {}",
                             entry.rules[which], field, group_by_text(rule)));
        });
    }

    template <typename Look>
    static void each_field(const Entry& entry, const Look& look) {
        for (const FieldTest& test : entry.fields) look(test.field, test.mark);
        if (!entry.throttle) return;
        for (std::size_t i = 0; i < entry.throttle->key.size(); ++i)
            look(entry.throttle->key[i], entry.throttle->key_marks[i]);
    }

    void warn_of_fields(const Entry& entry) {
        each_field(entry, [&](const std::string& field, const yaml::Mark& mark) {
            if (is_known(field) || is_mapped(field)) return;
            const std::string_view near = yaml::nearest_word(field, catalog_.known_fields);
            if (!near.empty())
                warn(entry, mark,
                     fmt::format("no field of ours is called '{}'; did you mean '{}'?", field,
                                 near));
        });
    }

    bool is_known(const std::string& field) const {
        const std::vector<std::string_view>& known = catalog_.known_fields;
        return std::find(known.begin(), known.end(), field) != known.end();
    }

    /// Whether a rule of the entry being planned knows the field by a name of its log source or by
    /// its group-by.
    bool is_mapped(const std::string& field) const {
        for (const std::string& id : plan_.rule_ids.back()) {
            const KnownRule& rule = catalog_.rules[by_word_.find(id)->second];
            if (group_of(rule, field)) return true;
            if (rule.is_correlation) continue;
            for (const std::vector<std::string>& group : catalog_.field_names(id, field))
                for (const std::string& name : group)
                    if (is_known(name)) return true;
        }
        return false;
    }

    PlannedEntry planned(std::size_t index, const KnownRule& rule) const {
        const Entry& entry = plan_.entries[index];
        PlannedEntry out;
        out.entry = index;
        out.is_correlation = rule.is_correlation;
        for (const FieldTest& test : entry.fields) out.fields.push_back(place(rule, test.field));
        if (entry.throttle)
            for (const std::string& field : entry.throttle->key)
                out.key.push_back(place(rule, field));
        return out;
    }

    PlannedField place(const KnownRule& rule, const std::string& field) const {
        if (rule.is_correlation) return {{}, group_of(rule, field)};
        return {catalog_.field_names(rule.id, field), std::nullopt};
    }

    const RuleCatalog& catalog_;
    const Limits& limits_;
    Plan plan_;
    PlanResult result_;
    std::vector<std::string_view> words_;  // ids and names
    std::unordered_map<std::string, std::size_t> by_word_;
    std::vector<std::pair<std::string, std::size_t>> folded_;  // the same, folded
    std::size_t pairs_ = 0;
};

}  // namespace

PlanResult make_plan(Suppressions suppressions, const RuleCatalog& catalog, const Limits& limits) {
    return Planner(std::move(suppressions), catalog, limits).run();
}

}  // namespace persandian::suppression
