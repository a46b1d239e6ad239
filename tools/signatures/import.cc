// SPDX-License-Identifier: Apache-2.0
#include "tools/signatures/import.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <variant>

#include <fmt/format.h>

#include "detectors/base/digest.h"
#include "tools/signatures/buffers.h"
#include "tools/signatures/keywords.h"
#include "tools/signatures/signature.h"
#include "tools/signatures/yaml_text.h"

namespace persandian::signatures {
namespace {

constexpr std::size_t max_title_bytes = 256;

/// A signature on its way to a rule.
struct Draft {
    Signature signature;
    std::size_t file = 0;
    std::size_t line = 0;
    std::string sid;
    std::string name;       ///< of the rule that alerts
    std::string detection;  ///< YAML below `detection:`
    std::string service;
    std::vector<std::string> sets;                           ///< flowbits
    std::vector<std::vector<std::string>> needs;             ///< flowbits: one of each
    std::optional<std::pair<unsigned, unsigned>> threshold;  ///< count, seconds
    std::string group_by;                                    ///< of the threshold
    bool alerts = true;
    Reason reason;
};

std::string uuid_of(std::string_view name) {
    std::string digits = sha256(as_bytes(std::string_view(name))).hex().substr(0, 32);
    digits[12] = '8';  // RFC 9562: made in a way of one's own
    digits[16] = 'a';
    return fmt::format("{}-{}-{}-{}-{}", digits.substr(0, 8), digits.substr(8, 4),
                       digits.substr(12, 4), digits.substr(16, 4), digits.substr(20));
}

std::string service_of(const std::vector<Buffer>& buffers, std::string_view protocol) {
    std::set<std::string> found;
    for (const Buffer& buffer : buffers) {
        if (buffer.field == "payload") {
            found.insert("payload");
        } else {
            found.insert(buffer.field.substr(0, buffer.field.find('.')));
        }
    }
    if (found.empty()) return protocol == "icmp" ? "" : "flow";
    return found.size() == 1 ? *found.begin() : std::string();
}

/// Selections and condition of one signature.
class DetectionWriter {
  public:
    DetectionWriter(const Signature& signature, const Networks& home)
        : signature_(signature), home_(home), side_(side_of(signature)) {}

    /// Fills detection, service and reason of the draft.
    void write(Draft& draft) {
        const Tests tests = tests_of(signature_, side_);
        reason_ = tests.reason;
        service_ = service_of(tests.buffers, signature_.protocol);
        if (reason_.empty()) refuse_services(tests.buffers);
        for (const Buffer& buffer : tests.buffers) select("content", selection_of(buffer, reason_));
        if (service_ == "payload") of_payload();
        if (service_ == "dns") all_.emplace_back("dns.type: request");
        ends();
        if (!all_.empty()) select("event", {fmt::format("{}", fmt::join(all_, ", "))});
        draft.reason = reason_;
        draft.service = service_;
        draft.detection = text_ + fmt::format("  condition: {}\n", fmt::join(condition_, " and "));
        if (condition_.empty() && draft.reason.empty()) draft.reason = "nothing to test";
    }

  private:
    void refuse_services(const std::vector<Buffer>& buffers) {
        const bool raw = std::any_of(buffers.begin(), buffers.end(), [](const Buffer& buffer) {
            return buffer.field == "payload";
        });
        const std::string& protocol = signature_.protocol;
        if (service_.empty() && protocol == "icmp") {
            reason_ = "icmp without content";
        } else if (service_.empty()) {
            reason_ = raw ? "raw payload beside buffers of a protocol" : "buffers of two protocols";
        } else if (raw && (protocol == "tls" || protocol == "ssh" || protocol == "icmp")) {
            reason_ = fmt::format("raw payload of {}", protocol);
        }
        for (const Buffer& buffer : buffers)
            if (buffer.field == "http.response_body" && side_ != FlowSide::to_client &&
                signature_.protocol != "http" && signature_.protocol != "tcp")
                reason_ = "file.data outside HTTP";
    }

