// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/byte_sequence.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "detectors/base/ascii.h"
#include "detectors/base/byte_search.h"
#include "detectors/base/encoding.h"

namespace persandian::sigma {
namespace {

using Step = ByteSequence::Step;

int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char small = ascii_lower(c);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : 16;
}

std::optional<std::uint64_t> read_digits(std::string_view text, unsigned base) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    if (base == 16 && (text.starts_with("0x") || text.starts_with("0X"))) text.remove_prefix(2);
    std::optional<std::uint64_t> value;
    for (const char c : text) {
        const auto digit = static_cast<unsigned>(digit_of(c));
        if (digit >= base) break;
        value = value.value_or(0) * base + digit;
    }
    return value;
}

/// One search: goes through the steps, and back when a later one finds no place.
class Search {
  public:
    Search(const std::vector<Step>& steps, const std::vector<bool>& place_matters,
           std::string_view buffer, std::string_view lowered, Regex::MatchSpace& space)
        : steps_(steps),
          place_matters_(place_matters),
          buffer_(buffer),
          lowered_(lowered),
          space_(space) {}

    /// Whether the steps from `i` on find their places, the one before having ended at `position`.
    bool from(std::size_t i, std::size_t position) {
        for (; i < steps_.size(); ++i) {
            const Step& step = steps_[i];
            if (gave_up()) return false;
            if (step.kind == Step::Kind::text || step.kind == Step::Kind::regex) {
                if (!step.negated) return try_places(i, position);
                if (next_place(step, position, 0)) return false;
            } else if (step.kind == Step::Kind::jump) {
                const std::optional<std::size_t> target = jump(step, position);
                if (!target) return false;
                position = *target;
            } else if (!meets(step, position)) {
                return false;
            }
        }
        return true;
    }
    [[nodiscard]] bool gave_up() const { return work_ > ByteSequence::work_limit; }

  private:
    /// What a step may look at.
    struct Region {
        std::size_t begin = 0;
        std::size_t end = 0;
    };

    [[nodiscard]] Region region(const Step& step, std::size_t position) const {
        const auto size = static_cast<std::int64_t>(buffer_.size());
        const std::int64_t base =
            step.placed == Step::Placed::after_step ? static_cast<std::int64_t>(position) : 0;
        const std::int64_t end = step.span ? base + step.offset + *step.span : size;
        const std::int64_t begin = std::clamp<std::int64_t>(base + step.offset, 0, size);
        return {static_cast<std::size_t>(begin),
                static_cast<std::size_t>(std::clamp<std::int64_t>(end, begin, size))};
    }

    bool try_places(std::size_t i, std::size_t position) {
        const Step& step = steps_[i];
        std::size_t skipped = 0;
        while (const std::optional<Regex::Place> place = next_place(step, position, skipped)) {
            if (from(i + 1, place->end)) return true;
            if (!place_matters_[i] || gave_up()) return false;
            skipped = place->begin - region(step, position).begin + 1;
        }
        return false;
    }

    /// The first place that begins at least `skipped` bytes behind the region's begin.
    std::optional<Regex::Place> next_place(const Step& step, std::size_t position,
                                           std::size_t skipped) {
        const Region where = region(step, position);
        const std::size_t size = where.end - where.begin;
        for (; skipped <= size; ++skipped) {
            if (++work_ > ByteSequence::work_limit) return std::nullopt;
            const std::optional<Regex::Place> place = step.kind == Step::Kind::text
                                                          ? find_text(step, where, skipped)
                                                          : find_regex(step, where, skipped);
            if (!place || !step.at_end || place->end == buffer_.size()) return place;
            skipped = place->begin - where.begin;
        }
        return std::nullopt;
    }

    std::optional<Regex::Place> find_text(const Step& step, const Region& where,
                                          std::size_t skipped) const {
        const std::string_view looked_at =
            (step.cased ? buffer_ : lowered_).substr(0, where.end).substr(where.begin + skipped);
        const std::size_t at = step.at_end && !step.negated
                                   ? from_end(looked_at, step.text)
                                   : persandian::find(looked_at, step.text);
        if (at == std::string_view::npos) return std::nullopt;
        const std::size_t begin = where.begin + skipped + at;
        return Regex::Place{begin, begin + step.text.size()};
    }

    static std::size_t from_end(std::string_view text, std::string_view wanted) {
        return text.ends_with(wanted) ? text.size() - wanted.size() : std::string_view::npos;
    }

    std::optional<Regex::Place> find_regex(const Step& step, const Region& where,
                                           std::size_t skipped) const {
        const std::string_view subject =
            buffer_.substr(0, where.end).substr(where.begin);  // ^ is its begin
        std::optional<Regex::Place> place = step.regex->find_in(subject, skipped, space_);
        if (place) *place = {place->begin + where.begin, place->end + where.begin};
        return place;
    }

    [[nodiscard]] bool meets(const Step& step, std::size_t position) const {
        std::int64_t value = 0;
        if (step.kind == Step::Kind::remaining) {
            value = static_cast<std::int64_t>(buffer_.size() - position);
        } else {
            const std::optional<std::uint64_t> number =
                step.number.read(buffer_, place_of(step, position));
            if (!number) return false;
            value = static_cast<std::int64_t>(std::min<std::uint64_t>(*number, INT64_MAX));
        }
        const bool holds = std::all_of(step.tests.begin(), step.tests.end(),
                                       [&](const NumberTest& test) { return test.holds(value); });
        return holds != step.negated;
    }

    static std::int64_t place_of(const Step& step, std::size_t position) {
        const bool relative = step.placed == Step::Placed::after_step;
        return step.offset + (relative ? static_cast<std::int64_t>(position) : 0);
    }

