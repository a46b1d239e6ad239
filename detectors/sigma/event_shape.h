// SPDX-License-Identifier: Apache-2.0
//
// EventShape: what follows from the names of an event's fields alone: where the values of each slot
// stand. Programs write the same fields in the same order again and again, so shapes are kept, and
// most events find theirs instead of looking up every name.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "detectors/event/event.h"
#include "detectors/sigma/field_table.h"

namespace persandian::sigma {

/// Values are numbered from 1: those of the event's fields in their order, then the event's type,
/// then copies for slots that several names give values to.
struct EventShape {
    struct Place {
        std::uint32_t field = 0;  ///< index in the event's fields; their number for its type
        std::uint32_t next = 0;   ///< number of the slot's next value; 0: none
    };
    std::uint64_t number = 0;          ///< tells the shapes of one table apart
    std::vector<std::uint64_t> names;  ///< field_name_hash() of each field
    std::vector<Place> values;
    std::vector<std::uint32_t> first;  ///< per slot: number of its first value; 0: absent
    std::vector<SlotId> present;       ///< slots that are not absent, without the keyword slot
};

/// Bounded; one per thread.
class ShapeTable {
  public:
    /// When so many are kept, all are forgotten: a source whose lines are all different costs time
    /// for each, not memory.
    static constexpr std::size_t max_shapes = 512;
    /// Events with more fields get a shape for themselves.
    static constexpr std::size_t max_kept_fields = 256;

    /// `fields` must be frozen and outlive the table.
    explicit ShapeTable(const FieldTable& fields);
    /// Valid until the next call.
    [[nodiscard]] const EventShape& of(const std::vector<EventField>& fields);
    [[nodiscard]] std::uint64_t made() const noexcept { return made_; }

  private:
    /// The values of a name, chained in the order of the event.
    struct Chain {
        std::uint32_t first = 0;
        std::uint32_t last = 0;
    };

    void build(const std::vector<EventField>& fields, EventShape& out);
    void resolve(SlotId slot, EventShape& out);
    static void append_copies(std::uint32_t from, Chain& to, EventShape& out);
    void forget();

    const FieldTable& fields_;
    std::vector<std::unique_ptr<EventShape>> kept_;
    std::vector<std::uint32_t> buckets_;  ///< open addressing: index in kept_ plus 1; 0: free
    EventShape passing_;                  ///< of an event with too many fields
    std::vector<Chain> chains_;           ///< per name, while building
    std::vector<NameId> names_present_;   ///< while building
    std::uint64_t made_ = 0;
};

}  // namespace persandian::sigma
