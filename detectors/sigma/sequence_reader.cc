// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/sequence_reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "detectors/base/ascii.h"
#include "detectors/base/encoding.h"
#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {
namespace {

using yaml::Node;
using Step = ByteSequence::Step;

/// Farther than any buffer is long.
constexpr std::int64_t farthest_byte = 1 << 20;

struct KindWord {
    std::string_view word;
    Step::Kind kind;
};
constexpr std::array<KindWord, 6> kind_words = {{{"text", Step::Kind::text},
                                                 {"hex", Step::Kind::text},
                                                 {"re", Step::Kind::regex},
                                                 {"remaining", Step::Kind::remaining},
                                                 {"number", Step::Kind::number},
                                                 {"jump", Step::Kind::jump}}};

struct TestWord {
    std::string_view word;
    NumberTest::Op op;
};
constexpr std::array<TestWord, 6> test_words = {{{"lt", NumberTest::Op::lt},
                                                 {"lte", NumberTest::Op::lte},
                                                 {"gt", NumberTest::Op::gt},
                                                 {"gte", NumberTest::Op::gte},
                                                 {"eq", NumberTest::Op::eq},
                                                 {"neq", NumberTest::Op::neq}}};

class StepReader {
  public:
    StepReader(const Node& node, bool first, Problems& problems)
        : node_(node), first_(first), problems_(problems) {}

    Step read() {
        const std::size_t before = problems_.refused.size();
        for (const yaml::Entry& entry : node_.entries)
            if (!kind(entry) && !option(entry)) unknown(entry);
        if (kind_key_.empty() && problems_.refused.size() == before)
            problems_.refuse(node_.mark,
                             "a step needs one of text, hex, re, number, jump or remaining");
        if (problems_.refused.size() == before) finish();
        return std::move(step_);
    }

  private:
    bool kind(const yaml::Entry& entry) {
        const auto* const found =
            std::find_if(kind_words.begin(), kind_words.end(),
                         [&](const KindWord& known) { return known.word == entry.key; });
        if (found == kind_words.end()) return false;
        if (!kind_key_.empty()) {
            problems_.refuse(entry.mark,
                             fmt::format("a step is '{}' or '{}', not both: write two steps",
                                         kind_key_, entry.key));
            return true;
        }
        kind_key_ = found->word;
        step_.kind = found->kind;
        if (entry.key == "hex") step_.text = hex(entry.value);
        if (entry.key == "text" || entry.key == "re") step_.text = text(entry);
        if (entry.key == "re") regex(entry.value);
        if (entry.key == "remaining") tests(entry);
        if (entry.key == "number") number(entry, true);
        if (entry.key == "jump") number(entry, false);
        return true;
    }

    bool option(const yaml::Entry& entry) {
        const std::string_view key = entry.key;
        if (key == "offset" || key == "distance") {
            place(entry, key == "offset" ? Step::Placed::from_start : Step::Placed::after_step);
            step_.offset = integer(entry, key == "offset" ? 0 : -farthest_byte);
        } else if (key == "depth" || key == "within") {
            place(entry, key == "depth" ? Step::Placed::from_start : Step::Placed::after_step);
            step_.span = integer(entry, 1);
        } else if (key == "not") {
            step_.negated = flag(entry);
        } else if (key == "cased") {
            cased_ = flag(entry);
            only_with(entry, kind_words[0].kind, "text or hex");
        } else if (key == "end") {
            step_.at_end = flag(entry);
        } else {
            return false;
        }
        return true;
    }

    void unknown(const yaml::Entry& entry) {
        static const std::vector<std::string_view> known = {
            "text",  "hex",      "re",     "number", "jump",  "remaining", "offset",
            "depth", "distance", "within", "not",    "cased", "end"};
        problems_.refuse(entry.mark, fmt::format("unknown key '{}' in a step{}", entry.key,
                                                 suggestion(entry.key, known)));
    }

    void place(const yaml::Entry& entry, Step::Placed placed) {
        if (step_.placed != Step::Placed::anywhere && step_.placed != placed)
            problems_.refuse(entry.mark,
                             "offset and depth count from the buffer's start, distance and within "
                             "from the step before: one step has either");
        if (placed == Step::Placed::after_step && first_)
            problems_.refuse(entry.mark, fmt::format("'{}' needs a step before this one; write "
                                                     "offset and depth in the first",
                                                     entry.key));
        step_.placed = placed;
    }

