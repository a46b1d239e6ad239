// SPDX-License-Identifier: Apache-2.0
#include "detectors/event/event.h"

#include <algorithm>
#include <cstring>

namespace persandian {
namespace {
constexpr std::size_t block_bytes = 16 * 1024;
}

void Event::reset(std::string_view type, Timestamp time) noexcept {
    type_ = type;
    time_ = time;
    origin_ = {};
    fields_.clear();
    large_.clear();
    block_ = 0;
    used_bytes_ = 0;
    cuts_ = 0;
}

void Event::cut(EventField& field) {
    const bool is_text = field.value.kind() == Value::Kind::text;
    const std::string_view whole = is_text ? field.value.as_text() : field.value.as_bytes();
    if (whole.size() <= max_value_bytes) return;
    const std::string_view kept = whole.substr(0, max_value_bytes);
    field.value = is_text ? Value::text(kept) : Value::bytes(kept);
    ++cuts_;
}

void Event::add_copy(const Field& field, std::string_view text, std::size_t element) {
    add(field, Value::text(keep(text.substr(0, max_value_bytes))), element);
    if (text.size() > max_value_bytes) ++cuts_;
}

void Event::add_foreign(std::string_view name, Value value, std::size_t element) {
    const std::string_view kept = keep(name);
    if (value.kind() == Value::Kind::text) {
        if (value.as_text().size() > max_value_bytes) ++cuts_;
        value = Value::text(keep(value.as_text().substr(0, max_value_bytes)));
    }
    push(kept, field_name_hash(kept), value, nullptr, element);
}

const Value* Event::find(std::string_view name) const noexcept {
    const auto found = std::find_if(fields_.begin(), fields_.end(),
                                    [&](const EventField& field) { return field.name == name; });
    return found == fields_.end() ? nullptr : &found->value;
}

std::string Event::text_of(std::string_view name) const {
    const Value* value = find(name);
    std::string storage;
    return value == nullptr ? std::string() : std::string(value->to_text(storage));
}

std::string_view Event::keep(std::string_view text) {
    if (text.empty()) return {};
    if (text.size() > block_bytes) {
        large_.push_back(std::make_unique<char[]>(text.size()));
        std::memcpy(large_.back().get(), text.data(), text.size());
        return {large_.back().get(), text.size()};
    }
    if (block_ < blocks_.size() && used_bytes_ + text.size() > block_bytes) {
        ++block_;
        used_bytes_ = 0;
    }
    if (block_ == blocks_.size()) blocks_.push_back(std::make_unique<char[]>(block_bytes));
    char* const at = blocks_[block_].get() + used_bytes_;
    std::memcpy(at, text.data(), text.size());
    used_bytes_ += text.size();
    return {at, text.size()};
}

}  // namespace persandian