    void of_payload() {
        const std::string& protocol = signature_.protocol;
        if (side_ != FlowSide::unknown)
            all_.push_back(fmt::format("direction: {}",
                                       side_ == FlowSide::to_server ? "to_server" : "to_client"));
        if (protocol == "udp") all_.emplace_back("proto: UDP");
        if (protocol != "udp" && protocol != "ip" && protocol != "any" && protocol != "dns")
            all_.emplace_back("proto: TCP");
        if (protocol == "http" || protocol == "dns")
            all_.push_back(fmt::format("app_proto: {}", protocol));
        const std::string_view ports = ports_of_protocol(protocol);
        if (ports.empty()) return;
        if (side_ != FlowSide::to_client)
            server_ports_.push_back(fmt::format("dest_port: [{}]", ports));
        if (side_ != FlowSide::to_server)
            server_ports_.push_back(fmt::format("src_port: [{}]", ports));
        select("server_ports", server_ports_);
    }

    /// Events of transactions have the client as source, whoever sent the bytes.
    void ends() {
        const bool swapped =
            side_ == FlowSide::to_client && service_ != "payload" && service_ != "flow";
        const bool either =
            signature_.arrow == "<>" || (service_ == "flow" && side_ == FlowSide::unknown);
        std::vector<std::string> ways = {way(swapped)};
        if (either) ways.push_back(way(!swapped));
        if (std::find(ways.begin(), ways.end(), "") != ways.end()) ways.clear();
        select("ends", ways);
        const bool content_decides = service_ != "payload" && service_ != "flow";
        ports(signature_.source_port, swapped ? "dest_port" : "src_port", content_decides, either);
        ports(signature_.destination_port, swapped ? "src_port" : "dest_port", content_decides,
              either);
    }

    std::string way(bool swapped) {
        std::vector<std::string> out =
            address_tests(signature_.source, swapped ? "dest_ip" : "src_ip", home_, reason_);
        for (std::string& test :
             address_tests(signature_.destination, swapped ? "src_ip" : "dest_ip", home_, reason_))
            out.push_back(std::move(test));
        return fmt::format("{}", fmt::join(out, ", "));
    }

    void ports(std::string_view written, std::string_view field, bool content_decides,
               bool either) {
        if (written == "any" || (content_decides && written.find('$') != std::string_view::npos))
            return;
        PortTests tests = port_tests(written, field, reason_);
        if (either) {  // the other way round as well
            const PortTests other =
                port_tests(written, field == "src_port" ? "dest_port" : "src_port", reason_);
            tests.any_of.insert(tests.any_of.end(), other.any_of.begin(), other.any_of.end());
        }
        select("ports", tests.any_of);
        if (tests.none_of.empty()) return;
        select("other_ports", tests.none_of);
        condition_.back() = "not " + condition_.back();
    }

    /// A selection: one of the maps must hold.
    void select(std::string_view kind, const std::vector<std::string>& maps) {
        if (maps.empty()) return;
        const std::string name = fmt::format("{}_{}", kind, ++numbers_[std::string(kind)]);
        if (maps.size() == 1) {
            text_ += fmt::format("  {}: {{{}}}\n", name, maps.front());
        } else {
            text_ += fmt::format("  {}:\n", name);
            for (const std::string& map : maps) text_ += fmt::format("    - {{{}}}\n", map);
        }
        condition_.push_back(name);
    }