    void only_with(const yaml::Entry& entry, Step::Kind kind, std::string_view words) {
        if (!kind_key_.empty() && step_.kind != kind)
            problems_.refuse(entry.mark, fmt::format("'{}' goes with {} only", entry.key, words));
    }

    std::string text(const yaml::Entry& entry) {
        std::string out = read_text(entry.value, entry.key, problems_);
        if (out.empty() && entry.value.is_scalar())
            problems_.refuse(entry.value.mark,
                             fmt::format("'{}' is empty and would stand everywhere", entry.key));
        return out;
    }

    std::string hex(const Node& node) {
        std::string digits = read_text(node, "hex", problems_);
        std::erase(digits, ' ');
        const std::optional<std::string> bytes = hex_decode(digits);
        if (!bytes || bytes->empty())
            problems_.refuse(node.mark, fmt::format("'{}' is not bytes in hexadecimal, as in "
                                                    "'0d 0a ff'",
                                                    node.text));
        return bytes.value_or(std::string());
    }

    void regex(const Node& node) {
        const RegexFlags flags{.bytes = true};
        if (const std::optional<std::string> fault = Regex::check(step_.text, flags)) {
            problems_.refuse(node.mark, "bad regular expression: " + *fault);
        } else {
            step_.regex = Regex::compile(step_.text, flags);
        }
    }

    void tests(const yaml::Entry& entry) {
        if (!is_map(entry)) return;
        for (const yaml::Entry& inner : entry.value.entries)
            if (!test(inner)) unknown_of_number(inner, entry.key);
        if (step_.tests.empty()) no_test(entry);
    }

    bool test(const yaml::Entry& entry) {
        for (const TestWord& known : test_words) {
            if (known.word != entry.key) continue;
            step_.tests.push_back({known.op, integer(entry, INT64_MIN, INT64_MAX)});
            return true;
        }
        return false;
    }

    void number(const yaml::Entry& entry, bool is_test) {
        if (!is_map(entry)) return;
        for (const yaml::Entry& inner : entry.value.entries)
            if (!number_option(inner) && !(is_test ? test(inner) : jump_option(inner)))
                unknown_of_number(inner, entry.key);
        NumberSource& source = step_.number;
        if (source.base == 0 && source.bytes > 8)
            problems_.refuse(entry.mark, fmt::format("'bytes' of '{}' is at most 8; with a base "
                                                     "at most {}",
                                                     entry.key, NumberSource::max_digits));
        if (is_test && step_.tests.empty()) no_test(entry);
    }

    bool number_option(const yaml::Entry& entry) {
        NumberSource& source = step_.number;
        if (entry.key == "bytes") {
            source.bytes = static_cast<std::size_t>(integer(entry, 0, NumberSource::max_digits));
        } else if (entry.key == "base") {
            source.base = static_cast<unsigned>(integer(entry, 8, 16));
            if (source.base != 8 && source.base != 10 && source.base != 16)
                problems_.refuse(entry.value.mark, "'base' is 8, 10 or 16");
        } else if (entry.key == "order") {
            const std::string order = read_text(entry.value, "order", problems_);
            source.little_endian = order == "little";
            if (order != "little" && order != "big")
                problems_.refuse(entry.value.mark, "'order' is big or little");
        } else if (entry.key == "and") {
            source.mask = mask(entry);
        } else {
            return false;
        }
        return true;
    }

    bool jump_option(const yaml::Entry& entry) {
        if (entry.key == "multiply") {
            step_.multiply = integer(entry, 1);
        } else if (entry.key == "add") {
            step_.add = integer(entry, -farthest_byte);
        } else if (entry.key == "align") {
            step_.align = flag(entry);
        } else if (entry.key == "from_start") {
            step_.jump_from_start = flag(entry);
        } else {
            return false;
        }
        return true;
    }

    bool is_map(const yaml::Entry& entry) {
        if (entry.value.is_map()) return true;
        problems_.refuse(entry.value.mark,
                         fmt::format("'{}' must be a map, as in {}", entry.key,
                                     entry.key == "remaining" ? "{gte: 10}" : "{bytes: 2, gt: 7}"));
        return false;
    }

    void no_test(const yaml::Entry& entry) {
        problems_.refuse(entry.mark, fmt::format("'{}' compares with nothing: it needs lt, lte, "
                                                 "gt, gte, eq or neq",
                                                 entry.key));
    }

