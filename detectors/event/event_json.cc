// SPDX-License-Identifier: Apache-2.0
#include "detectors/event/event_json.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "detectors/base/encoding.h"

namespace persandian {
namespace {

/// Where the key that starts at `offset` ends: at the next dot, or at the end of the name.
std::size_t end_of_key(std::string_view name, std::size_t offset, std::size_t depth) {
    if (depth + 1 >= EveJsonWriter::max_depth) return name.size();
    return std::min(name.find('.', offset), name.size());
}

/// Order by name in which an object's members are neighbours: dots sort below everything else.
bool name_less(std::string_view a, std::string_view b) {
    const std::size_t common = std::min(a.size(), b.size());
    const auto [at_a, at_b] =
        std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(common), b.begin());
    if (at_a == a.begin() + static_cast<std::ptrdiff_t>(common)) return a.size() < b.size();
    if (*at_a == '.' || *at_b == '.') return *at_a == '.';
    return static_cast<unsigned char>(*at_a) < static_cast<unsigned char>(*at_b);
}

bool names_object(std::string_view name, std::string_view other) {
    return other.size() > name.size() && other[name.size()] == '.' && other.starts_with(name);
}

/// Whether `name` or an object around it is one of the keys that the writer itself fills.
bool is_reserved(std::string_view name) {
    const std::string_view first = name.substr(0, name.find('.'));
    return first == "timestamp" || first == "event_type";
}

/// Length in the bracketless name of the part that the last "[]" of `path` stands behind; npos:
/// none.
std::size_t list_position(std::string_view path) {
    const std::size_t last = path.rfind("[]");
    if (last == std::string_view::npos) return last;
    std::size_t brackets = 0;
    for (const char c : path.substr(0, last)) brackets += c == '[' || c == ']' ? 1 : 0;
    return last - brackets;
}

template <class Number>
void append_number(std::string& out, Number number) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    out.append(digits.data(), end.ptr);
}

}  // namespace

void append_eve_json(std::string& out, const Event& event) {
    EveJsonWriter writer;
    writer.append(out, event);
}

void EveJsonWriter::append(std::string& out, const Event& event) {
    out += "{\"timestamp\":\"";
    append_time(out, event.time());
    const Shape* const shape = shape_of(event);
    if (shape == nullptr) return append_rest(out, event);
    std::size_t written = 0;
    for (const Hole& hole : shape->holes) {
        out.append(shape->text, written, hole.offset - written);
        written = hole.offset;
        write_value(out, event.fields()[hole.field].value);
    }
    out.append(shape->text, written);
}

/// As format_eve(); events come many to a second.
void EveJsonWriter::append_time(std::string& out, Timestamp time) {
    constexpr std::int64_t ns = 1'000'000'000;
    const std::int64_t second = time.ns / ns - (time.ns % ns < 0 ? 1 : 0);
    if (second != second_) {
        second_ = second;
        second_text_ = format_eve(time);
        second_text_.resize(second_text_.size() - std::string_view("123456+0000").size());
    }
    out += second_text_;
    auto microseconds = static_cast<std::uint32_t>((time.ns - second * ns) / 1000);
    std::array<char, 6> digits{};
    for (std::size_t i = digits.size(); i-- > 0; microseconds /= 10)
        digits[i] = static_cast<char>('0' + microseconds % 10);
    out.append(digits.data(), digits.size());
    out += "+0000";
}

bool EveJsonWriter::read_shape(const Event& event, std::uint64_t& hash) {
    constexpr std::uint64_t mixing = 0x9E3779B97F4A7C15ULL;  // 2^64 / golden ratio
    if (event.fields().size() > max_shape_fields) return false;
    shape_.clear();
    hash = field_name_hash(event.type());
    for (const EventField& field : event.fields()) {
        if (field.declared == nullptr) return false;
        const bool is_bytes = field.value.kind() == Value::Kind::bytes;
        shape_.push_back({field.declared, field.element, is_bytes});
        hash ^= field.name_hash + field.element * 2U + (is_bytes ? 1U : 0U);
        hash = std::rotl(hash * mixing, 23);
    }
    return true;
}

const EveJsonWriter::Shape* EveJsonWriter::shape_of(const Event& event) {
    std::uint64_t hash = 0;
    if (!read_shape(event, hash)) return nullptr;
    const auto known = shapes_.find(hash);
    if (known != shapes_.end())
        return known->second.type == event.type() && known->second.fields == shape_ ? &known->second
                                                                                    : nullptr;
    if (shapes_.size() >= max_shapes) shapes_.clear();
    Shape& shape = shapes_[hash];
    shape.type = event.type();
    shape.fields = shape_;
    holes_ = &shape.holes;
    append_rest(shape.text, event);
    holes_ = nullptr;
    return &shape;
}

/// Everything behind the time.
void EveJsonWriter::append_rest(std::string& out, const Event& event) {
    collect(event);
    sort_by_name();
    for (std::size_t round = 0; round < max_depth && move_values_into_objects(); ++round)
        sort_by_name();
    out += "\",\"event_type\":";
    append_json_string(out, event.type());
    write_members(out, 0, items_.size(), 0, 0, true);
    out += '}';
}

void EveJsonWriter::collect(const Event& event) {
    items_.clear();
    groups_.clear();
    names_.clear();
    for (std::size_t i = 0; i < event.fields().size(); ++i) {
        const EventField& field = event.fields()[i];
        if (field.value.kind() == Value::Kind::bytes) continue;  // for rules only
        Item item;
        item.position = static_cast<std::uint32_t>(i);
        item.name = safe_name(field);
        item.field = &field;
        item.index = static_cast<std::uint32_t>(items_.size());
        if (field.declared != nullptr) item.list_end = list_position(field.declared->path());
        items_.push_back(item);
    }
}

