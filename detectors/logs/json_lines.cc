// SPDX-License-Identifier: Apache-2.0
//
// One JSON object a line, whatever wrote it: EVE, Zeek, Winlogbeat, cloud logs. It is flattened,
// and types are kept: text, integer, real, boolean, null.
//   * A key that occurs twice is there twice: a repeated key cannot hide a value from a rule.
//   * Empty objects and lists leave no field. Below max_depth the JSON text itself is the value.
//   * Bytes that are not UTF-8 are read as Latin-1 and json.repaired is set, so that one bad byte
//   in a
//     user agent does not make the line invisible to rules; log.raw keeps the bytes.
//   * The names by which the room describes the line (log.format, …) cannot be set from inside it;
//     they appear as json.log.format and so on.
// Source of truth: RFC 8259.
#include <algorithm>
#include <array>
#include <string>

#include "detectors/base/encoding.h"
#include "detectors/logs/json_flattener.h"
#include "detectors/logs/json_tokens.h"
#include "detectors/logs/log_parser.h"
#include "detectors/logs/text_scan.h"

namespace persandian::logs {
namespace {

constexpr std::size_t padding_bytes = std::max(JsonTokens::padding_bytes, JsonNames::padding_bytes);

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
        const std::span<const std::uint32_t> tokens = tokens_.find(buffer_);
        if (tokens.empty()) return ParseStatus::malformed;
        Event& event = out.begin(line, line.received);
        JsonFlattener flattener(buffer_, tokens, event, names_, texts_, line.zone_offset_minutes);
        if (!flattener.run()) return ParseStatus::malformed;
        if (flattener.time()) event.set_time(*flattener.time());
        if (repaired) event.add(json_repaired, Value::boolean(true));
        if (flattener.cut()) event.add(json_cut, Value::boolean(true));
        out.commit();
        return ParseStatus::ok;
    }

    std::string buffer_;
    JsonTokens tokens_;
    JsonNames names_;
    JsonTexts texts_{JsonFlattener::max_fields};
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
