// SPDX-License-Identifier: Apache-2.0
#include "detectors/logs/json_names.h"

#include <algorithm>
#include <cstring>

#include "detectors/event/common_fields.h"

namespace persandian::logs {
namespace {

// Where programs put the time of what happened, most telling first.
constexpr std::array<std::string_view, JsonNames::no_time> time_names = {
    "@timestamp", "timestamp", "UtcTime",   "EventTime", "TimeCreated",
    "SystemTime", "time",      "eventTime", "ts",        "TimeGenerated"};

// Of the room: a line may not describe itself.
constexpr std::array<const Field*, 6> reserved = {&fields::log_format,  &fields::log_source,
                                                  &fields::log_line,    &fields::log_raw,
                                                  &fields::log_message, &fields::log_truncated};

std::uint8_t time_rank(std::string_view path) {
    if (path == "Event.System.TimeCreated.SystemTime") path = "SystemTime";
    const auto found = std::find(time_names.begin(), time_names.end(), path);
    return static_cast<std::uint8_t>(found - time_names.begin());
}

bool is_reserved(std::string_view path) {
    return std::any_of(reserved.begin(), reserved.end(),
                       [&](const Field* field) { return field->name() == path; });
}

void set_quoted(JsonName& name, std::string_view key) {
    const std::size_t size = key.size() + 1;
    const std::size_t words = (size + 7) / 8;
    if (words > JsonName::max_quoted_words) return;
    char* const bytes = static_cast<char*>(static_cast<void*>(name.quoted.data()));
    std::memcpy(bytes, key.data(), key.size());
    bytes[key.size()] = '"';
    name.quoted_words = static_cast<std::uint8_t>(words);
    std::memset(&name.last_mask, 0xFF, size - 8 * (words - 1));
}

/// The key up to its quote; empty when it has escapes or is too long to be remembered.
std::string_view plain_key(const char* raw) noexcept {
    const void* const quote = std::memchr(raw, '"', JsonNames::max_path_bytes);
    if (quote == nullptr) return {};
    const std::string_view key(raw,
                               static_cast<std::size_t>(static_cast<const char*>(quote) - raw));
    return std::memchr(key.data(), '\\', key.size()) == nullptr ? key : std::string_view();
}

/// A number in [0, 1024) that tells the keys of usual objects apart.
std::size_t cache_place(const JsonName& parent, std::string_view key) noexcept {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    const std::size_t size = std::min(key.size(), sizeof begin);
    std::memcpy(&begin, key.data(), size);
    std::memcpy(&end, key.data() + key.size() - size, size);
    const std::uint64_t mixed =
        (begin ^ (end << 1U) ^ key.size() ^ parent.hash) * 0x9E3779B97F4A7C15ULL;
    return mixed >> 54U;
}

}  // namespace

JsonName* JsonNames::look_up(const JsonName& parent, const char* raw) const noexcept {
    const std::string_view key = plain_key(raw);
    if (key.empty()) return nullptr;
    JsonName* const cached = cache_[cache_place(parent, key)];
    return cached != nullptr && cached->parent == &parent && stands_at(*cached, raw) ? cached
                                                                                     : nullptr;
}

JsonName& JsonNames::add(JsonName& parent, std::string_view key, const char* raw) {
    const std::string_view plain = plain_key(raw);
    if (const auto known = parent.members.find(key); known != parent.members.end()) {
        if (plain == key) cache_[cache_place(parent, key)] = known->second;
        return *known->second;
    }
    const bool remembered = names_.size() < max_names && parent.path.size() <= max_path_bytes;
    JsonName& name = remembered ? names_.emplace_back() : beyond_.emplace_back();
    name.parent = &parent;
    name.path = parent.path;
    if (!name.path.empty()) name.path += '.';
    name.path += key;
    name.field = is_reserved(name.path) ? "json." + name.path : name.path;
    name.hash = field_name_hash(name.field);
    name.time_rank = time_rank(name.path);
    name.is_kept = remembered;
    name.is_too_long = name.path.size() > max_path_bytes;
    if (!remembered) return name;
    parent.members.emplace(key, &name);
    if (!plain.empty() && plain == key) {
        set_quoted(name, key);
        cache_[cache_place(parent, key)] = &name;
    }
    return name;
}

}  // namespace persandian::logs
