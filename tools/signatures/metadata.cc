// SPDX-License-Identifier: Apache-2.0
#include "tools/signatures/metadata.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "detectors/base/digest.h"
#include "tools/signatures/yaml_text.h"

namespace persandian::signatures {
namespace {

constexpr std::size_t max_title_bytes = 256;

std::string uuid_of(std::string_view name) {
    std::string digits = sha256(as_bytes(std::string_view(name))).hex().substr(0, 32);
    digits[12] = '8';  // RFC 9562: made in a way of one's own
    digits[16] = 'a';
    return fmt::format("{}-{}-{}-{}-{}", digits.substr(0, 8), digits.substr(8, 4),
                       digits.substr(12, 4), digits.substr(16, 4), digits.substr(20));
}

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

}  // namespace

std::string head_of(const Signature& signature, std::string_view name) {
    const std::string_view sid = signature.find("sid");
    std::string title = unquoted(signature.find("msg")).text;
    if (title.empty()) title = fmt::format("Signature {}", sid);
    title.resize(std::min(title.size(), max_title_bytes));
    const std::string_view gid = signature.find("gid");
    std::string out = fmt::format("---\ntitle: {}\nid: {}\nname: {}\nstatus: test\n", quoted(title),
                                  uuid_of(name), name);
    std::string description = fmt::format("Suricata signature {}:{}", gid.empty() ? "1" : gid, sid);
    for (const auto& [key, word] : {std::pair{"rev", "revision"}, {"classtype", "class"}})
        if (signature.has(key)) description += fmt::format(", {} {}", word, signature.find(key));
    out += fmt::format("description: {}\n", quoted(description));
    if (title.starts_with("ET ")) out += "author: Emerging Threats\n";
    if (const auto references = references_of(signature); !references.empty())
        out += fmt::format("references: [{}]\n", fmt::join(references, ", "));
    if (const auto tags = tags_of(signature); !tags.empty())
        out += fmt::format("tags: [{}]\n", fmt::join(tags, ", "));
    out += fmt::format("level: {}\n", level_of(signature));
    return out;
}

}  // namespace persandian::signatures