    void unknown_of_number(const yaml::Entry& entry, std::string_view of) {
        static const std::vector<std::string_view> of_remaining = {"lt",  "lte", "gt",
                                                                   "gte", "eq",  "neq"};
        static const std::vector<std::string_view> of_number = {
            "bytes", "base", "order", "and", "lt", "lte", "gt", "gte", "eq", "neq"};
        static const std::vector<std::string_view> of_jump = {
            "bytes", "base", "order", "and", "multiply", "add", "align", "from_start"};
        const auto& known =
            of == "remaining" ? of_remaining : (of == "number" ? of_number : of_jump);
        problems_.refuse(entry.mark, fmt::format("unknown key '{}' in '{}'{}", entry.key, of,
                                                 suggestion(entry.key, known)));
    }

    std::int64_t integer(const yaml::Entry& entry, std::int64_t least,
                         std::int64_t most = farthest_byte) {
        const std::optional<long long> number = entry.value.as_integer();
        if (number && *number >= least && *number <= most) return *number;
        problems_.refuse(entry.value.mark,
                         number ? fmt::format("'{}' must be from {} to {}", entry.key, least, most)
                                : fmt::format("'{}' must be a whole number", entry.key));
        return least;
    }

    /// Decimal, or hexadecimal after 0x.
    std::uint64_t mask(const yaml::Entry& entry) {
        std::string_view digits = entry.value.text;
        const int base = digits.starts_with("0x") ? 16 : 10;
        if (base == 16) digits.remove_prefix(2);
        std::uint64_t out = 0;
        const char* const end = digits.data() + digits.size();
        const auto [rest, error] = std::from_chars(digits.data(), end, out, base);
        if (error != std::errc() || rest != end)
            problems_.refuse(entry.value.mark, "'and' must be a number, as in 0xff");
        return out;
    }

    bool flag(const yaml::Entry& entry) {
        const std::optional<bool> value = entry.value.as_boolean();
        if (!value)
            problems_.refuse(entry.value.mark, fmt::format("'{}' is true or false", entry.key));
        return value.value_or(false);
    }

    void finish() {
        const bool searched = step_.kind == Step::Kind::text || step_.kind == Step::Kind::regex;
        if (cased_) only_text("cased");
        if (!searched && (step_.at_end || step_.span))
            problems_.refuse(node_.mark, "depth, within and end go with text, hex and re only");
        if (step_.kind == Step::Kind::remaining && step_.placed != Step::Placed::anywhere)
            problems_.refuse(node_.mark,
                             "'remaining' counts from the end of the step before and "
                             "takes no place of its own");
        if (step_.kind == Step::Kind::jump && step_.negated)
            problems_.refuse(node_.mark, "'not' does not go with 'jump'");
        // hex means just these bytes unless told otherwise
        step_.cased = cased_.value_or(kind_key_ == "hex");
        if (step_.kind == Step::Kind::text && !step_.cased) step_.text = ascii_lower(step_.text);
        const bool anywhere = step_.placed == Step::Placed::anywhere;
        if (anywhere && (step_.kind == Step::Kind::number || step_.kind == Step::Kind::jump))
            step_.placed = first_ ? Step::Placed::from_start : Step::Placed::after_step;
    }

    void only_text(std::string_view key) {
        if (step_.kind != Step::Kind::text)
            problems_.refuse(node_.mark, fmt::format("'{}' goes with text and hex only", key));
    }

    const Node& node_;
    bool first_;
    Problems& problems_;
    Step step_;
    std::string_view kind_key_;
    std::optional<bool> cased_;
};

}  // namespace

std::shared_ptr<const ByteSequence> read_sequence(const Node& node, Problems& problems) {
    const std::size_t before = problems.refused.size();
    if (!node.is_sequence() || node.items.empty())
        problems.refuse(node.mark,
                        "'sequence' needs a list of steps, as in [{text: abc}, {hex: "
                        "'0d 0a', distance: 0}]");
    if (node.items.size() > ByteSequence::max_steps)
        problems.refuse(node.mark, fmt::format("{} steps are too many: at most {}",
                                               node.items.size(), ByteSequence::max_steps));
    std::vector<Step> steps;
    for (const Node& one : node.items) {
        if (one.is_map()) {
            steps.push_back(StepReader(one, steps.empty(), problems).read());
        } else {
            problems.refuse(one.mark, fmt::format("a step must be a map as {{text: abc}}, not {}",
                                                  describe(one)));
        }
    }
    if (problems.refused.size() != before) return nullptr;
    return std::make_shared<const ByteSequence>(std::move(steps));
}

}  // namespace persandian::sigma
