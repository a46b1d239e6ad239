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
#include "detectors/sigma/event_shape.h"
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
    /// `fields` must outlive the view.
    explicit EventView(const FieldTable& fields) : shapes_(fields) { values_.reserve(256); }

    /// Takes up `event`, which must outlive its use here.
    void begin(const Event& event);
    [[nodiscard]] const Event& event() const { return *event_; }
    /// Valid until begin().
    [[nodiscard]] const EventShape& shape() const { return *shape_; }

    /// Index of the first value plus 1; 0 when the field is absent.
    [[nodiscard]] std::uint32_t first(SlotId slot) {
        return slot == keyword_slot ? first_keyword() : shape_->first[slot];
    }
    [[nodiscard]] SlotValue& value(std::uint32_t index) { return values_[index - 1]; }
    /// Canonical text; empty view for null (ask value->is_null()).
    [[nodiscard]] std::string_view text(SlotValue& value) {
        if (!value.has_text) make_text(value);
        return value.text;
    }
    /// What tells the value from others: its text, or how that is written if nobody has read it
    /// yet.
    struct Identity {
        std::string_view bytes;
        bool is_written = false;
    };
    [[nodiscard]] Identity identity(SlotValue& value) {
        if (const WrittenText* const written = value.value->as_written())
            return {written->written(), true};
        return {text(value), false};
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
    std::uint32_t first_keyword();
    template <typename Take>
    void for_keyword_fields(Take take) const;
    void fold_keywords();
    void fold_keywords_beyond_ascii();
    void make_text(SlotValue& value);
    void make_folded(SlotValue& value);
    void make_hash(SlotValue& value);

    ShapeTable shapes_;
    const EventShape* shape_ = nullptr;
    const Event* event_ = nullptr;
    Value type_;
    std::uint64_t generation_ = 0;
    std::vector<SlotValue> values_;  ///< as the shape numbers them, then the keywords
    Arena arena_;
    std::string storage_;
    std::string_view keywords_;
    std::string keyword_storage_;
    std::uint64_t keywords_generation_ = 0;
    std::uint32_t first_keyword_ = 0;
    std::uint64_t first_keyword_generation_ = 0;
};

}  // namespace persandian::sigma
