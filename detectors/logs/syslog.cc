// SPDX-License-Identifier: Apache-2.0
//
// Any program's line in syslog form: header, structured data, message as it is. Programs whose
// messages we read in detail have files of their own (sshd, sudo, routeros).
// Source of truth: RFC 3164, RFC 5424, rsyslog's RSYSLOG_FileFormat.
#include <array>

#include "detectors/logs/log_parser.h"
#include "detectors/logs/syslog_header.h"
#include "detectors/logs/text_scan.h"

namespace persandian::logs {
namespace {

constexpr std::size_t max_parameters = 64;  // of structured data, per line
constexpr std::size_t max_name_bytes = 128;

/// Value of an SD-PARAM without its escaping (section 6.3.3).
std::string unescaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size() &&
            (text[i + 1] == '"' || text[i + 1] == '\\' || text[i + 1] == ']'))
            ++i;
        out += text[i];
    }
    return out;
}

/// Reads `name="value"`; false when nothing of that shape stands next.
bool read_parameter(TextScanner& in, std::string_view& name, std::string_view& value) {
    const auto before = in.until("=\"");
    if (!before || before->size() > max_name_bytes) return false;
    name = *before;
    const std::string_view rest = in.rest();
    std::size_t end = 0;
    while (end < rest.size() && rest[end] != '"') end += rest[end] == '\\' ? 2U : 1U;
    if (end >= rest.size()) return false;
    value = rest.substr(0, end);
    in.skip(end + 1);
    return true;
}

/// [id name="value" …]… as syslog.sd.<id>.<name>.
void add_structured_data(Event& event, std::string_view data) {
    TextScanner in(data);
    std::size_t count = 0;
    std::string path;
    while (in.literal("[")) {
        const std::string_view rest = in.rest();
        const std::string_view id = rest.substr(0, rest.find_first_of(" ]"));
        if (id.size() > max_name_bytes) return;
        in.skip(id.size());
        while (in.literal(" ") && count < max_parameters) {
            std::string_view name;
            std::string_view value;
            if (!read_parameter(in, name, value)) return;
            path.assign("syslog.sd.").append(id).append(".").append(name);
            event.add_foreign(path, Value::text(unescaped(value)));
            ++count;
        }
        if (!in.literal("]")) return;
    }
}

class SyslogParser : public LogParser {
  public:
    ParseStatus on_line(const LogLine& line, LogEmitter& out) noexcept override {
        const auto header = parse_syslog_header(line);
        if (!header) return ParseStatus::not_mine;
        Event& event = out.begin(line, header->time);
        add_syslog_header(event, *header);
        add_structured_data(event, header->structured_data);
        out.commit();
        return ParseStatus::ok;
    }
    void on_time(Timestamp, LogEmitter&) noexcept override {}
    void finish(LogEmitter&) noexcept override {}
};

unsigned probe(std::string_view text) noexcept {
    const auto header = parse_syslog_header(LogLine{.text = text});
    if (!header) return 0;
    return header->has_time ? 50 : 20;
}

constexpr std::array<std::string_view, 2> references = {"RFC 3164", "RFC 5424"};

constexpr LogEntry entry = {
    .name = "syslog",
    .description = "syslog lines, BSD (RFC 3164), RFC 5424 and rsyslog's ISO form",
    .fields = fields::syslog,
    .references = references,
    .probe = probe,
    .make = [] { return std::unique_ptr<LogParser>(std::make_unique<SyslogParser>()); }};

}  // namespace

const LogEntry& syslog_entry() noexcept;
const LogEntry& syslog_entry() noexcept {
    return entry;
}

}  // namespace persandian::logs
