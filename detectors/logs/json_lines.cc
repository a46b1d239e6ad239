// SPDX-License-Identifier: Apache-2.0
//
// One JSON object a line, whatever wrote it: EVE, Zeek, Winlogbeat, cloud logs. The object is
// flattened:
// {"a":{"b":1}} is a.b = 1, a list is its name repeated with the index of each element. Types are
// kept: text, integer, real, boolean, null.
//   * A key that occurs twice is there twice: a repeated key cannot hide a value from a rule.
//   * Empty objects and lists leave no field. Below max_depth the JSON text itself is the value.
//   * Bytes that are not UTF-8 are read as Latin-1 and json.repaired is set, so that one bad byte
//   in a
//     user agent does not make the line invisible to rules; log.raw keeps the bytes.
//   * The names by which the room describes the line (log.format, …) cannot be set from inside it;
//     they appear as json.log.format and so on.
// Source of truth: RFC 8259. The only file that includes simdjson.
#include <algorithm>
#include <array>
#include <string>

#define SIMDJSON_EXCEPTIONS 0  // nothing may throw here: without them it does not compile
#include <simdjson.h>

#include "detectors/base/encoding.h"
#include "detectors/logs/json_names.h"
#include "detectors/logs/log_parser.h"
#include "detectors/logs/syslog_header.h"
#include "detectors/logs/text_scan.h"

namespace persandian::logs {
namespace {

namespace json = simdjson::ondemand;

constexpr unsigned max_depth = 32;
constexpr std::size_t max_fields = 2048;
constexpr std::size_t padding_bytes =
    std::max<std::size_t>(simdjson::SIMDJSON_PADDING, JsonNames::padding_bytes);

constexpr Field json_repaired{"json.repaired", FieldKind::boolean,
                              "the line was not UTF-8 and was read as Latin-1"};
constexpr Field json_cut{"json.cut", FieldKind::boolean,
                         "fields beyond the limit of the parser were left out"};

constexpr std::array<const Field*, 2> all_fields = {&json_repaired, &json_cut};

/// Each byte that is not ASCII as the code point of its value.
std::string from_latin1(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 2);
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            out += c;
        } else {
            out += static_cast<char>(0xC0U | (byte >> 6U));
            out += static_cast<char>(0x80U | (byte & 0x3FU));
        }
    }
    return out;
}

/// Seconds since the epoch as Zeek writes them, or milliseconds when far too large for seconds.
std::optional<Timestamp> epoch_time(double value) noexcept {
    if (value > 1e11) value /= 1000;
    if (!(value > 0 && value < 9e9)) return std::nullopt;
    const auto seconds = static_cast<std::int64_t>(value);
    const double fraction = value - static_cast<double>(seconds);
    return Timestamp::from_seconds(seconds, static_cast<std::int64_t>(fraction * 1e6) * 1000);
}

std::optional<double> number_text(std::string_view text) noexcept {
    const std::size_t dot = std::min(text.find('.'), text.size());
    const auto whole = decimal(text.substr(0, dot));
    if (!whole) return std::nullopt;
    double value = static_cast<double>(*whole);
    double scale = 0.1;
    for (const char c : text.substr(std::min(dot + 1, text.size()))) {
        if (c < '0' || c > '9') return std::nullopt;
        value += scale * (c - '0');
        scale /= 10;
    }
    return value;
}

std::optional<Timestamp> read_time(const Value& value, int zone_offset_minutes) noexcept {
    switch (value.kind()) {
        case Value::Kind::integer:
            return epoch_time(static_cast<double>(value.as_integer()));
        case Value::Kind::real:
            return epoch_time(value.as_real());
        case Value::Kind::text:
            if (const auto number = number_text(value.as_text())) return epoch_time(*number);
            return parse_iso_time(value.as_text(), zone_offset_minutes);
        default:
            return std::nullopt;
    }
}

/// Walks one document into an event. One per line; recursion is bounded by max_depth.
class Flattener {
  public:
    Flattener(Event& event, JsonNames& names, int zone_offset_minutes)
        : event_(event), names_(names), zone_(zone_offset_minutes) {}

