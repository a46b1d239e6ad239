// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/predicate.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "detectors/base/byte_search.h"

namespace persandian::sigma {
namespace {

constexpr std::size_t long_exact_list = 5;
constexpr std::size_t long_contains_list = 12;

bool compares(int order, Comparison comparison) {
    switch (comparison) {
        case Comparison::lt:
            return order < 0;
        case Comparison::lte:
            return order <= 0;
        case Comparison::gt:
            return order > 0;
        case Comparison::gte:
            return order >= 0;
    }
    return false;
}

bool inside(const IpNetwork& network, EventView& view, SlotValue& value) {
    if (value.value->kind() == Value::Kind::address)
        return network.contains(value.value->as_address());
    if (value.value->kind() != Value::Kind::text) return false;
    const std::optional<IpAddress> address = IpAddress::parse(view.text(value));
    return address && network.contains(*address);
}

std::string_view comparison_words(Comparison comparison) {
    static constexpr std::array<std::string_view, 4> words = {"is less than", "is at most",
                                                              "is more than", "is at least"};
    return words[static_cast<std::size_t>(comparison)];
}

std::string_view part_words(TimePart part) {
    static constexpr std::array<std::string_view, 6> words = {"minute", "hour",  "day",
                                                              "week",   "month", "year"};
    return words[static_cast<std::size_t>(part)];
}

}  // namespace

void Predicate::prepare(DerivedCache* cache) {
    if (kind == Kind::exact && literals.size() >= long_exact_list)
        exact_set_ = std::make_unique<std::unordered_set<std::string_view>>(literals.begin(),
                                                                            literals.end());
    if (kind == Kind::contains && literals.size() >= long_contains_list)
        matcher_ = std::make_unique<LiteralMatcher>(literals, cache);
    for (const std::string& text : regex_texts)
        regexes.push_back(Regex::compile(text, regex_flags));
}

void Predicate::prepare(MatchScratch& scratch) const {
    if (matcher_) matcher_->prepare(scratch.literals);
}

unsigned Predicate::cost() const noexcept {
    const auto count = static_cast<unsigned>(std::max<std::size_t>(1, operand_count()));
    const unsigned spread = slot == keyword_slot ? 20 : 1;
    switch (kind) {
        case Kind::exact:
            return spread * std::min(count, 4U);
        case Kind::contains:
            return spread * std::min(4 * count, 50U);
        case Kind::regex:
        case Kind::sequence:
            return spread * 100 * count;
        case Kind::glob:
            return spread * 8 * count;
        case Kind::anything:
        case Kind::null:
        case Kind::present:
        case Kind::absent:
            return 1;
        case Kind::prefix:
        case Kind::suffix:
        case Kind::network:
        case Kind::compare:
        case Kind::field:
        case Kind::time_part:
            break;
    }
    return spread * 2 * count;
}

bool Predicate::holds(EventView& view, MatchScratch& scratch) const {
    const std::uint32_t first = view.first(slot);
    if (kind == Kind::present) return first != 0;
    if (kind == Kind::absent) return first == 0;
    if (first == 0) return kind == Kind::null;
    if (kind == Kind::field) (void)view.first(other_slot);  // before values are referred to
    for (std::uint32_t i = first; i != 0; i = view.value(i).next)
        if (value_meets(view, view.value(i), scratch)) return true;
    return false;
}

bool Predicate::find(EventView& view, MatchScratch& scratch, Hit& hit) const {
    if (!holds(view, scratch)) return false;
    hit = {view.first(slot), 0};
    for (std::uint32_t i = hit.value; i != 0; i = view.value(i).next) {
        for (std::size_t operand = 0; operand < operand_count(); ++operand) {
            if (!operand_meets(operand, view, view.value(i), scratch)) continue;
            hit = {i, operand};
            return true;
        }
    }
    return true;
}

bool Predicate::value_meets(EventView& view, SlotValue& value, MatchScratch& scratch) const {
    if (kind == Kind::null) return value.value->is_null();
    if (value.value->is_null()) return false;
    if (exact_set_) return exact_set_->contains(cased ? view.text(value) : view.folded(value));
    if (matcher_)
        return matcher_->any_in(cased ? view.text(value) : view.folded(value), scratch.literals);
    if (kind == Kind::anything) return true;
    for (std::size_t i = 0; i < operand_count(); ++i)
        if (operand_meets(i, view, value, scratch)) return true;
    return false;
}

bool Predicate::operand_meets(std::size_t i, EventView& view, SlotValue& value,
                              MatchScratch& scratch) const {
    if (kind == Kind::null) return value.value->is_null();
    if (kind == Kind::present) return true;
    if (value.value->is_null()) return false;
    const auto text = [&] { return cased ? view.text(value) : view.folded(value); };
    switch (kind) {
        case Kind::exact:
            return text() == literals[i];
        case Kind::prefix:
            return text().starts_with(literals[i]);
        case Kind::suffix:
            return text().ends_with(literals[i]);
        case Kind::contains:
            return contains(text(), literals[i]);
        case Kind::glob:
            return patterns[i].matches(text());
        case Kind::regex:
            return regexes[i] != nullptr && regexes[i]->found_in(view.text(value), scratch.regex);
        case Kind::network:
            return inside(operands[i].network, view, value);
        case Kind::compare: {
            const std::optional<Number> number = to_number(*value.value);
            return number &&
                   compares(sigma::compare(*number, operands[i].number), operands[i].comparison);
        }
        case Kind::field:
            return other_field_meets(view, value, operands[i].open_start, operands[i].open_end);
        case Kind::time_part:
            return time_part_of(*value.value, operands[i].part) == operands[i].number.integer;
        case Kind::sequence:
            return operands[i].sequence->found_in(view.text(value), scratch.sequence,
                                                  scratch.regex);
        case Kind::anything:
            return true;
        case Kind::null:
        case Kind::present:
        case Kind::absent:
            break;
    }
    return false;
}

bool Predicate::other_field_meets(EventView& view, SlotValue& value, bool open_start,
                                  bool open_end) const {
    const std::string_view mine = cased ? view.text(value) : view.folded(value);
    for (std::uint32_t i = view.first(other_slot); i != 0; i = view.value(i).next) {
        SlotValue& other = view.value(i);
        if (other.value->is_null()) continue;
        const std::string_view theirs = cased ? view.text(other) : view.folded(other);
        if (open_start && open_end ? contains(mine, theirs)
            : open_start           ? mine.ends_with(theirs)
            : open_end             ? mine.starts_with(theirs)
                                   : mine == theirs)
            return true;
    }
    return false;
}

std::string Predicate::describe(std::size_t operand) const {
    const std::string_view shown = operand < written.size() ? written[operand] : std::string_view();
    switch (kind) {
        case Kind::exact:
            return fmt::format("equals '{}'", shown);
        case Kind::prefix:
            return fmt::format("starts with '{}'", shown);
        case Kind::suffix:
            return fmt::format("ends with '{}'", shown);
        case Kind::contains:
            return fmt::format("contains '{}'", shown);
        case Kind::glob:
            return fmt::format("fits '{}'", shown);
        case Kind::regex:
            return fmt::format("matches /{}/", shown);
        case Kind::network:
            return fmt::format("is inside {}", shown);
        case Kind::compare:
            return fmt::format("{} {}", comparison_words(operands[operand].comparison), shown);
        case Kind::field:
            return fmt::format("equals the field {}", shown);
        case Kind::sequence:
            return fmt::format("holds {}", shown);
        case Kind::time_part:
            return fmt::format("has {} {}", part_words(operands[operand].part), shown);
        case Kind::null:
            return "is absent or null";
        case Kind::absent:
            return "is absent";
        case Kind::anything:
        case Kind::present:
            break;
    }
    return "is present";
}

}  // namespace persandian::sigma
