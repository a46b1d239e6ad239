// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/router.h"

#include <algorithm>

#include <xxhash.h>

namespace persandian::sigma {
namespace {

/// Hash of several values in a row.
std::uint64_t mix(std::uint64_t hash, std::string_view text) {
    return XXH3_64bits_withSeed(text.data(), text.size(), hash);
}

bool test_meets(RouteTest::Kind kind, const std::vector<Pattern>& patterns, SlotId slot,
                EventView& view) {
    bool present = false;
    for (std::uint32_t i = view.first(slot); i != 0; i = view.value(i).next) {
        SlotValue& value = view.value(i);
        if (value.value->is_null()) continue;
        present = true;
        if (kind != RouteTest::Kind::fits) break;
        for (const Pattern& pattern : patterns)
            if (pattern.matches(view.folded(value))) return true;
    }
    if (kind == RouteTest::Kind::fits) return false;
    return present == (kind == RouteTest::Kind::present);
}

}  // namespace

void Router::build(const std::vector<SourceDefinition>& sources, FieldTable& fields) {
    for (std::uint32_t i = 0; i < sources.size(); ++i) {
        if (sources[i].forced) forced_.push_back(i);
        for (const std::vector<RouteTest>& tests : sources[i].when)
            add(i, sources[i], tests, fields);
    }
}

void Router::add(std::uint32_t source, const SourceDefinition& definition,
                 const std::vector<RouteTest>& tests, FieldTable& fields) {
    Route route{source, {}};
    std::vector<std::pair<SlotId, const RouteTest*>> equalities;
    for (const RouteTest& test : tests) {
        const SlotId slot = fields.intern(definition.candidates(test.field));
        if (test.kind == RouteTest::Kind::equals) {
            equalities.emplace_back(slot, &test);
        } else {
            route.residuals.push_back({slot, test.kind, test.patterns});
        }
    }
    std::sort(equalities.begin(), equalities.end());
    std::vector<SlotId> slots;
    std::vector<std::uint64_t> hashes = {0};
    for (const auto& equality : equalities) {
        slots.push_back(equality.first);
        std::vector<std::uint64_t> longer;
        for (const std::uint64_t hash : hashes)
            for (const std::string& value : equality.second->values)
                longer.push_back(mix(hash, value));
        hashes = std::move(longer);
    }
    auto shape = std::find_if(shapes_.begin(), shapes_.end(),
                              [&](const Shape& known) { return known.slots == slots; });
    if (shape == shapes_.end()) shape = shapes_.insert(shapes_.end(), Shape{slots, {}});
    for (const std::uint64_t hash : hashes) shape->routes[hash].push_back(route);
}

bool Router::meets(const std::vector<Residual>& residuals, EventView& view) {
    return std::all_of(residuals.begin(), residuals.end(), [&](const Residual& residual) {
        return test_meets(residual.kind, residual.patterns, residual.slot, view);
    });
}

void Router::follow(const Shape& shape, std::size_t depth, std::uint64_t hash, EventView& view,
                    std::vector<std::uint32_t>& out) {
    if (depth == shape.slots.size()) {
        const auto found = shape.routes.find(hash);
        if (found == shape.routes.end()) return;
        for (const Route& route : found->second)
            if (meets(route.residuals, view)) out.push_back(route.source);
        return;
    }
    std::size_t tried = 0;
    for (std::uint32_t i = view.first(shape.slots[depth]); i != 0 && tried < max_values_tried;
         i = view.value(i).next, ++tried)
        if (!view.value(i).value->is_null())
            follow(shape, depth + 1, mix(hash, view.folded(view.value(i))), view, out);
}

void Router::find(EventView& view, std::vector<std::uint32_t>& out) const {
    out.assign(forced_.begin(), forced_.end());
    for (const Shape& shape : shapes_) follow(shape, 0, 0, view, out);
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
}

}  // namespace persandian::sigma