    [[nodiscard]] std::optional<std::size_t> jump(const Step& step, std::size_t position) const {
        constexpr std::int64_t longest = std::int64_t{1} << 32;
        const std::int64_t at = place_of(step, position);
        const std::optional<std::uint64_t> number = step.number.read(buffer_, at);
        if (!number || *number > static_cast<std::uint64_t>(longest)) return std::nullopt;
        std::int64_t by = static_cast<std::int64_t>(*number) * step.multiply;
        if (step.align) by = (by + 3) / 4 * 4;
        const std::int64_t base =
            step.jump_from_start ? 0 : at + static_cast<std::int64_t>(step.number.bytes);
        const std::int64_t target = base + by + step.add;
        if (target < 0 || target > static_cast<std::int64_t>(buffer_.size())) return std::nullopt;
        return static_cast<std::size_t>(target);
    }

    const std::vector<Step>& steps_;
    const std::vector<bool>& place_matters_;
    std::string_view buffer_;
    std::string_view lowered_;
    Regex::MatchSpace& space_;
    std::uint32_t work_ = 0;
};

bool asks_place(const Step& step) {
    return step.placed == Step::Placed::after_step || step.kind == Step::Kind::remaining;
}

bool sets_place(const Step& step) {
    return step.kind == Step::Kind::jump ||
           (!step.negated && (step.kind == Step::Kind::text || step.kind == Step::Kind::regex));
}

std::string place_text(const Step& step) {
    if (step.placed == Step::Placed::anywhere) return step.at_end ? " at the end" : "";
    const bool relative = step.placed == Step::Placed::after_step;
    std::string out = fmt::format(" {} {}", relative ? "distance" : "offset", step.offset);
    if (step.span) out += fmt::format(" {} {}", relative ? "within" : "depth", *step.span);
    return out + (step.at_end ? " at the end" : "");
}

std::string number_text(const NumberSource& number) {
    std::string out = fmt::format(" of {} {}", number.bytes, number.base == 0 ? "bytes" : "digits");
    if (number.base != 0) out += fmt::format(" base {}", number.base);
    if (number.little_endian) out += " little-endian";
    if (number.mask != UINT64_MAX) out += fmt::format(" and {:#x}", number.mask);
    return out;
}

std::string step_text(const Step& step) {
    static constexpr std::array<std::string_view, 6> ops = {"<", "<=", ">", ">=", "=", "!="};
    static constexpr std::array<std::string_view, 5> kinds = {"text", "re", "remaining bytes",
                                                              "number", "jump by number"};
    std::string out = step.negated ? "not " : "";
    out += kinds[static_cast<std::size_t>(step.kind)];
    if (step.kind == Step::Kind::text || step.kind == Step::Kind::regex)
        out += fmt::format(" '{}'", escape_for_terminal(step.text));
    if (step.kind == Step::Kind::text && step.cased) out += " cased";
    if (step.kind == Step::Kind::number || step.kind == Step::Kind::jump)
        out += number_text(step.number);
    for (const NumberTest& test : step.tests)
        out += fmt::format(" {} {}", ops[static_cast<std::size_t>(test.op)], test.number);
    if (step.kind == Step::Kind::jump)
        out += fmt::format(" * {} + {}{}{}", step.multiply, step.add, step.align ? " aligned" : "",
                           step.jump_from_start ? " from the start" : "");
    return out + place_text(step);
}

}  // namespace

bool NumberTest::holds(std::int64_t value) const noexcept {
    switch (op) {
        case Op::lt:
            return value < number;
        case Op::lte:
            return value <= number;
        case Op::gt:
            return value > number;
        case Op::gte:
            return value >= number;
        case Op::eq:
            return value == number;
        case Op::neq:
            break;
    }
    return value != number;
}

std::optional<std::uint64_t> NumberSource::read(std::string_view buffer,
                                                std::int64_t at) const noexcept {
    const auto size = static_cast<std::int64_t>(buffer.size());
    if (at < 0 || at + static_cast<std::int64_t>(bytes) > size) return std::nullopt;
    const bool as_many_as_there_are = bytes == 0 && base != 0;
    const std::string_view text =
        buffer.substr(static_cast<std::size_t>(at), as_many_as_there_are ? max_digits : bytes);
    if (base != 0) {
        std::optional<std::uint64_t> digits = read_digits(text, base);
        if (digits) *digits &= mask;
        return digits;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i)
        value = value << 8U | static_cast<unsigned char>(text[little_endian ? bytes - 1 - i : i]);
    return value & mask;
}

ByteSequence::ByteSequence(std::vector<Step> steps)
    : steps_(std::move(steps)), place_matters_(steps_.size()) {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        any_uncased_ = any_uncased_ || (steps_[i].kind == Step::Kind::text && !steps_[i].cased);
        for (std::size_t later = i + 1; later < steps_.size(); ++later) {
            if (asks_place(steps_[later])) place_matters_[i] = true;
            if (sets_place(steps_[later])) break;
        }
    }
}

bool ByteSequence::found_in(std::string_view buffer, Scratch& scratch,
                            Regex::MatchSpace& space) const {
    if (any_uncased_) {
        scratch.lowered.resize(buffer.size());
        std::transform(buffer.begin(), buffer.end(), scratch.lowered.begin(),
                       [](char c) { return ascii_lower(c); });
    }
    Search search(steps_, place_matters_, buffer, any_uncased_ ? scratch.lowered : buffer, space);
    const bool found = search.from(0, 0);
    if (!found && search.gave_up()) ++scratch.gave_up_count;
    return found;
}

std::string ByteSequence::to_text() const {
    std::string out;
    for (const Step& step : steps_) out += (out.empty() ? "" : ", then ") + step_text(step);
    return out;
}

}  // namespace persandian::sigma
