// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/event_view.h"

#include <charconv>
#include <cstring>

#include "detectors/event/common_fields.h"
#include "detectors/sigma/modifiers/utf8.h"

namespace persandian::sigma {
namespace {

constexpr std::uint32_t type_rank = 1000;  // an "event_type" field comes before the event's own

/// What the reading of the line added and no rule means by a keyword.
bool is_about_reading(const EventField& field, bool raw_is_structured) {
    if (field.declared == nullptr) return false;
    const Field* const declared = field.declared;
    if (declared == &fields::log_raw) return raw_is_structured;
    const std::string_view name = field.name;
    return name == fields::log_format.name() || name == fields::log_source.name() ||
           name == fields::log_line.name() || name == fields::log_truncated.name();
}

/// Eight bytes at once: ASCII capitals become small; other bytes stay.
std::uint64_t lower(std::uint64_t word) {
    constexpr std::uint64_t ones = 0x0101010101010101ULL;
    const std::uint64_t seven_bits = word & (0x7F * ones);
    const std::uint64_t from_a = seven_bits + (0x80 - 'A') * ones;
    const std::uint64_t beyond_z = seven_bits + (0x7F - 'Z') * ones;
    const std::uint64_t capitals = (from_a ^ beyond_z) & ~word & (0x80 * ones);
    return word | (capitals >> 2U);
}

/// Writes `text` with ASCII capitals made small; whether all of it was ASCII.
bool lower_ascii(std::string_view text, char* out) {
    constexpr std::uint64_t high_bits = 0x8080808080808080ULL;
    std::uint64_t seen = 0;
    std::size_t at = 0;
    for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, sizeof word);
        seen |= word;
        word = lower(word);
        std::memcpy(out + at, &word, sizeof word);
    }
    for (; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        seen |= byte;
        out[at] = static_cast<char>(lower(byte));
    }
    return (seen & high_bits) == 0;
}

}  // namespace

EventView::EventView(const FieldTable& fields) : fields_(fields), slots_(fields.slot_count()) {
    values_.reserve(256);
}

void EventView::begin(const Event& event) {
    event_ = &event;
    ++generation_;
    values_.clear();
    arena_.reset();
    type_ = Value::text(event.type());
    add(type_slot, type_rank, {}, type_);
    for (const EventField& field : event.fields())
        for (const FieldTable::Use& use : fields_.find(field.name_hash, field.name))
            add(use.slot, use.rank, field.name, field.value);
}

void EventView::add(SlotId slot, std::uint32_t rank, std::string_view name, const Value& value) {
    SlotState& state = slots_[slot];
    const bool fresh = state.generation != generation_;
    if (!fresh && rank > state.rank) return;
    if (values_.size() >= max_values) {
        ++cut_count_;
        return;
    }
    values_.push_back({.value = &value, .name = name});
    const auto index = static_cast<std::uint32_t>(values_.size());
    if (fresh || rank < state.rank) {
        state = {generation_, index, index, rank};
    } else {
        values_[state.last - 1].next = index;
        state.last = index;
    }
}

void EventView::gather_keywords() {
    if (slots_[keyword_slot].generation == generation_) return;
    slots_[keyword_slot] = {generation_, 0, 0, 0};
    const Value* const format = event_->find(fields::log_format.name());
    const bool structured =
        format != nullptr && format->kind() == Value::Kind::text && format->as_text() == "json";
    for (const EventField& field : event_->fields()) {
        if (field.value.is_null() || is_about_reading(field, structured)) continue;
        if (values_.size() >= max_values) {
            ++cut_count_;
            return;
        }
        values_.push_back({.value = &field.value, .name = field.name});
        const auto index = static_cast<std::uint32_t>(values_.size());
        SlotState& state = slots_[keyword_slot];
        if (state.first == 0) {
            state.first = index;
        } else {
            values_[state.last - 1].next = index;
        }
        state.last = index;
    }
}

void EventView::make_text(SlotValue& value) {
    value.has_text = true;
    if (value.value->kind() == Value::Kind::text) {
        value.text = value.value->as_text();
    } else if (value.value->kind() == Value::Kind::integer) {
        char* const at = arena_.take(24);
        value.text = {at, static_cast<std::size_t>(
                              std::to_chars(at, at + 24, value.value->as_integer()).ptr - at)};
    } else {
        value.text = arena_.copy(value.value->to_text(storage_));
    }
}

void EventView::make_folded(SlotValue& value) {
    const std::string_view original = text(value);
    value.has_folded = true;
    char* const at = arena_.take(original.size());
    value.folded = {at, original.size()};
    if (lower_ascii(original, at)) return;
    storage_.clear();
    append_folded(storage_, original);
    value.folded = arena_.copy(storage_);
}

}  // namespace persandian::sigma
