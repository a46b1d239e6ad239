// SPDX-License-Identifier: Apache-2.0
#include "detectors/correlation/rule_state.h"

#include "detectors/base/digest.h"
#include "detectors/correlation/describe.h"

namespace persandian::correlation {
namespace {

constexpr std::size_t longest_plain_key = 64;

const std::string* first_value(const Finding& finding, std::string_view name) {
    for (const FindingField& field : finding.fields)
        if (field.name == name) return &field.value;
    return nullptr;
}

std::size_t bytes_of(const Finding& finding) {
    std::size_t bytes = sizeof(Finding);
    for (const FindingField& field : finding.fields)
        bytes += sizeof(FindingField) + field.name.size() + field.value.size();
    for (const MatchedCondition& condition : finding.conditions)
        bytes += sizeof(MatchedCondition) + condition.selection.size() + condition.field.size() +
                 condition.test.size() + condition.value.size();
    for (const std::string& tag : finding.rule.tags) bytes += sizeof(std::string) + tag.size();
    return bytes;
}

std::size_t evidence_bytes_of(const Finding& finding) {
    std::size_t bytes = 0;
    for (const Evidence& evidence : finding.evidence)
        bytes += sizeof(Evidence) + evidence.bytes.size() + evidence.source_name.size();
    return bytes;
}

}  // namespace

std::string key_of(const std::vector<std::string>& values) {
    std::string key;
    for (const std::string& value : values) {
        key += std::to_string(value.size());
        key += ':';
        key += value;
    }
    if (key.size() <= longest_plain_key) return key;
    return "#" +
           std::string(as_text(sha256(as_bytes(key)).bytes));  // plain keys begin with a digit
}

std::optional<std::vector<std::string>> values_of(const CorrelationRule& rule,
                                                  const std::vector<std::string>& names,
                                                  const Finding& finding) {
    std::vector<std::string> values;
    for (const std::string& name : names) {
        const std::string* value = first_value(finding, field_for(rule, finding.rule.id, name));
        if (value == nullptr) return std::nullopt;
        values.push_back(*value);
    }
    return values;
}

Sample make_sample(Finding finding) {
    std::erase_if(finding.evidence, [](const Evidence& evidence) { return evidence.before; });
    Sample out;
    out.bytes = bytes_of(finding);
    out.evidence_bytes = evidence_bytes_of(finding);
    out.finding = std::make_shared<const Finding>(std::move(finding));
    return out;
}

}  // namespace persandian::correlation
