// SPDX-License-Identifier: Apache-2.0
//
// JsonFlattener: the fields of one JSON object (RFC 8259), with dotted names, into an event.
// {"a":{"b":1}} is a.b = 1, a list is its name repeated with the index of each element.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "detectors/event/event.h"
#include "detectors/logs/json_names.h"
#include "detectors/logs/json_texts.h"

namespace persandian::logs {

/// One per line; recursion is bounded by max_depth.
class JsonFlattener {
  public:
    static constexpr unsigned max_depth = 32;
    static constexpr std::size_t max_fields = 2048;

    /// `text` must be as JsonNames::find() asks and have a NUL behind it; `tokens` as
    /// JsonTokens::find() gives them and not empty. Fields are views of `text`, `names`, `texts`.
    JsonFlattener(std::string_view text, std::span<const std::uint32_t> tokens, Event& event,
                  JsonNames& names, JsonTexts& texts, int zone_offset_minutes);

    /// Adds all fields; false when the text is anything but one object. Fields may have been added
    /// nevertheless.
    [[nodiscard]] bool run();
    /// The time of what happened, from the most telling of the names that programs give it.
    [[nodiscard]] std::optional<Timestamp> time() const noexcept { return time_; }
    /// Whether a limit left something out.
    [[nodiscard]] bool cut() const noexcept { return cut_; }

  private:
    // Each takes its tokens away and says whether they were what they should be. `depth`: how many
    // objects and lists are open. `element`: index in the innermost list.
    [[nodiscard]] bool object(JsonName& of, unsigned depth, std::size_t element);
    [[nodiscard]] bool array(JsonName& name, unsigned depth);
    [[nodiscard]] bool value(JsonName& name, unsigned depth, std::size_t element);
    [[nodiscard]] bool too_deep(const JsonName& name, std::size_t element);
    [[nodiscard]] bool text_value(const JsonName& name, std::size_t element);
    [[nodiscard]] bool scalar(const JsonName& name, std::size_t element);

    /// Of the key in hand.
    [[nodiscard]] JsonName& new_name(JsonName& of);
    [[nodiscard]] bool admits(const JsonName& name);
    void add(const Value& value, const JsonName& name, std::size_t element);
    void note_time(const Value& value, const JsonName& name);

    /// The first byte of the token in hand; behind the last one, NUL.
    [[nodiscard]] const char* here() const { return text_.data() + *at_; }
    /// Takes the token in hand away if it is `c`.
    [[nodiscard]] bool take(char c) {
        if (*here() != c) return false;
        ++at_;
        return true;
    }
    /// The token in hand up to the next, without the blanks between.
    [[nodiscard]] std::string_view token() const;
    /// The string in hand, escapes and all.
    [[nodiscard]] std::string_view text_in_quotes() const;

    std::string_view text_;
    const std::uint32_t* at_;
    const std::uint32_t* end_;
    Event& event_;
    JsonNames& names_;
    JsonTexts& texts_;
    int zone_;
    std::size_t count_ = 0;
    std::optional<Timestamp> time_;
    std::uint8_t time_rank_ = JsonNames::no_time;
    bool cut_ = false;
};

}  // namespace persandian::logs
