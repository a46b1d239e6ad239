// SPDX-License-Identifier: Apache-2.0
//
// JsonNames: the keys that a source's JSON objects have, each with its dotted name made once. Lines
// of one program repeat the same keys in the same order, so the key that followed last time is
// tried first, and most keys cost one comparison and no hashing.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace persandian::logs {

/// A key in its object, and the field that it is in an event. What every field of every line needs
/// stands first.
struct JsonName {
    /// Longer keys are looked up each time.
    static constexpr std::size_t max_quoted_words = 5;

    /// The key and its closing quote, filled up with NUL to whole words.
    std::array<std::uint64_t, max_quoted_words> quoted{};
    std::uint64_t last_mask = 0;    ///< the bytes that count in the last word
    std::uint8_t quoted_words = 0;  ///< 0: too long, written with escapes, or of this line only
    std::uint8_t time_rank = 0;     ///< how telling of the event's time, 0 the most; no_time: not
    bool is_kept = false;           ///< outlives the line
    bool is_too_long = false;       ///< no field is made of it
    std::uint64_t hash = 0;         ///< field_name_hash(field)
    std::string field;  ///< the event's name: `path`, below "json." when the room needs it itself
    JsonName* follower = nullptr;  ///< in the same object, what stood after it last time
    JsonName* first = nullptr;     ///< of its members, the one that stood first last time

    std::string path;  ///< the keys from the outermost object on, joined by dots
    const JsonName* parent = nullptr;
    std::map<std::string, JsonName*, std::less<>> members;
};

/// Bounded: beyond max_names, names are made anew for each line. Names stay where they are as long
/// as the table; those beyond the limit until the next begin_line().
class JsonNames {
  public:
    static constexpr std::size_t max_names = 8192;
    static constexpr std::size_t max_path_bytes = 512;
    /// How far a comparison may read beyond the end of the JSON text.
    static constexpr std::size_t padding_bytes = max_path_bytes + 2 * sizeof(std::uint64_t);
    static constexpr std::uint8_t no_time = 10;

    void begin_line() { beyond_.clear(); }
    /// The outermost object.
    [[nodiscard]] JsonName& top() noexcept { return top_; }

    /// The member of `parent` whose key begins at `raw`, just after its quote, in a buffer with
    /// padding_bytes behind the text; null when it is not remembered. `guess` is tried first.
    [[nodiscard]] JsonName* find(const JsonName& parent, JsonName* guess,
                                 const char* raw) const noexcept {
        return guess != nullptr && stands_at(*guess, raw) ? guess : look_up(parent, raw);
    }
    /// The member called `key` (escapes resolved), made when it is new. `raw` as in find().
    [[nodiscard]] JsonName& add(JsonName& parent, std::string_view key, const char* raw);

  private:
    static constexpr std::size_t cache_size = 1024;

    static bool stands_at(const JsonName& name, const char* raw) noexcept {
        const std::size_t size = name.quoted_words;
        if (size == 0) return false;
        const auto word_at = [raw](std::size_t i) {
            std::uint64_t word = 0;
            std::memcpy(&word, raw + i * sizeof word, sizeof word);
            return word;
        };
        for (std::size_t i = 0; i + 1 < size; ++i)
            if (word_at(i) != name.quoted[i]) return false;
        return (word_at(size - 1) & name.last_mask) == name.quoted[size - 1];
    }
    [[nodiscard]] JsonName* look_up(const JsonName& parent, const char* raw) const noexcept;

    JsonName top_;
    std::deque<JsonName> names_;
    std::deque<JsonName> beyond_;
    std::array<JsonName*, cache_size> cache_{};
};

}  // namespace persandian::logs
