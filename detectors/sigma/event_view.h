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
    std::string_view text;  ///< canonical text; valid when has_text
    std::string_view folded;
    std::uint64_t folded_hash = 0;  ///< valid when has_hash
    std::uint32_t next = 0;         ///< next value of the slot plus 1; 0: none
    bool has_text = false;
    bool has_folded = false;
    bool has_hash = false;
};

class EventView {
  public:
    explicit EventView(const FieldTable& fields);

    /// Takes up `event`, which must outlive its use here.
    void begin(const Event& event);
    [[nodiscard]] const Event& event() const { return *event_; }

    /// Index of the first value plus 1; 0 when the field is absent.
    [[nodiscard]] std::uint32_t first(SlotId slot) {
        const SlotState& state = slots_[slot];
        return state.generation == generation_ ? state.first : resolve(slot);
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
    /// XXH3 of folded().
    [[nodiscard]] std::uint64_t folded_hash(SlotValue& value) {
        if (!value.has_hash) make_hash(value);
        return value.folded_hash;
    }
    /// The values of all fields that keywords are looked for in, folded, with a byte between them
    /// that no text has. Valid until begin().
    [[nodiscard]] std::string_view folded_keywords() {
        if (keywords_generation_ != generation_) fold_keywords();
        return keywords_;
    }

  private:
    /// The values of a name, chained in the order of the event.
    struct NameState {
        std::uint32_t generation = 0;
        std::uint32_t first = 0;
        std::uint32_t last = 0;
    };
    struct SlotState {
        std::uint32_t generation = 0;
        std::uint32_t first = 0;
    };

    std::uint32_t resolve(SlotId slot);
    std::uint32_t find_first_present(SlotId slot);
    [[nodiscard]] std::uint32_t first_of(NameId name) const {
        return names_[name].generation == generation_ ? names_[name].first : 0;
    }
    /// Appends copies of a name's values to a chain that ends at `last`; its new end.
    void copy_chain(std::uint32_t from, std::uint32_t& first, std::uint32_t& last);
    template <typename Take>
    void for_keyword_fields(Take take) const;
    std::uint32_t gather_keywords();
    void fold_keywords();
    void fold_keywords_beyond_ascii();
    void append_copy(const SlotValue& value, std::uint32_t& first, std::uint32_t& last);
    void make_text(SlotValue& value);
    void make_folded(SlotValue& value);
    void make_hash(SlotValue& value);

    const FieldTable& fields_;
    const Event* event_ = nullptr;
    Value type_;
    std::uint32_t generation_ = 0;
    std::vector<NameState> names_;
    std::vector<SlotState> slots_;
    /// One per field of the event, then its type, then copies for chains of several names.
    std::vector<SlotValue> values_;
    Arena arena_;
    std::string storage_;
    std::string_view keywords_;
    std::string keyword_storage_;
    std::uint32_t keywords_generation_ = 0;
};

}  // namespace persandian::sigma