    simdjson::error_code object(json::object object, JsonName& of, unsigned depth,
                                std::size_t element) {
        JsonName** guess = &of.first;
        for (auto member : object) {
            json::field field;
            if (const auto error = std::move(member).get(field)) return error;
            JsonName& name = name_of(field, of, *guess);
            if (!name.quoted.empty()) *guess = &name;  // others may not outlive the line
            guess = &name.follower;
            if (const auto error = value(field.value(), name, depth + 1, element)) return error;
        }
        return simdjson::SUCCESS;
    }

    [[nodiscard]] std::optional<Timestamp> time() const noexcept { return time_; }
    [[nodiscard]] bool cut() const noexcept { return cut_; }

  private:
    JsonName& name_of(json::field& field, JsonName& of, JsonName* guess) {
        const char* const raw = field.key().raw();  // unescaped_key() takes it away
        if (JsonName* const known = names_.find(of, guess, raw)) return *known;
        std::string_view key;
        if (field.unescaped_key().get(key)) key = text_of_broken_key(raw);
        return names_.add(of, key, raw);
    }

    /// A key with a broken escape, as it stands; ends at its quote.
    static std::string_view text_of_broken_key(const char* raw) {
        const std::string_view text(raw);
        return text.substr(0, text.find('"'));
    }

    simdjson::error_code array(json::array array, JsonName& name, unsigned depth) {
        std::size_t index = 0;
        for (auto item : array) {
            json::value element;
            if (const auto error = std::move(item).get(element)) return error;
            if (const auto error = value(element, name, depth + 1, index)) return error;
            if (index < UINT16_MAX) ++index;
        }
        return simdjson::SUCCESS;
    }

    simdjson::error_code value(json::value value, JsonName& name, unsigned depth,
                               std::size_t element) {
        json::json_type type{};
        if (const auto error = value.type().get(type)) return error;
        if (depth >= max_depth &&
            (type == json::json_type::object || type == json::json_type::array))
            return raw(value, type, name, element);
        switch (type) {
            case json::json_type::object: {
                json::object inner;
                if (const auto error = value.get_object().get(inner)) return error;
                return object(inner, name, depth, element);
            }
            case json::json_type::array: {
                json::array inner;
                if (const auto error = value.get_array().get(inner)) return error;
                return array(inner, name, depth);
            }
            case json::json_type::string:
                return text(value, name, element);
            case json::json_type::number:
                return number(value, name, element);
            case json::json_type::boolean: {
                bool truth = false;
                if (const auto error = value.get_bool().get(truth)) return error;
                add(Value::boolean(truth), name, element);
                return simdjson::SUCCESS;
            }
            case json::json_type::null: {
                bool null = false;
                if (const auto error = value.is_null().get(null)) return error;
                if (!null) return simdjson::N_ATOM_ERROR;
                add(Value::null(), name, element);
                return simdjson::SUCCESS;
            }
        }
        return simdjson::TAPE_ERROR;
    }

    simdjson::error_code raw(json::value value, json::json_type type, const JsonName& name,
                             std::size_t element) {
        std::string_view text;
        if (type == json::json_type::object) {
            json::object inner;
            if (const auto error = value.get_object().get(inner)) return error;
            if (const auto error = inner.raw_json().get(text)) return error;
        } else {
            json::array inner;
            if (const auto error = value.get_array().get(inner)) return error;
            if (const auto error = inner.raw_json().get(text)) return error;
        }
        cut_ = true;
        add(Value::text(text), name, element);
        return simdjson::SUCCESS;
    }

    /// Text; one with a broken escape (a lone surrogate) as it stands between its quotes.
    simdjson::error_code text(json::value value, const JsonName& name, std::size_t element) {
        std::string_view text;
        if (value.get_string().get(text)) {
            const std::string_view token = trimmed(value.raw_json_token());
            text = token.size() >= 2 ? token.substr(1, token.size() - 2) : token;
        }
        add(Value::text(text), name, element);
        return simdjson::SUCCESS;
    }

