// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/references.h"

#include <algorithm>

#include <fmt/format.h>

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
        std::vector<CorrelationAst>& all = documents_.correlations;
        for (bool removed = true; removed;) {  // a refused one takes those that refer to it along
            const std::size_t before = all.size();
            std::vector<CorrelationAst> kept;
            for (CorrelationAst& correlation : all)
                if (resolve(correlation)) kept.push_back(std::move(correlation));
            all = std::move(kept);
            removed = all.size() != before;
        }
        remove_cycles();
        set_alerts();
    }

  private:
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

    std::string why_unknown(const std::string& name) const {
        if (documents_.refused_names.contains(name))
            return fmt::format("it refers to the rule '{}', which was refused", name);
        std::vector<std::string_view> known;
        for (const auto& entry : ids_) known.push_back(entry.first);
        return fmt::format("it refers to the rule '{}', which is not among the loaded rules{}",
                           name, suggestion(name, known, false));
    }

    bool resolve(CorrelationAst& correlation) {
        Problems problems(correlation.info.path);
        for (std::size_t i = 0; i < correlation.rule.rules.size(); ++i) {
            std::string& name = correlation.rule.rules[i];
            const auto found = ids_.find(name);
            if (found == ids_.end()) {
                problems.refuse(correlation.reference_marks[i], why_unknown(name));
            } else {
                name = found->second;
            }
        }
        if (problems.refused.empty()) resolve_aliases(correlation, problems);
        if (problems.refused.empty()) return true;
        report(correlation, problems);
        return false;
    }

    void resolve_aliases(CorrelationAst& correlation, Problems& problems) {
        for (auto& [alias, fields] : correlation.rule.aliases) {
            std::map<std::string, std::string> by_id;
            for (const auto& [name, field] : fields) {
                const auto found = ids_.find(name);
                const std::vector<std::string>& rules = correlation.rule.rules;
                if (found == ids_.end() ||
                    std::find(rules.begin(), rules.end(), found->second) == rules.end()) {
                    problems.refuse(
                        correlation.mark,
                        fmt::format("alias '{}' names the rule '{}', which is not among "
                                    "the correlation's rules",
                                    alias, name));
                } else {
                    by_id[found->second] = field;
                }
            }
            fields = std::move(by_id);
        }
    }

    bool reaches_itself(std::size_t start) const {
        const std::vector<CorrelationAst>& all = documents_.correlations;
        const std::string& target = all[start].info.reference.id;
        std::vector<std::string> open = all[start].rule.rules;
        std::set<std::string> seen;
        while (!open.empty()) {
            const std::string id = std::move(open.back());
            open.pop_back();
            if (id == target) return true;
            if (!seen.insert(id).second) continue;
            for (const CorrelationAst& other : all)
                if (other.info.reference.id == id)
                    open.insert(open.end(), other.rule.rules.begin(), other.rule.rules.end());
        }
        return false;
    }

    void remove_cycles() {
        std::vector<CorrelationAst>& all = documents_.correlations;
        std::vector<bool> bad;
        for (std::size_t i = 0; i < all.size(); ++i) bad.push_back(reaches_itself(i));
        std::vector<CorrelationAst> kept;
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (!bad[i]) {
                kept.push_back(std::move(all[i]));
                continue;
            }
            Problems problems(all[i].info.path);
            problems.refuse(all[i].mark, "the correlation refers to itself in a circle");
            report(all[i], problems);
        }
        const bool removed = kept.size() != all.size();
        all = std::move(kept);
        if (removed) {
            kept.clear();
            for (CorrelationAst& correlation : all)
                if (resolve(correlation)) kept.push_back(std::move(correlation));
            all = std::move(kept);
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
    const auto add = [&out](const std::string& rule, const std::string& field) {
        std::vector<std::string>& list = out[rule];
        if (std::find(list.begin(), list.end(), field) == list.end()) list.push_back(field);
    };
    for (const CorrelationAst& correlation : documents.correlations) {
        for (const std::string& id : correlation.rule.rules) {
            for (const std::string& name : correlation.rule.group_by) add(id, name);
            for (const std::string& name : correlation.rule.condition.fields) add(id, name);
        }
        for (const auto& [alias, fields] : correlation.rule.aliases)
            for (const auto& [id, field] : fields) add(id, field);
    }
    return out;
}

}  // namespace persandian::sigma
