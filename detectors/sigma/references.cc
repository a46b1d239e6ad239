// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/references.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "detectors/sigma/correlation_graph.h"
#include "detectors/sigma/problems.h"

namespace persandian::sigma {
namespace {

class Resolver {
  public:
    Resolver(Documents& documents, LoadResult& result) : documents_(documents), result_(result) {
        for (const RuleAst& rule : documents.rules) learn(rule.info.reference.id, rule.name);
        for (const CorrelationAst& correlation : documents.correlations)
            learn(correlation.info.reference.id, correlation.name);
    }

    void run() {
        resolve_all();
        if (remove_circles()) resolve_all();
        if (remove_too_long_chains()) resolve_all();
        raise_levels();
        set_alerts();
    }

  private:
    using Correlations = std::vector<CorrelationAst>;

    void learn(const std::string& id, const std::string& name) {
        ids_[id] = id;
        if (!name.empty()) ids_.try_emplace(name, id);
    }

    void forget(const CorrelationAst& correlation) {
        documents_.refused_names.insert(correlation.info.reference.id);
        if (!correlation.name.empty()) documents_.refused_names.insert(correlation.name);
        ids_.erase(correlation.info.reference.id);
        ids_.erase(correlation.name);
    }

    void report(const CorrelationAst& correlation, Problems& problems) {
        for (RuleProblem& problem : problems.refused) problem.rule_line = correlation.mark.line;
        ++result_.refused_count;
        result_.refused.insert(result_.refused.end(), problems.refused.begin(),
                               problems.refused.end());
        forget(correlation);
    }

    /// Keeps the correlations in which `check` finds nothing to refuse; whether all were kept.
    template <typename Check>
    bool keep_where(const Check& check) {
        Correlations kept;
        const std::size_t before = documents_.correlations.size();
        for (CorrelationAst& correlation : documents_.correlations) {
            Problems problems(correlation.info.path);
            check(correlation, problems);
            if (problems.refused.empty()) {
                kept.push_back(std::move(correlation));
            } else {
                report(correlation, problems);
            }
        }
        documents_.correlations = std::move(kept);
        return documents_.correlations.size() == before;
    }

    /// A refused correlation takes those that refer to it along.
    void resolve_all() {
        const auto check = [this](CorrelationAst& correlation, Problems& problems) {
            resolve(correlation, problems);
        };
        while (!keep_where(check)) continue;
    }

    std::string why_unknown(const std::string& name) const {
        if (documents_.refused_names.contains(name))
            return fmt::format("it refers to the rule '{}', which was refused", name);
        std::vector<std::string_view> known;
        for (const auto& entry : ids_) known.push_back(entry.first);
        return fmt::format("it refers to the rule '{}', which is not among the loaded rules{}",
                           name, suggestion(name, known, false));
    }

    void resolve(CorrelationAst& correlation, Problems& problems) {
        std::vector<std::string>& rules = correlation.rule.rules;
        if (correlation.written.empty()) correlation.written = rules;
        for (std::size_t i = 0; i < rules.size(); ++i) {
            const auto found = ids_.find(rules[i]);
            if (found == ids_.end()) {
                problems.refuse(correlation.reference_marks[i],
                                why_unknown(correlation.written[i]));
            } else {
                rules[i] = found->second;
            }
        }
        if (problems.refused.empty()) resolve_aliases(correlation, problems);
        if (problems.refused.empty()) resolve_expression(correlation, problems);
    }

    /// The place in the correlation's rules of a rule named elsewhere in it.
    std::optional<std::size_t> place_of(const CorrelationAst& correlation,
                                        const std::string& name) const {
        const auto known = ids_.find(name);
        if (known == ids_.end()) return std::nullopt;
        const std::vector<std::string>& rules = correlation.rule.rules;
        const auto at = std::find(rules.begin(), rules.end(), known->second);
        if (at == rules.end()) return std::nullopt;
        return static_cast<std::size_t>(at - rules.begin());
    }

    static std::string nearest(const std::string& name, const std::vector<std::string>& written) {
        return suggestion(name, std::vector<std::string_view>(written.begin(), written.end()));
    }

    void resolve_aliases(CorrelationAst& correlation, Problems& problems) {
        for (auto& [alias, fields] : correlation.rule.aliases) {
            std::map<std::string, std::string> by_id;
            for (const auto& [name, field] : fields) {
                if (const auto place = place_of(correlation, name)) {
                    by_id[correlation.rule.rules[*place]] = field;
                    continue;
                }
                const auto mark = correlation.alias_marks.find({alias, name});
                problems.refuse(
                    mark == correlation.alias_marks.end() ? correlation.mark : mark->second,
                    fmt::format("alias '{}' names the rule '{}', which is not among the "
                                "correlation's rules{}",
                                alias, name, nearest(name, correlation.written)));
            }
            fields = std::move(by_id);
        }
    }

    static void point_to(RuleExpression& expression, const std::vector<std::size_t>& places) {
        if (expression.kind == RuleExpression::Kind::rule)
            expression.rule = places[expression.rule];
        for (RuleExpression& child : expression.children) point_to(child, places);
    }