    /// Integers as such, fractions as real; a number too large for both keeps its digits as text.
    simdjson::error_code number(json::value value, const JsonName& name, std::size_t element) {
        json::number number;
        const auto error = value.get_number().get(number);
        if (error == simdjson::SUCCESS) {
            if (number.is_int64()) {
                add(Value::integer(number.get_int64()), name, element);
            } else if (number.is_uint64()) {
                add(Value::unsigned_integer(number.get_uint64()), name, element);
            } else {
                add(Value::real(number.get_double()), name, element);
            }
            return simdjson::SUCCESS;
        }
        const std::string_view token = trimmed(value.raw_json_token());
        if (token.find_first_not_of("+-.0123456789eE") != std::string_view::npos) return error;
        add(Value::text(token), name, element);
        return simdjson::SUCCESS;
    }

    void add(const Value& value, const JsonName& name, std::size_t element) {
        if (count_ >= max_fields || name.path.size() > JsonNames::max_path_bytes) {
            cut_ = true;
            return;
        }
        ++count_;
        if (name.time_rank < time_rank_) note_time(value, name);
        event_.add_foreign_view(name.field, name.hash, value, element);
    }

    void note_time(const Value& value, const JsonName& name) {
        if (const auto time = read_time(value, name.path == "UtcTime" ? 0 : zone_)) {
            time_ = time;
            time_rank_ = name.time_rank;
        }
    }

    Event& event_;
    JsonNames& names_;
    int zone_;
    std::size_t count_ = 0;
    std::optional<Timestamp> time_;
    std::size_t time_rank_ = JsonNames::no_time;
    bool cut_ = false;
};

class JsonParser : public LogParser {
  public:
    ParseStatus on_line(const LogLine& line, LogEmitter& out) noexcept override {
        const std::string_view text = trimmed(line.text);
        if (!text.starts_with('{')) return ParseStatus::not_mine;
        buffer_.reserve(text.size() + padding_bytes);
        buffer_.assign(text);
        const ParseStatus status = parse(line, false, out);
        if (status == ParseStatus::ok || is_utf8(text)) return status;
        buffer_ = from_latin1(text);
        buffer_.reserve(buffer_.size() + padding_bytes);
        return parse(line, true, out);
    }
    void on_time(Timestamp, LogEmitter&) noexcept override {}
    void finish(LogEmitter&) noexcept override {}

  private:
    ParseStatus parse(const LogLine& line, bool repaired, LogEmitter& out) {
        json::document document;
        const simdjson::padded_string_view view(buffer_.data(), buffer_.size(), buffer_.capacity());
        if (parser_.iterate(view).get(document)) return ParseStatus::malformed;
        json::object top;
        if (document.get_object().get(top)) return ParseStatus::malformed;
        Event& event = out.begin(line, line.received);
        names_.begin_line();
        Flattener flattener(event, names_, line.zone_offset_minutes);
        if (flattener.object(top, names_.top(), 0, 0)) return ParseStatus::malformed;
        if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
            return ParseStatus::malformed;  // something follows the object
        if (flattener.time()) event.set_time(*flattener.time());
        if (repaired) event.add(json_repaired, Value::boolean(true));
        if (flattener.cut()) event.add(json_cut, Value::boolean(true));
        out.commit();
        return ParseStatus::ok;
    }

    json::parser parser_;
    std::string buffer_;
    JsonNames names_;
};

unsigned probe(std::string_view text) noexcept {
    text = trimmed(text);
    return text.size() >= 2 && text.front() == '{' && text.back() == '}' ? 85 : 0;
}

constexpr std::array<std::string_view, 1> references = {"RFC 8259"};

constexpr LogEntry entry = {
    .name = "json",
    .description = "one JSON object a line",
    .fields = all_fields,
    .references = references,
    .within = {},
    .probe = probe,
    .make = [] { return std::unique_ptr<LogParser>(std::make_unique<JsonParser>()); }};

}  // namespace

const LogEntry& json_lines_entry() noexcept;
const LogEntry& json_lines_entry() noexcept {
    return entry;
}

}  // namespace persandian::logs