std::string_view EveJsonWriter::safe_name(const EventField& field) {
    if (field.declared != nullptr) return field.name;
    const bool reserved = is_reserved(field.name);
    const bool readable = is_utf8(field.name);
    if (!reserved && readable) return field.name;
    std::string name = reserved ? "persandian.original." : "";
    for (const char c : field.name)
        name += !readable && static_cast<unsigned char>(c) > 127 ? '?' : c;
    names_.push_back(std::move(name));
    return names_.back();
}

void EveJsonWriter::sort_by_name() {
    std::sort(items_.begin(), items_.end(), [](const Item& a, const Item& b) {
        if (a.name == b.name) return a.index < b.index;
        return name_less(a.name, b.name);
    });
    for (std::size_t i = 0; i < items_.size(); ++i) items_[i].rank = static_cast<std::uint32_t>(i);
}

bool EveJsonWriter::move_values_into_objects() {
    bool moved = false;
    for (std::size_t begin = 0; begin < items_.size();) {
        const std::string_view name = items_[begin].name;
        std::size_t end = begin + 1;
        while (end < items_.size() && items_[end].name == name) ++end;
        if (end < items_.size() && names_object(name, items_[end].name)) {
            moved = true;
            names_.push_back(std::string(name) + ".value");
            for (std::size_t i = begin; i < end; ++i) {
                items_[i].name = names_.back();
                items_[i].list_end = std::string_view::npos;
            }
        }
        begin = end;
    }
    return moved;
}

void EveJsonWriter::write_members(std::string& out, std::size_t begin, std::size_t end,
                                  std::size_t offset, std::size_t depth, bool comma) {
    const std::size_t base = groups_.size();
    for (std::size_t i = begin; i < end;) {
        const std::string_view name = items_[i].name;
        const std::string_view key = name.substr(0, end_of_key(name, offset, depth));
        Group group{i, i, items_[i].index};
        while (group.end < end) {
            const Item& item = items_[group.end];
            if (item.name.substr(0, end_of_key(item.name, offset, depth)) != key) break;
            group.first_index = std::min(group.first_index, item.index);
            ++group.end;
        }
        i = group.end;
        groups_.push_back(group);
    }
    std::sort(groups_.begin() + static_cast<std::ptrdiff_t>(base), groups_.end(),
              [](const Group& a, const Group& b) { return a.first_index < b.first_index; });
    const std::size_t count = groups_.size();
    for (std::size_t i = base; i < count; ++i) {
        const Group group = groups_[i];
        const std::string_view name = items_[group.begin].name;
        const std::size_t key_end = end_of_key(name, offset, depth);
        if (comma) out += ',';
        comma = true;
        append_json_string(out, name.substr(offset, key_end - offset));
        out += ':';
        write_group(out, group, key_end, depth);
    }
    groups_.resize(base);
}

void EveJsonWriter::write_group(std::string& out, const Group& group, std::size_t key_end,
                                std::size_t depth) {
    if (key_end == items_[group.begin].name.size()) return write_leaf(out, group.begin, group.end);
    bool list = false;
    for (std::size_t i = group.begin; i < group.end; ++i)
        list = list || items_[i].list_end == key_end;
    if (list) return write_object_list(out, group, key_end + 1, depth);
    out += '{';
    write_members(out, group.begin, group.end, key_end + 1, depth + 1, false);
    out += '}';
}

void EveJsonWriter::write_object_list(std::string& out, const Group& group, std::size_t offset,
                                      std::size_t depth) {
    const auto first = items_.begin() + static_cast<std::ptrdiff_t>(group.begin);
    const auto last = items_.begin() + static_cast<std::ptrdiff_t>(group.end);
    std::sort(first, last, [](const Item& a, const Item& b) {
        if (a.field->element != b.field->element) return a.field->element < b.field->element;
        return a.rank < b.rank;
    });
    out += '[';
    for (std::size_t i = group.begin; i < group.end;) {
        std::size_t end = i + 1;
        while (end < group.end && items_[end].field->element == items_[i].field->element) ++end;
        out += i == group.begin ? "{" : ",{";
        write_members(out, i, end, offset, depth + 1, false);
        out += '}';
        i = end;
    }
    out += ']';
}

void EveJsonWriter::write_leaf(std::string& out, std::size_t begin, std::size_t end) {
    bool list = end - begin > 1;
    for (std::size_t i = begin; i < end; ++i)
        list = list || items_[i].list_end == items_[i].name.size();
    if (list) out += '[';
    for (std::size_t i = begin; i < end; ++i) {
        if (i != begin) out += ',';
        if (holes_ == nullptr) {
            write_value(out, items_[i].field->value);
        } else {
            holes_->push_back({static_cast<std::uint32_t>(out.size()), items_[i].position});
        }
    }
    if (list) out += ']';
}

void EveJsonWriter::write_value(std::string& out, const Value& value) {
    switch (value.kind()) {
        case Value::Kind::null:
            out += "null";
            return;
        case Value::Kind::boolean:
            out += value.as_boolean() ? "true" : "false";
            return;
        case Value::Kind::integer:
            append_number(out, value.as_integer());
            return;
        case Value::Kind::unsigned_integer:
            append_number(out, value.as_unsigned());
            return;
        case Value::Kind::real:
            if (!std::isfinite(value.as_real())) {
                out += "null";
            } else {
                fmt::format_to(std::back_inserter(out), "{}", value.as_real());
            }
            return;
        case Value::Kind::time:
            out += '"';
            append_time(out, value.as_time());
            out += '"';
            return;
        case Value::Kind::text:
        case Value::Kind::address:
        case Value::Kind::bytes:
            append_json_string(out, value.to_text(storage_));
            return;
    }
}

}  // namespace persandian
