// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/event_view.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "detectors/base/ascii.h"
#include "detectors/event/common_fields.h"
#include "detectors/sigma/modifiers/utf8.h"

namespace persandian::sigma {
namespace {

/// Between the values of a text of all of them; stands in no UTF-8.
constexpr char between = '\xFF';

/// What the reading of the line added, or only rules that name it ask for.
bool no_keyword_means(const EventField& field, bool raw_is_structured) {
    if (field.value.kind() == Value::Kind::bytes) return true;
    if (field.declared == nullptr) return false;
    const Field* const declared = field.declared;
    if (declared == &fields::log_raw) return raw_is_structured;
    return declared == &fields::log_format || declared == &fields::log_source ||
           declared == &fields::log_line || declared == &fields::log_truncated;
}

/// Writes `text` with ASCII capitals made small; whether all of it was ASCII.
bool lower_ascii(std::string_view text, char* out) {
    using Bytes [[gnu::vector_size(16)]] = signed char;
    Bytes seen{};
    std::size_t at = 0;
    for (; at + sizeof(Bytes) <= text.size(); at += sizeof(Bytes)) {
        Bytes bytes;
        std::memcpy(&bytes, text.data() + at, sizeof bytes);
        seen |= bytes;
        bytes |= ((bytes >= 'A') & (bytes <= 'Z')) & 0x20;
        std::memcpy(out + at, &bytes, sizeof bytes);
    }
    signed char rest = 0;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        rest = static_cast<signed char>(rest | c);
        out[at] = ascii_lower(c);
    }
    std::uint64_t halves[2];
    std::memcpy(halves, &seen, sizeof halves);
    return ((halves[0] | halves[1]) & 0x8080808080808080ULL) == 0 && rest >= 0;
}

}  // namespace

void EventView::begin(const Event& event) {
    event_ = &event;
    ++generation_;
    arena_.reset();
    const std::vector<EventField>& fields = event.fields();
    shape_ = &shapes_.of(fields);
    type_ = Value::text(event.type());
    values_.resize(shape_->values.size());
    for (std::size_t i = 0; i < values_.size(); ++i) {
        const EventShape::Place place = shape_->values[i];
        values_[i] = {.value = place.field < fields.size() ? &fields[place.field].value : &type_,
                      .next = place.next};
    }
}

template <typename Take>
void EventView::for_keyword_fields(Take take) const {
    const Value* const format = event_->find(fields::log_format.name());
    const bool structured =
        format != nullptr && format->kind() == Value::Kind::text && format->as_text() == "json";
    const std::vector<EventField>& all = event_->fields();
    for (std::size_t i = 0; i < all.size(); ++i)
        if (!all[i].value.is_null() && !no_keyword_means(all[i], structured)) take(i);
}

std::uint32_t EventView::first_keyword() {
    if (first_keyword_generation_ == generation_) return first_keyword_;
    first_keyword_generation_ = generation_;
    const std::size_t before = values_.size();
    for_keyword_fields([&](std::size_t i) {
        if (values_.size() > before)
            values_.back().next = static_cast<std::uint32_t>(values_.size() + 1);
        values_.push_back({.value = &event_->fields()[i].value});
    });
    first_keyword_ = values_.size() > before ? static_cast<std::uint32_t>(before + 1) : 0;
    return first_keyword_;
}

void EventView::fold_keywords() {
    keywords_generation_ = generation_;
    std::size_t size = 0;
    for_keyword_fields([&](std::size_t i) { size += text(values_[i]).size() + 1; });
    char* const begin = arena_.take(size);
    char* at = begin;
    bool all_fit = true;
    for_keyword_fields([&](std::size_t i) {
        SlotValue& value = values_[i];
        const std::size_t room = value.text.size();
        if (!value.has_folded) {
            value.folded = {at, room};
            value.has_folded = lower_ascii(value.text, at);
            all_fit = all_fit && value.has_folded;
        } else if (value.folded.size() == room) {
            std::copy(value.folded.begin(), value.folded.end(), at);
        } else {
            all_fit = false;
        }
        at += room;
        *at++ = between;
    });
    keywords_ = {begin, size};
    if (!all_fit) fold_keywords_beyond_ascii();
}

/// Folding may change how many bytes a text has, so all is put together anew.
void EventView::fold_keywords_beyond_ascii() {
    keyword_storage_.clear();
    for_keyword_fields([&](std::size_t i) {
        keyword_storage_ += folded(values_[i]);
        keyword_storage_ += between;
    });
    keywords_ = keyword_storage_;
}

void EventView::make_text(SlotValue& value) {
    value.has_text = true;
    if (value.value->kind() == Value::Kind::text) {
        value.text = value.value->as_text();
    } else if (value.value->kind() == Value::Kind::bytes) {
        value.text = value.value->as_bytes();
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
    if (lower_ascii(original, at) || value.value->kind() == Value::Kind::bytes) return;
    storage_.clear();
    append_folded(storage_, original);
    value.folded = arena_.copy(storage_);
}

void EventView::make_hash(SlotValue& value) {
    const std::string_view text = folded(value);
    value.folded_hash = XXH3_64bits(text.data(), text.size());
    value.has_hash = true;
}

}  // namespace persandian::sigma
