// SPDX-License-Identifier: Apache-2.0
//
// Slots: what rules read. A slot is a list of field names of which the first that is present in an
// event gives the values. The table finds, for a name of an event, the slots it feeds.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace persandian::sigma {

using SlotId = std::uint32_t;

/// The values of all fields, for keywords.
inline constexpr SlotId keyword_slot = 0;
/// The field "event_type", or the event's own type when it has no such field.
inline constexpr SlotId type_slot = 1;

class FieldTable {
  public:
    /// Between names of equal rank in one entry of a slot's names: all of them give values.
    static constexpr char joiner = '\x1f';

    /// A slot that a field name feeds, and how early the name stands among the slot's names.
    struct Use {
        SlotId slot = 0;
        std::uint32_t rank = 0;
    };

    FieldTable();
    /// The slot of these names; the same for the same names.
    SlotId intern(const std::vector<std::string>& names);
    /// After the last intern(): builds the lookup.
    void freeze();

    [[nodiscard]] std::size_t slot_count() const noexcept { return slots_.size(); }
    [[nodiscard]] const std::vector<std::string>& names(SlotId slot) const { return slots_[slot]; }
    /// What the field feeds; empty when no rule reads it. `hash` is field_name_hash(name). A name
    /// with spaces also feeds what the name without them would.
    [[nodiscard]] std::span<const Use> find(std::uint64_t hash,
                                            std::string_view name) const noexcept;

  private:
    struct Row {
        std::uint64_t hash = 0;
        std::string name;
        std::vector<Use> uses;
    };
    [[nodiscard]] std::span<const Use> look_up(std::uint64_t hash,
                                               std::string_view name) const noexcept;

    std::vector<std::vector<std::string>> slots_;
    std::map<std::vector<std::string>, SlotId> ids_;
    std::vector<Row> rows_;
    std::vector<std::uint32_t> buckets_;  ///< index in rows_ plus 1; size is a power of two
};

}  // namespace persandian::sigma
