// SPDX-License-Identifier: Apache-2.0
//
// Router: from an event to the log sources it is of. Equality tests of all sources stand in hashes,
// one per set of fields they ask for, so the cost does not grow with the number of sources.
#pragma once

#include <cstdint>
#include <vector>

#include "detectors/sigma/event_view.h"
#include "detectors/sigma/hash_index.h"
#include "detectors/sigma/logsource.h"

namespace persandian::sigma {

class Router {
  public:
    /// Of a field with several values, so many are tried.
    static constexpr std::size_t max_values_tried = 16;

    /// `sources` are only read here; the numbers given by find() are their indexes.
    void build(const std::vector<SourceDefinition>& sources, FieldTable& fields);
    /// Replaces `out` by the sources of the event, ascending, each once.
    void find(EventView& view, std::vector<std::uint32_t>& out) const;
    /// All that find() asks for, each once.
    [[nodiscard]] const std::vector<SlotId>& slots() const noexcept { return slots_; }

  private:
    /// A test that is not an equality.
    struct Residual {
        SlotId slot = 0;
        RouteTest::Kind kind = RouteTest::Kind::present;
        std::vector<Pattern> patterns;
    };
    struct Route {
        std::uint32_t source = 0;
        std::vector<Residual> residuals;
    };
    /// Routes that ask for equality of the same fields.
    struct Shape {
        std::vector<SlotId> slots;
        HashIndex by_values;  ///< hash of the values -> index in routes
        std::vector<Route> routes;
    };

    void add(std::uint32_t source, const SourceDefinition& definition,
             const std::vector<RouteTest>& tests, FieldTable& fields);
    /// Tries the values of the shape's slots from `depth` on.
    static void follow(const Shape& shape, std::size_t depth, std::uint64_t hash, EventView& view,
                       std::vector<std::uint32_t>& out);
    [[nodiscard]] static bool meets(const std::vector<Residual>& residuals, EventView& view);

    std::vector<Shape> shapes_;
    std::vector<std::uint32_t> forced_;
    std::vector<SlotId> slots_;
};

}  // namespace persandian::sigma