    const Signature& signature_;
    const Networks& home_;
    FlowSide side_;
    std::string service_;
    std::vector<std::string> all_;  ///< lines of one map
    std::vector<std::string> server_ports_;
    std::map<std::string, int> numbers_;
    std::string text_;
    std::vector<std::string> condition_;
    Reason reason_;
};

std::optional<unsigned> number_after(std::string_view word, std::string_view text) {
    for (const std::string_view part : split(text)) {
        if (!part.starts_with(word)) continue;
        const std::string_view digits = trimmed(part.substr(word.size()));
        unsigned value = 0;
        const auto [rest, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (error == std::errc() && rest == digits.data() + digits.size()) return value;
    }
    return std::nullopt;
}

/// threshold and detection_filter. How often an alert is repeated is the incident's to decide.
void read_threshold(Draft& draft) {
    const bool filter = draft.signature.has("detection_filter");
    const std::string_view value = draft.signature.find(filter ? "detection_filter" : "threshold");
    if (value.empty()) return;
    const std::vector<std::string_view> parts = split(value);
    const bool limits = std::find(parts.begin(), parts.end(), "type limit") != parts.end();
    if (limits && !filter) return;
    const auto count = number_after("count ", value);
    const auto seconds = number_after("seconds ", value);
    if (!count || !seconds || *seconds == 0) {
        draft.reason = "a threshold without count and seconds";
        return;
    }
    const unsigned least = *count + (filter ? 1 : 0);
    if (least < 2) return;
    const bool swapped = side_of(draft.signature) == FlowSide::to_client &&
                         draft.service != "payload" && draft.service != "flow";
    const auto has = [&](std::string_view word) {
        return std::find(parts.begin(), parts.end(), word) != parts.end();
    };
    if (has("track by_src")) draft.group_by = swapped ? "dest_ip" : "src_ip";
    if (has("track by_dst")) draft.group_by = swapped ? "src_ip" : "dest_ip";
    if (has("track by_both")) draft.group_by = "src_ip, dest_ip";
    draft.threshold = {least, *seconds};
}

void read_flowbits(Draft& draft) {
    for (const Option& option : draft.signature.options) {
        if (option.key == "noalert") draft.alerts = false;
        if (option.key == "xbits" || option.key == "hostbits" || option.key == "flowint")
            draft.reason = option.key;
        if (option.key != "flowbits") continue;
        const std::vector<std::string_view> parts = split(option.value);
        const std::vector<std::string_view> names =
            parts.size() > 1 ? split(parts[1], '|') : std::vector<std::string_view>();
        if (parts[0] == "noalert") {
            draft.alerts = false;
        } else if (parts[0] == "set" || parts[0] == "setx" || parts[0] == "toggle") {
            for (const std::string_view name : names) draft.sets.emplace_back(name);
        } else if (parts[0] == "isset") {
            draft.needs.emplace_back(names.begin(), names.end());
        } else if (parts[0] == "isnotset") {
            draft.needs.push_back({"!" + std::string(parts.size() > 1 ? parts[1] : "")});
        }
    }
    // "once per flow": not set yet, and set by the same signature
    std::erase_if(draft.needs, [&](const std::vector<std::string>& names) {
        return names.size() == 1 && names[0].starts_with('!') &&
               std::find(draft.sets.begin(), draft.sets.end(), names[0].substr(1)) !=
                   draft.sets.end();
    });
    for (const auto& names : draft.needs)
        if (names.size() == 1 && names[0].starts_with('!')) draft.reason = "flowbits:isnotset";
}

class Importer {
  public:
    Importer(std::span<const SignatureFile> files, const Networks& home)
        : files_(files), home_(home) {}

    Imported import() {
        for (std::size_t i = 0; i < files_.size(); ++i) read(i);
        note_setters();
        out_.documents.resize(files_.size());
        for (const Draft& draft : drafts_) write(draft);
        return std::move(out_);
    }

  private:
    void read(std::size_t file) {
        std::string_view rest = files_[file].text;
        std::string joined;
        std::size_t number = 0;
        std::size_t first = 1;
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find('\n'), rest.size());
            const std::string_view line = trimmed(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
            ++number;
            if (joined.empty()) first = number;
            if (line.ends_with('\\')) {
                joined += line.substr(0, line.size() - 1);
                continue;
            }
            joined += line;
            take(joined, file, first);
            joined.clear();
        }
        if (!joined.empty()) take(joined, file, first);
    }

    void take(std::string_view line, std::size_t file, std::size_t number) {
        if (line.empty()) return;
        if (line.starts_with('#')) {
            while (line.starts_with('#')) line = trimmed(line.substr(1));
            if (std::holds_alternative<Signature>(parse_signature(line))) ++out_.disabled;
            return;
        }
        std::variant<Signature, SyntaxError> parsed = parse_signature(line);
        if (const auto* const error = std::get_if<SyntaxError>(&parsed)) {
            out_.refused.push_back({files_[file].path, number, error->column, {}, error->reason});
            return;
        }
        ++out_.active;
        Draft draft;
        draft.signature = std::get<Signature>(std::move(parsed));
        draft.file = file;
        draft.line = number;
        draft.sid = draft.signature.find("sid");
        DetectionWriter(draft.signature, home_).write(draft);
        if (draft.signature.action == "pass")
            draft.reason = "pass: write a filter or a suppression";
        if (draft.sid.empty() || draft.sid.find_first_not_of("0123456789") != std::string::npos)
            draft.reason = "no sid, or none that is a number";
        name(draft);
        read_flowbits(draft);
        if (draft.reason.empty()) read_threshold(draft);
        drafts_.push_back(std::move(draft));
    }

    /// Lists of addresses give all their signatures one sid.
    void name(Draft& draft) {
        draft.name = "suricata_" + draft.sid;
        for (int number = 2; !names_.insert(draft.name).second; ++number)
            draft.name = fmt::format("suricata_{}_{}", draft.sid, number);
    }

    /// Which rules set a flowbit, and what reads it. What needs a bit that nothing sets goes, and
    /// with it what it would have set.
    void note_setters() {
        for (bool changed = true; changed;) {
            changed = false;
            setters_.clear();
            for (const Draft& draft : drafts_)
                if (draft.reason.empty())
                    for (const std::string& bit : draft.sets) setters_[bit].push_back(&draft);
            for (Draft& draft : drafts_) {
                if (!draft.reason.empty()) continue;
                for (const auto& names : draft.needs) {
                    const bool any = std::any_of(names.begin(), names.end(), [&](const auto& bit) {
                        const auto found = setters_.find(bit);
                        return found != setters_.end() &&
                               std::any_of(found->second.begin(), found->second.end(),
                                           [&](const Draft* setter) { return setter != &draft; });
                    });
                    if (any) continue;
                    draft.reason = "nothing that was converted sets its flowbit";
                    changed = true;
                }
            }
        }
        for (const Draft& draft : drafts_)
            if (draft.reason.empty())
                for (const auto& names : draft.needs) read_bits_.insert(names.begin(), names.end());
    }

    void write(const Draft& draft) {
        if (!draft.reason.empty()) {
            out_.refused.push_back(
                {files_[draft.file].path, draft.line, 1, draft.sid, draft.reason});
            return;
        }
        const bool is_read = std::any_of(draft.sets.begin(), draft.sets.end(),
                                         [&](const auto& bit) { return read_bits_.contains(bit); });
        if (!draft.alerts && !is_read) {
            out_.refused.push_back({files_[draft.file].path, draft.line, 1, draft.sid,
                                    "does not alert, and nothing reads its flowbit"});
            return;
        }
        ++out_.converted;
        std::string& out = out_.documents[draft.file];
        const std::string& name = draft.name;
        const bool counted = draft.threshold.has_value();
        const bool joined = !draft.needs.empty();
        const std::string rule = joined || counted ? name + "_part" : name;
        rule_document(out, draft, rule);
        if (joined) {
            const std::string together = counted ? name + "_flow" : name;
            flow_document(out, draft, rule, together);
            if (counted) count_document(out, draft, together, name);
        } else if (counted) {
            count_document(out, draft, rule, name);
        }
        // Who alerts by itself is not made silent by what waits for its flowbit.
        if (is_read && draft.alerts && !joined && !counted)
            rule_document(out, draft, name + "_bit");
    }

    static std::string setter_name(const Draft& setter) {
        const bool alone = setter.needs.empty() && !setter.threshold;
        return setter.name + (alone && setter.alerts ? "_bit" : "");
    }

    void flow_document(std::string& out, const Draft& draft, const std::string& rule,
                       const std::string& name) const {
        std::string condition = rule;
        std::set<std::string> rules = {rule};
        for (const auto& bits : draft.needs) {
            std::set<std::string> names;
            for (const std::string& bit : bits)
                if (const auto found = setters_.find(bit); found != setters_.end())
                    for (const Draft* const setter : found->second)
                        if (setter != &draft) names.insert(setter_name(*setter));
            condition += fmt::format(" and ({})", fmt::join(names, " or "));
            rules.merge(names);
        }
        head(out, draft, name);
        out += fmt::format(
            "correlation:\n  type: temporal\n  rules: [{}]\n  group-by: [flow_id]\n"
            "  timespan: 1h\n  condition: {}\n",
            fmt::join(all_of(draft, rule), ", "), condition);
    }

    /// The rule and every setter that its condition names.
    std::set<std::string> all_of(const Draft& draft, const std::string& rule) const {
        std::set<std::string> rules = {rule};
        for (const auto& bits : draft.needs)
            for (const std::string& bit : bits)
                if (const auto found = setters_.find(bit); found != setters_.end())
                    for (const Draft* const setter : found->second)
                        if (setter != &draft) rules.insert(setter_name(*setter));
        return rules;
    }

    static void count_document(std::string& out, const Draft& draft, const std::string& rule,
                               const std::string& name) {
        head(out, draft, name);
        out += fmt::format("correlation:\n  type: event_count\n  rules: [{}]\n", rule);
        if (!draft.group_by.empty()) out += fmt::format("  group-by: [{}]\n", draft.group_by);
        out += fmt::format("  timespan: {}s\n  condition: {{gte: {}}}\n", draft.threshold->second,
                           draft.threshold->first);
    }

    static void rule_document(std::string& out, const Draft& draft, const std::string& name) {
        head(out, draft, name);
        out += fmt::format("logsource: {{product: persandian, service: {}}}\ndetection:\n{}",
                           draft.service, draft.detection);
    }

    static void head(std::string& out, const Draft& draft, const std::string& name);

    std::span<const SignatureFile> files_;
    const Networks& home_;
    std::vector<Draft> drafts_;
    std::set<std::string> names_;
    std::map<std::string, std::vector<const Draft*>> setters_;
    std::set<std::string> read_bits_;
    Imported out_;
};

std::string_view metadata_value(const Signature& signature, std::string_view key) {
    for (const Option& option : signature.options) {
        if (option.key != "metadata") continue;
        for (const std::string_view part : split(option.value))
            if (part.starts_with(key) && part.size() > key.size() && part[key.size()] == ' ')
                return trimmed(part.substr(key.size()));
    }
    return {};
}

std::string_view level_of(const Signature& signature) {
    const std::string_view severity = metadata_value(signature, "signature_severity");
    if (severity == "Informational") return "informational";
    if (severity == "Minor") return "low";
    if (severity == "Major" || severity == "Critical")
        return severity == "Major" ? "high" : "critical";
    const std::string_view priority = signature.find("priority");
    return priority == "1" ? "high" : priority == "3" ? "low" : "medium";
}

std::vector<std::string> references_of(const Signature& signature) {
    std::vector<std::string> out;
    for (const Option& option : signature.options) {
        if (option.key != "reference") continue;
        const std::size_t comma = std::min(option.value.find(','), option.value.size());
        const std::string_view system = trimmed(std::string_view(option.value).substr(0, comma));
        const std::string_view id = trimmed(
            std::string_view(option.value).substr(std::min(comma + 1, option.value.size())));
        if (system == "url") {
            const bool whole = id.find("://") != std::string_view::npos;
            out.push_back(quoted(fmt::format("{}{}", whole ? "" : "https://", id)));
        } else if (system == "cve") {
            const bool whole = id.starts_with("CVE-");
            out.push_back(quoted(
                fmt::format("https://nvd.nist.gov/vuln/detail/{}{}", whole ? "" : "CVE-", id)));
        } else {
            out.push_back(quoted(fmt::format("{} {}", system, id)));
        }
    }
    return out;
}

std::vector<std::string> tags_of(const Signature& signature) {
    std::vector<std::string> out;
    std::string technique(metadata_value(signature, "mitre_technique_id"));
    std::replace(technique.begin(), technique.end(), 'T', 't');
    if (!technique.empty()) out.push_back(quoted("attack." + technique));
    for (const Option& option : signature.options) {
        if (option.key != "reference" || !option.value.starts_with("cve,")) continue;
        std::string_view id = trimmed(std::string_view(option.value).substr(4));
        if (id.starts_with("CVE-")) id.remove_prefix(4);
        const std::string tag = quoted(fmt::format("cve.{}", id));
        if (std::find(out.begin(), out.end(), tag) == out.end()) out.push_back(tag);
    }
    return out;
}

void Importer::head(std::string& out, const Draft& draft, const std::string& name) {
    const Signature& signature = draft.signature;
    std::string title = unquoted(signature.find("msg")).text;
    if (title.empty()) title = "Signature " + draft.sid;
    title.resize(std::min(title.size(), max_title_bytes));
    const std::string_view gid = signature.find("gid");
    out += fmt::format("---\ntitle: {}\nid: {}\nname: {}\nstatus: test\n", quoted(title),
                       uuid_of(name), name);
    out += fmt::format("description: {}\n",
                       quoted(fmt::format("Suricata signature {}:{} revision {}, class {}",
                                          gid.empty() ? "1" : gid, draft.sid, signature.find("rev"),
                                          signature.find("classtype"))));
    if (title.starts_with("ET ")) out += "author: Emerging Threats\n";
    if (const auto references = references_of(signature); !references.empty())
        out += fmt::format("references: [{}]\n", fmt::join(references, ", "));
    if (const auto tags = tags_of(signature); !tags.empty())
        out += fmt::format("tags: [{}]\n", fmt::join(tags, ", "));
    out += fmt::format("level: {}\n", level_of(signature));
}

}  // namespace

Imported import_signatures(std::span<const SignatureFile> files, const Networks& home) {
    return Importer(files, home).import();
}

Networks usual_home_networks() {
    return {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10"};
}

}  // namespace persandian::signatures
