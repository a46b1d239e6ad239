// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "detectors/incident/incident_stage.h"

namespace persandian::incident {
namespace {

// ATT&CK: valid accounts, account manipulation, create account, abuse elevation (sudo, su)
bool is_account_tag(std::string_view tag) {
    static constexpr std::array<std::string_view, 4> techniques = {"attack.t1078", "attack.t1098",
                                                                   "attack.t1136", "attack.t1548"};
    return std::any_of(techniques.begin(), techniques.end(), [&](std::string_view technique) {
        return tag.substr(0, technique.size()) == technique &&
               (tag.size() == technique.size() || tag[technique.size()] == '.');
    });
}

}  // namespace

std::vector<Entity> entity_of(const Finding& finding) {
    std::vector<Entity> out;
    for (std::size_t i = 0; i < std::min(finding.group_fields, finding.fields.size()); ++i)
        out.push_back({finding.fields[i].name, finding.fields[i].value});
    if (!out.empty()) return out;
    const auto& tags = finding.rule.tags;
    const bool about_account = std::any_of(tags.begin(), tags.end(), is_account_tag);
    static constexpr std::array<std::string_view, 4> account_first = {"user.name", "src_ip", "host",
                                                                      "log.source"};
    static constexpr std::array<std::string_view, 4> address_first = {"src_ip", "user.name", "host",
                                                                      "log.source"};
    for (const std::string_view name : about_account ? account_first : address_first) {
        const std::string_view value = finding.value_of(name);
        if (value.empty()) continue;
        out.push_back({std::string(name), std::string(value)});
        break;
    }
    return out;
}

}  // namespace persandian::incident
