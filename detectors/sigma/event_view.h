// SPDX-License-Identifier: Apache-2.0
//
// EventView: an event as rules see it: per slot the values, as canonical text and case-folded, each
// made at most once per event. Scratch memory is kept from event to event.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/event/event.h"
#include "detectors/sigma/arena.h"
#include "detectors/sigma/field_table.h"

namespace persandian::sigma {

/// One value of a slot.
struct SlotValue {
    const Value* value = nullptr;
    std::string_view name;  ///< of the event's field; empty for the event's type
    std::string_view text;  ///< canonical text; valid when has_text
    std::string_view folded;
    bool has_text = false;
    bool has_folded = false;
    std::uint32_t next = 0;  ///< next value of the slot plus 1; 0: none
};

/// Limit: values beyond max_values are ignored for the event (counted by cut_count()).
class EventView {
  public:
    static constexpr std::size_t max_values = 3 * Event::max_fields;

    explicit EventView(const FieldTable& fields);

    /// Takes up `event`, which must outlive its use here.
    void begin(const Event& event);
    [[nodiscard]] const Event& event() const { return *event_; }

    /// Index of the first value plus 1; 0 when the field is absent.
    [[nodiscard]] std::uint32_t first(SlotId slot) {
        if (slot == keyword_slot) gather_keywords();
        return slots_[slot].generation == generation_ ? slots_[slot].first : 0;
    }
    [[nodiscard]] SlotValue& value(std::uint32_t index) { return values_[index - 1]; }
    /// Canonical text; empty view for null (ask value->is_null()).
    [[nodiscard]] std::string_view text(SlotValue& value) {
        if (!value.has_text) make_text(value);
        return value.text;
    }
    [[nodiscard]] std::string_view folded(SlotValue& value) {
        if (!value.has_folded) make_folded(value);
        return value.folded;
    }
    [[nodiscard]] std::uint64_t cut_count() const noexcept { return cut_count_; }

  private:
    struct SlotState {
        std::uint64_t generation = 0;
        std::uint32_t first = 0;
        std::uint32_t last = 0;
        std::uint32_t rank = 0;
    };

    void add(SlotId slot, std::uint32_t rank, std::string_view name, const Value& value);
    void gather_keywords();
    void make_text(SlotValue& value);
    void make_folded(SlotValue& value);

    const FieldTable& fields_;
    const Event* event_ = nullptr;
    Value type_;
    std::uint64_t generation_ = 0;
    std::vector<SlotState> slots_;
    std::vector<SlotValue> values_;
    Arena arena_;
    std::string storage_;
    std::uint64_t cut_count_ = 0;
};

}  // namespace persandian::sigma
