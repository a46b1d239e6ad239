// SPDX-License-Identifier: Apache-2.0
#include "tools/signatures/import.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <variant>

#include <fmt/format.h>

#include "tools/signatures/buffers.h"
#include "tools/signatures/detection.h"
#include "tools/signatures/metadata.h"
#include "tools/signatures/signature.h"

namespace persandian::signatures {
namespace {

/// A signature on its way to a rule.
struct Draft {
    Signature signature;
    std::size_t file = 0;
    std::size_t line = 0;
    std::string sid;
    std::string name;  ///< of the rule that alerts
    Detection detection;
    std::vector<std::string> sets;                           ///< flowbits
    std::vector<std::vector<std::string>> needs;             ///< flowbits: one of each
    std::optional<std::pair<unsigned, unsigned>> threshold;  ///< count, seconds
    std::string group_by;                                    ///< of the threshold
    bool alerts = true;
    Reason reason;
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
                         draft.detection.service != "payload" && draft.detection.service != "flow";
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
        draft.detection = detection_of(draft.signature, home_);
        draft.reason = draft.detection.reason;
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
            const std::set<std::string> setters = setters_of(bits, draft);
            condition += fmt::format(" and ({})", fmt::join(setters, " or "));
            rules.insert(setters.begin(), setters.end());
        }
        out += head_of(draft.signature, name);
        out += fmt::format(
            "correlation:\n  type: temporal\n  rules: [{}]\n  group-by: [flow_id]\n"
            "  timespan: 1h\n  condition: {}\n",
            fmt::join(rules, ", "), condition);
    }

    /// Names of the rules that set one of the bits, without the one that asks.
    std::set<std::string> setters_of(const std::vector<std::string>& bits,
                                     const Draft& asking) const {
        std::set<std::string> names;
        for (const std::string& bit : bits)
            if (const auto found = setters_.find(bit); found != setters_.end())
                for (const Draft* const setter : found->second)
                    if (setter != &asking) names.insert(setter_name(*setter));
        return names;
    }

    static void count_document(std::string& out, const Draft& draft, const std::string& rule,
                               const std::string& name) {
        out += head_of(draft.signature, name);
        out += fmt::format("correlation:\n  type: event_count\n  rules: [{}]\n", rule);
        if (!draft.group_by.empty()) out += fmt::format("  group-by: [{}]\n", draft.group_by);
        out += fmt::format("  timespan: {}s\n  condition: {{gte: {}}}\n", draft.threshold->second,
                           draft.threshold->first);
    }

    static void rule_document(std::string& out, const Draft& draft, const std::string& name) {
        out += head_of(draft.signature, name);
        out += fmt::format("logsource: {{product: persandian, service: {}}}\ndetection:\n{}",
                           draft.detection.service, draft.detection.text);
    }

    std::span<const SignatureFile> files_;
    const Networks& home_;
    std::vector<Draft> drafts_;
    std::set<std::string> names_;
    std::map<std::string, std::vector<const Draft*>> setters_;
    std::set<std::string> read_bits_;
    Imported out_;
};

}  // namespace

Imported import_signatures(std::span<const SignatureFile> files, const Networks& home) {
    return Importer(files, home).import();
}

Networks usual_home_networks() {
    return {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10"};
}

}  // namespace persandian::signatures