    /// Lets the condition's leaves mean places in the list of rules. Each must name the other.
    void resolve_expression(CorrelationAst& correlation, Problems& problems) {
        if (correlation.named.empty()) return;
        std::vector<std::size_t> places;
        for (const CorrelationAst::Named& named : correlation.named) {
            const std::optional<std::size_t> place = place_of(correlation, named.name);
            if (!place)
                problems.refuse(named.mark,
                                fmt::format("the condition names '{}', which is not "
                                            "among the correlation's rules{}",
                                            named.name, nearest(named.name, correlation.written)));
            places.push_back(place.value_or(0));
        }
        if (!problems.refused.empty()) return;
        const std::vector<std::string>& rules = correlation.rule.rules;
        for (std::size_t i = 0; i < rules.size(); ++i) {
            const auto same = [&](std::size_t place) { return rules[place] == rules[i]; };
            if (std::none_of(places.begin(), places.end(), same))
                problems.refuse(correlation.reference_marks[i],
                                fmt::format("the rule '{}' is listed, but the condition does not "
                                            "name it",
                                            correlation.written[i]));
        }
        if (!problems.refused.empty()) return;
        point_to(*correlation.rule.condition.expression, places);
        correlation.named.clear();
    }

    bool remove_circles() {
        const std::set<std::string> in_circles =
            CorrelationGraph(documents_.correlations).circles();
        if (in_circles.empty()) return false;
        const CorrelationGraph graph(documents_.correlations);
        std::map<std::string, std::pair<std::size_t, std::string>> paths;
        for (const std::string& id : in_circles) paths[id] = graph.way_round(id, in_circles);
        return !keep_where([&](const CorrelationAst& correlation, Problems& problems) {
            const auto path = paths.find(correlation.info.reference.id);
            if (path == paths.end()) return;
            problems.refuse(correlation.reference_marks[path->second.first],
                            "the correlation refers to itself in a circle: " + path->second.second);
        });
    }

    bool remove_too_long_chains() {
        const std::map<std::string, std::size_t> depths =
            CorrelationGraph(documents_.correlations).depths();
        return !keep_where([&](const CorrelationAst& correlation, Problems& problems) {
            if (depths.at(correlation.info.reference.id) > max_correlation_depth)
                problems.refuse(correlation.mark,
                                fmt::format("the correlation stands on a chain of more than {} "
                                            "correlations of correlations",
                                            max_correlation_depth));
        });
    }

    /// A correlation that does not say its level has at least that of the rules it refers to.
    void raise_levels() {
        std::map<std::string, Level> levels;
        for (const RuleAst& rule : documents_.rules)
            levels[rule.info.reference.id] = rule.info.reference.level;
        for (const CorrelationAst& correlation : documents_.correlations)
            levels[correlation.info.reference.id] = correlation.info.reference.level;
        for (bool changed = true; changed;) {  // at most max_correlation_depth times
            changed = false;
            for (CorrelationAst& correlation : documents_.correlations) {
                Level& level = levels[correlation.info.reference.id];
                if (correlation.has_level) continue;
                for (const std::string& id : correlation.rule.rules) {
                    if (levels[id] <= level) continue;
                    level = levels[id];
                    changed = true;
                }
                correlation.info.reference.level = level;
            }
        }
    }

    /// No alert of its own: an informational rule (Sigma: for enrichment, no alerting should be
    /// triggered by it), and one that correlations refer to where none of them says generate.
    void set_alerts() {
        std::set<std::string> referred;
        std::set<std::string> generated;
        for (const CorrelationAst& correlation : documents_.correlations)
            for (const std::string& id : correlation.rule.rules)
                (correlation.generate ? generated : referred).insert(id);
        const auto alerts = [&](const RuleReference& rule) {
            return rule.level != Level::informational &&
                   (!referred.contains(rule.id) || generated.contains(rule.id));
        };
        for (RuleAst& rule : documents_.rules) rule.alert = alerts(rule.info.reference);
        for (CorrelationAst& correlation : documents_.correlations)
            correlation.rule.alert = alerts(correlation.info.reference);
    }

    Documents& documents_;
    LoadResult& result_;
    std::map<std::string, std::string> ids_;  ///< id or name -> id
};

}  // namespace

void resolve_references(Documents& documents, LoadResult& result) {
    Resolver(documents, result).run();
}

std::map<std::string, std::vector<std::string>> exported_fields(const Documents& documents) {
    std::map<std::string, std::vector<std::string>> out;
    bool changed = true;
    const auto add = [&](const std::string& rule, const std::string& field) {
        std::vector<std::string>& list = out[rule];
        if (std::find(list.begin(), list.end(), field) != list.end()) return;
        list.push_back(field);
        changed = true;
    };
    const auto add_for = [&](const CorrelationRule& rule, const std::string& name) {
        const auto alias = rule.aliases.find(name);
        for (const std::string& id : rule.rules) {
            const bool other = alias != rule.aliases.end() && alias->second.contains(id);
            add(id, other ? alias->second.at(id) : name);
        }
    };
    while (changed) {  // at most once per link of a chain
        changed = false;
        for (const CorrelationAst& correlation : documents.correlations) {
            for (const std::string& name : correlation.rule.group_by)
                add_for(correlation.rule, name);
            for (const std::string& name : correlation.rule.condition.fields)
                add_for(correlation.rule, name);
            // what an outer correlation asks of this one, it finds in this one's findings
            const std::vector<std::string> asked = out[correlation.info.reference.id];
            for (const std::string& name : asked) add_for(correlation.rule, name);
        }
    }
    return out;
}

}  // namespace persandian::sigma
