// SPDX-License-Identifier: Apache-2.0
//
// Writes an Event as one EVE-compatible JSON object (the shape of Suricata 8's eve.json), so that
// the field's tools read our events at once. Only a writer: reading JSON is the logs room's work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "detectors/event/event.h"

namespace persandian {

/// Turns the flat list of an event into nested JSON. Keeps its scratch memory, so a writer that is
/// reused allocates nothing after warm-up. Not thread-safe; one per thread. What stands between the
/// values follows from the event's type and its fields alone: it is worked out once for each such
/// shape of declared fields (at most max_shapes, then anew) and remembered.
///
/// The object starts with "timestamp" (format_eve) and "event_type"; the fields follow:
/// * Dots nest. Fields of one object may be added in any order and at any distance: they are
///   grouped, and every object's keys stand in the order of their first appearance.
/// * "[]" in a declared path makes a list: of scalars when nothing follows ("vlan[]"), of objects
///   otherwise ("dns.answers[].rdata"; EventField::element says which object, ascending, without
///   place-holders for missing ones). With several "[]" on a path only the last one is a list.
/// * A name that occurs twice in one object without "[]" becomes a list as well. So no object ever
///   has a duplicate key.
/// * A value whose name is also an object's ("a" beside "a.b") moves into it as "a.value".
/// * Foreign names "timestamp" and "event_type" move to "persandian.original".
/// * Foreign names that are not UTF-8 get '?' for each byte above 127. Text that is not UTF-8 gets
///   U+FFFD. Real numbers without a JSON form (NaN, infinities) become null.
/// * Nesting ends at max_depth; the rest of a longer name stays one key with dots.
class EveJsonWriter {
  public:
    static constexpr std::size_t max_depth = 16;
    static constexpr std::size_t max_shapes = 1024;  ///< remembered
    static constexpr std::size_t max_shape_fields =
        256;  ///< larger events are worked out each time

    /// Appends the object without a line end.
    void append(std::string& out, const Event& event);

  private:
    struct Item {
        std::string_view name;              ///< dotted, as grouped
        const EventField* field = nullptr;  ///< into the event
        std::uint32_t index = 0;            ///< order of adding
        std::uint32_t position = 0;         ///< in the event
        std::uint32_t rank = 0;             ///< order by name, then by index
        std::size_t list_end =
            std::string_view::npos;  ///< where in `name` the list ends; npos: none
    };
    /// Neighbouring items that share a key.
    struct Group {
        std::size_t begin = 0, end = 0;
        std::uint32_t first_index = 0;
    };

    /// One field as far as the text between the values depends on it.
    struct ShapeField {
        const Field* declared = nullptr;
        std::uint32_t element = 0;
        bool is_bytes = false;
        bool operator==(const ShapeField&) const = default;
    };
    /// A place in the text for the value of a field.
    struct Hole {
        std::uint32_t offset = 0;
        std::uint32_t field = 0;
    };
    struct Shape {
        std::string_view type;
        std::vector<ShapeField> fields;
        std::string text;  ///< from "event_type" on, without the values
        std::vector<Hole> holes;
    };

    /// Null for events with foreign fields, or too many.
    const Shape* shape_of(const Event& event);
    [[nodiscard]] bool read_shape(const Event& event, std::uint64_t& hash);
    void append_time(std::string& out, Timestamp time);
    void append_rest(std::string& out, const Event& event);
    void collect(const Event& event);
    std::string_view safe_name(const EventField& field);
    void sort_by_name();
    bool move_values_into_objects();
    void write_members(std::string& out, std::size_t begin, std::size_t end, std::size_t offset,
                       std::size_t depth, bool comma);
    void write_group(std::string& out, const Group& group, std::size_t key_end, std::size_t depth);
    void write_object_list(std::string& out, const Group& group, std::size_t offset,
                           std::size_t depth);
    void write_leaf(std::string& out, std::size_t begin, std::size_t end);
    void write_value(std::string& out, const Value& value);

    std::vector<Item> items_;
    std::vector<Group> groups_;      ///< stack of the levels being written
    std::deque<std::string> names_;  ///< names that had to be changed
    std::string storage_;
    std::unordered_map<std::uint64_t, Shape> shapes_;  ///< by hash
    std::vector<ShapeField> shape_;                    ///< of the event at work
    std::vector<Hole>* holes_ = nullptr;  ///< not null: leave holes instead of writing values
    std::int64_t second_ = INT64_MIN;     ///< of second_text_
    std::string second_text_;             ///< "2026-08-15T10:24:01."
};

/// As EveJsonWriter::append, with a writer of its own. For cold paths and tests.
void append_eve_json(std::string& out, const Event& event);

}  // namespace persandian
