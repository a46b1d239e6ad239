// SPDX-License-Identifier: Apache-2.0
#include "detectors/incident/members.h"

#include "detectors/base/encoding.h"

namespace persandian::incident {

void Members::comma() {
    if (!out_.empty() && (out_.back() == '{' || out_.back() == '[')) return;
    out_ += ',';
}

void Members::key(std::string_view name) {
    comma();
    out_ += '"';
    out_ += name;
    out_ += "\":";
}

void Members::text(std::string_view name, std::string_view value) {
    key(name);
    append_json_string(out_, value);
}

void Members::number(std::string_view name, std::int64_t value) {
    key(name);
    out_ += std::to_string(value);
}

void Members::count(std::string_view name, std::uint64_t value) {
    key(name);
    out_ += std::to_string(value);
}

void Members::time(std::string_view name, Timestamp value) {
    text(name, format_rfc3339_ns(value));
}

void Members::null(std::string_view name) {
    key(name);
    out_ += "null";
}

void Members::texts(std::string_view name, const std::vector<std::string>& values) {
    begin_array(name);
    for (const std::string& value : values) {
        comma();
        append_json_string(out_, value);
    }
    end_array();
}

void Members::disclosed(std::string path, std::string_view value) {
    disclosures_.push_back(make_disclosure(std::move(path), std::string(value), *random_));
    text("p", disclosures_.back().path);
    text("c", disclosures_.back().commitment.hex());
}

void Members::begin_object(std::string_view name) {
    key(name);
    out_ += '{';
}

void Members::begin_array(std::string_view name) {
    key(name);
    out_ += '[';
}

void Members::begin_item() {
    comma();
    out_ += '{';
}

void Members::end_object() {
    out_ += '}';
}

void Members::end_array() {
    out_ += ']';
}

RecordDraft Members::take(std::string kind) {
    RecordDraft draft;
    draft.kind = std::move(kind);
    draft.members = std::move(out_);
    draft.disclosures = std::move(disclosures_);
    out_.clear();
    disclosures_.clear();
    return draft;
}

}  // namespace persandian::incident
