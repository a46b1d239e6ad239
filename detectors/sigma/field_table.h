// SPDX-License-Identifier: Apache-2.0
//
// Slots: what rules read. A slot is a list of field names of which the first that is present in an
// event gives the values. The table knows every name that stands in some slot by a number.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace persandian::sigma {

using SlotId = std::uint32_t;
using NameId = std::uint32_t;

/// The values of all fields, for keywords.
inline constexpr SlotId keyword_slot = 0;
/// The field "event_type", or the event's own type when it has no such field.
inline constexpr SlotId type_slot = 1;
/// A name that no rule reads.
inline constexpr NameId no_name = UINT32_MAX;

class FieldTable {
  public:
    /// Between names of equal rank in one entry of a slot's names: all of them give values.
    static constexpr char joiner = '\x1f';

    /// One of a slot's names, in the order in which they are tried.
    struct Candidate {
        NameId name = no_name;
        bool joined = false;  ///< of equal rank with the one before it
    };

    FieldTable();
    /// The slot of these names; the same for the same names.
    SlotId intern(const std::vector<std::string>& names);
    /// After the last intern(): builds the lookup.
    void freeze();

    [[nodiscard]] std::size_t slot_count() const noexcept { return slots_.size(); }
    [[nodiscard]] std::size_t name_count() const noexcept { return names_.size(); }
    [[nodiscard]] const std::vector<std::string>& names(SlotId slot) const { return slots_[slot]; }
    [[nodiscard]] std::span<const Candidate> candidates(SlotId slot) const noexcept {
        return std::span(candidates_).subspan(begins_[slot], begins_[slot + 1] - begins_[slot]);
    }
    /// The slots that have the name among theirs, each once.
    [[nodiscard]] std::span<const SlotId> slots_of(NameId name) const noexcept {
        return std::span(slots_by_name_)
            .subspan(name_begins_[name], name_begins_[name + 1] - name_begins_[name]);
    }
    /// The number of a field's name; no_name when no slot has it. `hash` is field_name_hash(name),
    /// by which alone names are told apart: who makes an event with a name that collides with a
    /// rule's could as well have used the rule's. A name with spaces is also found as the name
    /// without them.
    [[nodiscard]] NameId find(std::uint64_t hash, std::string_view name) const noexcept {
        const NameId found = look_up(hash);
        if (found != no_name || name.find(' ') == std::string_view::npos) return found;
        return find_spaced(name);
    }

  private:
    struct Bucket {
        std::uint64_t hash = 0;
        NameId name = no_name;
    };
    [[nodiscard]] NameId look_up(std::uint64_t hash) const noexcept {
        const std::size_t mask = buckets_.size() - 1;
        std::size_t at = hash & mask;
        while (buckets_[at].name != no_name && buckets_[at].hash != hash) at = (at + 1) & mask;
        return buckets_[at].name;
    }
    void freeze_slots_of_names();
    [[nodiscard]] NameId find_spaced(std::string_view name) const noexcept;

    std::vector<std::vector<std::string>> slots_;
    std::map<std::vector<std::string>, SlotId> ids_;
    std::vector<std::string> names_;
    std::vector<Candidate> candidates_;       ///< of all slots, one after the other
    std::vector<std::uint32_t> begins_;       ///< per slot and one more: where its candidates begin
    std::vector<SlotId> slots_by_name_;       ///< of all names, one after the other
    std::vector<std::uint32_t> name_begins_;  ///< as begins_
    std::vector<Bucket> buckets_;             ///< open addressing; size is a power of two
};

}  // namespace persandian::sigma
