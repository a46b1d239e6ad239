// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/router.h"

#include <algorithm>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace persandian::sigma {
namespace {

/// Hash of several values in a row; `value_hash` as EventView::folded_hash().
std::uint64_t mix(std::uint64_t hash, std::uint64_t value_hash) {
    return (hash ^ value_hash) * 0x9E3779B97F4A7C15ULL + (hash >> 31U);
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
    for (Shape& shape : shapes_) shape.by_values.build();
    std::sort(slots_.begin(), slots_.end());
    slots_.erase(std::unique(slots_.begin(), slots_.end()), slots_.end());
}

void Router::add(std::uint32_t source, const SourceDefinition& definition,
                 const std::vector<RouteTest>& tests, FieldTable& fields) {
    Route route{source, {}};
    std::vector<std::pair<SlotId, const RouteTest*>> equalities;
    for (const RouteTest& test : tests) {
        const SlotId slot = fields.intern(definition.candidates(test.field));
        slots_.push_back(slot);
        if (test.kind == RouteTest::Kind::equals) {
            equalities.emplace_back(slot, &test);
        } else {
            route.residuals.push_back({slot, test.kind, test.patterns});
        }
    }
    // The event's type last: every event has one.
    std::sort(equalities.begin(), equalities.end(), std::greater<>());
    std::vector<SlotId> slots;
    std::vector<std::uint64_t> hashes = {0};
    for (const auto& equality : equalities) {
        slots.push_back(equality.first);
        std::vector<std::uint64_t> longer;
        for (const std::uint64_t hash : hashes)
            for (const std::string& value : equality.second->values)
                longer.push_back(mix(hash, XXH3_64bits(value.data(), value.size())));
        hashes = std::move(longer);
    }
    auto shape = std::find_if(shapes_.begin(), shapes_.end(),
                              [&](const Shape& known) { return known.slots == slots; });
    if (shape == shapes_.end()) {
        shape = shapes_.emplace(shapes_.end());
        shape->slots = slots;
    }
    for (const std::uint64_t hash : hashes)
        shape->by_values.add(hash, static_cast<std::uint32_t>(shape->routes.size()));
    shape->routes.push_back(route);
}

bool Router::meets(const std::vector<Residual>& residuals, EventView& view) {
    return std::all_of(residuals.begin(), residuals.end(), [&](const Residual& residual) {
        return test_meets(residual.kind, residual.patterns, residual.slot, view);
    });
}

void Router::follow(const Shape& shape, std::size_t depth, std::uint64_t hash, EventView& view,
                    std::vector<std::uint32_t>& out) {
    if (depth == shape.slots.size()) {
        for (const std::uint32_t route : shape.by_values.find(hash))
            if (meets(shape.routes[route].residuals, view))
                out.push_back(shape.routes[route].source);
        return;
    }
    std::size_t tried = 0;
    for (std::uint32_t i = view.first(shape.slots[depth]); i != 0 && tried < max_values_tried;
         i = view.value(i).next, ++tried)
        if (!view.value(i).value->is_null())
            follow(shape, depth + 1, mix(hash, view.folded_hash(view.value(i))), view, out);
}

void Router::find(EventView& view, std::vector<std::uint32_t>& out) const {
    out.assign(forced_.begin(), forced_.end());
    for (const Shape& shape : shapes_) follow(shape, 0, 0, view, out);
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
}

}  // namespace persandian::sigma
