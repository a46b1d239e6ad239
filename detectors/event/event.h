// SPDX-License-Identifier: Apache-2.0
//
// Event: one thing that happened, as a flat list of named values. Produced by protocol and log
// parsers, consumed by rules, behaviours and writers. A nested JSON object is flattened to dotted
// names; a list is the same name repeated, each entry with the element it belongs to.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/base/bytes.h"
#include "detectors/base/timestamp.h"
#include "detectors/event/field.h"
#include "detectors/event/value.h"

namespace persandian {

/// One named value of an event.
struct EventField {
    std::string_view name;        ///< dotted, without brackets; valid as long as the event
    std::uint64_t name_hash = 0;  ///< field_name_hash(name)
    Value value;
    const Field* declared = nullptr;  ///< null when the name came from outside (JSON logs)
    std::uint16_t element = 0;        ///< index in the innermost list on its path
};

/// What an event was made from, so that a finding can keep it as evidence. Views valid as long as
/// the event is on its way through sinks.
struct Origin {
    enum class Kind : std::uint8_t { none, packet, log_line };
    Kind kind = Kind::none;
    ByteView bytes;               ///< the frame, or the raw log line
    std::uint32_t link_type = 0;  ///< packets only
    std::uint32_t wire_length_bytes = 0;
    Timestamp time;
    std::string_view source_name;  ///< capture file, interface, log file
    std::uint64_t number = 0;      ///< packet or line number in its source, from 1
};

/// Life-cycle: a producer owns one Event and reuses it: reset(), add…(), hand it to a sink. Sinks
/// borrow it during on_event(). After warm-up no allocation happens per event.
/// Limits: max_fields entries, max_value_bytes per text (longer is cut and counted by cuts()).
class Event {
  public:
    static constexpr std::size_t max_fields = 4096;
    static constexpr std::size_t max_value_bytes = 64 * 1024;

    /// Starts a new event of `type` (static storage: "dns", "http", "log", …).
    void reset(std::string_view type, Timestamp time) noexcept;

    [[nodiscard]] std::string_view type() const noexcept { return type_; }
    [[nodiscard]] Timestamp time() const noexcept { return time_; }
    void set_time(Timestamp time) noexcept { time_ = time; }
    [[nodiscard]] const Origin& origin() const noexcept { return origin_; }
    void set_origin(const Origin& origin) noexcept { origin_ = origin; }

    /// Adds a declared field. Text in `value` must stay valid until the sinks return. `element`
    /// tells the entries of lists apart: it must not decrease among the entries of one list.
    void add(const Field& field, const Value& value, std::size_t element = 0) {
        push(field.name(), field.hash(), value, &field, element);
    }
    void add(const Field& field, std::string_view text, std::size_t element = 0) {
        add(field, Value::text(text), element);
    }
    /// As add(), with text that is copied into the event.
    void add_copy(const Field& field, std::string_view text, std::size_t element = 0);
    /// Adds a field whose name comes from outside. Name and text are copied.
    void add_foreign(std::string_view name, Value value, std::size_t element = 0);

    /// As add_foreign(), without copying: name and text must stay valid until the sinks return.
    /// `name_hash` is field_name_hash(name).
    void add_foreign_view(std::string_view name, std::uint64_t name_hash, const Value& value,
                          std::size_t element = 0) {
        push(name, name_hash, value, nullptr, element);
    }

    /// All fields in the order of adding. Valid until the next reset() or add.
    [[nodiscard]] const std::vector<EventField>& fields() const noexcept PERSANDIAN_LIFETIME_BOUND {
        return fields_;
    }
    /// First value of a field by dotted name; null pointer when absent. Linear; for tests and cold
    /// paths. Valid until the next reset() or add.
    [[nodiscard]] const Value* find(std::string_view name) const noexcept PERSANDIAN_LIFETIME_BOUND;
    /// As find(), in canonical text; empty when absent.
    [[nodiscard]] std::string text_of(std::string_view name) const;
    /// How many values were cut or left out because of a limit since reset().
    [[nodiscard]] std::uint32_t cuts() const noexcept { return cuts_; }

    /// Copies `text` into the event's own memory; valid until the next reset().
    [[nodiscard]] std::string_view keep(std::string_view text) PERSANDIAN_LIFETIME_BOUND;

  private:
    void push(std::string_view name, std::uint64_t name_hash, const Value& value,
              const Field* declared, std::size_t element) {
        if (fields_.size() >= max_fields) {
            ++cuts_;
            return;
        }
        EventField& field = fields_.emplace_back();  // in place: this runs for every field
        field.name = name;
        field.name_hash = name_hash;
        field.value = value;
        field.declared = declared;
        field.element = static_cast<std::uint16_t>(element);
        if (longest(value) > max_value_bytes) cut(field);
    }
    /// The size of a text or of bytes, or more: what has escapes is not read for it.
    static std::size_t longest(const Value& value) {
        if (value.kind() == Value::Kind::bytes) return value.as_bytes().size();
        if (value.kind() != Value::Kind::text) return 0;
        const WrittenText* const written = value.as_written();
        return written != nullptr ? written->written().size() : value.as_text().size();
    }
    void cut(EventField& field);

    std::string_view type_ = "none";
    Timestamp time_;
    Origin origin_;
    std::vector<EventField> fields_;
    std::vector<std::unique_ptr<char[]>> blocks_;  ///< text arena, kept across reset()
    std::vector<std::unique_ptr<char[]>> large_;   ///< texts above the block size, freed by reset()
    std::size_t block_ = 0;
    std::size_t used_bytes_ = 0;
    std::uint32_t cuts_ = 0;
};

/// Receives events. Called from one thread; must not keep the event or its views.
class EventSink {
  public:
    virtual ~EventSink() = default;
    virtual void on_event(const Event& event) = 0;
};

}  // namespace persandian
