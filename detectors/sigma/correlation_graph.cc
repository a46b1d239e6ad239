// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/correlation_graph.h"

#include <algorithm>

namespace persandian::sigma {
namespace {
constexpr std::size_t longest_way_shown = 16;
}

CorrelationGraph::CorrelationGraph(const std::vector<CorrelationAst>& correlations) {
    for (const CorrelationAst& correlation : correlations)
        by_id_[correlation.info.reference.id] = &correlation;
    for (const CorrelationAst& correlation : correlations) {
        const std::string& id = correlation.info.reference.id;
        to_[id];
        from_[id];
        const std::set<std::string> different(correlation.rule.rules.begin(),
                                              correlation.rule.rules.end());
        for (const std::string& other : different) {
            if (!by_id_.contains(other)) continue;
            to_[id].push_back(other);
            from_[other].push_back(id);
        }
    }
}

// Takes away, again and again, those that refer to none that is left.
void CorrelationGraph::prune(const References& references, const References& reversed,
                             std::set<std::string>& left) {
    std::map<std::string, std::size_t> open;
    std::vector<std::string> done;
    for (const std::string& id : left) {
        const auto& list = references.at(id);
        open[id] = static_cast<std::size_t>(std::count_if(
            list.begin(), list.end(), [&](const auto& to) { return left.contains(to); }));
        if (open[id] == 0) done.push_back(id);
    }
    while (!done.empty()) {
        const std::string id = std::move(done.back());
        done.pop_back();
        left.erase(id);
        for (const std::string& from : reversed.at(id))
            if (left.contains(from) && --open[from] == 0) done.push_back(from);
    }
}

std::set<std::string> CorrelationGraph::circles() const {
    std::set<std::string> left;
    for (const auto& entry : to_) left.insert(entry.first);
    prune(to_, from_, left);
    prune(from_, to_, left);
    return left;
}

std::string CorrelationGraph::shown(const std::string& id) const {
    const CorrelationAst& correlation = *by_id_.at(id);
    return correlation.name.empty() ? id : correlation.name;
}

std::pair<std::size_t, std::string> CorrelationGraph::way_round(
    const std::string& id, const std::set<std::string>& circles) const {
    const std::vector<std::string>& rules = by_id_.at(id)->rule.rules;
    const auto first = std::find_if(rules.begin(), rules.end(),
                                    [&](const auto& rule) { return circles.contains(rule); });
    std::string way = shown(id);
    std::set<std::string> seen = {id};
    std::string at = *first;
    for (std::size_t steps = 0; true; ++steps) {
        way += " -> " + (steps < longest_way_shown ? shown(at) : "...");
        if (!seen.insert(at).second || steps == longest_way_shown) break;
        const std::vector<std::string>& next = to_.at(at);
        at = *std::find_if(next.begin(), next.end(),
                           [&](const auto& rule) { return circles.contains(rule); });
    }
    return {static_cast<std::size_t>(first - rules.begin()), way};
}

std::map<std::string, std::size_t> CorrelationGraph::depths() const {
    std::map<std::string, std::size_t> depths;
    for (const auto& entry : to_) depths[entry.first] = 1;
    for (bool changed = true; changed;) {
        changed = false;
        for (const auto& [id, list] : to_) {
            std::size_t& depth = depths[id];
            for (const std::string& other : list) {
                const std::size_t above = std::min(depths[other] + 1, max_correlation_depth + 1);
                if (above <= depth) continue;
                depth = above;
                changed = true;
            }
        }
    }
    return depths;
}

}  // namespace persandian::sigma
