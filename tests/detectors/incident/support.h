// SPDX-License-Identifier: Apache-2.0
//
// Builders and readers for incident tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "detectors/incident/incident_stage.h"
#include "detectors/incident/record_draft.h"

namespace persandian::incident::test {

struct Drafts final : RecordSink {
    void on_record(RecordDraft draft) override { records.push_back(std::move(draft)); }
    std::vector<RecordDraft> records;
};

/// The members as an object; throws when they are not JSON.
inline boost::json::object parsed(const RecordDraft& draft) {
    return boost::json::parse("{\"kind\":\"" + draft.kind + "\"" + draft.members + "}").as_object();
}

inline std::string text(const boost::json::value& value) {
    return std::string(value.as_string());
}

/// The disclosed value of `path`; "(none)" when there is none.
inline std::string disclosed(const RecordDraft& draft, std::string_view path) {
    for (const Disclosure& disclosure : draft.disclosures)
        if (disclosure.path == path) return disclosure.value;
    return "(none)";
}

inline Finding finding(const std::string& rule, std::int64_t seconds,
                       std::vector<FindingField> fields) {
    Finding out;
    out.rule.id = rule;
    out.rule.title = "Title of " + rule;
    out.rule.level = Level::high;
    out.rule.version = sha256(as_bytes(rule));
    out.time = Timestamp::from_seconds(seconds);
    out.event_type = "log";
    out.fields = std::move(fields);
    return out;
}

}  // namespace persandian::incident::test
