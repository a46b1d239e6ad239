// SPDX-License-Identifier: Apache-2.0
//
// The config record: rules, configuration, and what is quiet on purpose.
#include <algorithm>

#include "detectors/base/encoding.h"
#include "detectors/incident/evidence.h"
#include "detectors/incident/records.h"

namespace persandian::incident {
namespace {

/// Room for an item's members other than its rules, and for its file's reference.
constexpr std::size_t item_bytes = 900;

std::vector<std::string> listed_rules(const QuietFact& fact) {
    std::vector<std::string> out;
    for (const std::string& id : fact.rules) {
        if (out.size() == max_listed_rules) break;
        out.push_back(id.substr(0, max_listed_id_bytes));
    }
    return out;
}

std::size_t size_of(const QuietFact& fact) {
    std::string rules;
    for (const std::string& id : listed_rules(fact)) append_json_string(rules, id);
    return item_bytes + rules.size() + max_listed_rules;
}

/// Where each record's share ends.
std::vector<std::size_t> shares(const std::vector<QuietFact>& facts) {
    std::vector<std::size_t> ends;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < facts.size(); ++i) {
        const std::size_t size = size_of(facts[i]);
        if (bytes > 0 && bytes + size > max_config_record_bytes) {
            ends.push_back(i);
            bytes = 0;
        }
        bytes += size;
    }
    ends.push_back(facts.size());
    return ends;
}

void add_item(Members& members, const QuietFact& fact, const Digest& file, std::size_t index) {
    const std::string path = "suppressions/" + std::to_string(index);
    members.begin_item();
    members.text("file", file.hex());
    members.count("line", fact.line);
    members.texts("rules", listed_rules(fact));
    members.count("rule_count", fact.rules.size());
    members.begin_object("reason");
    members.disclosed(path + "/reason", fact.reason);
    members.end_object();
    members.begin_object("author");
    members.disclosed(path + "/author", fact.author);
    members.end_object();
    members.time("from", fact.from);
    members.time("until", fact.until);
    if (fact.throttle_limit > 0) {
        members.count("limit", fact.throttle_limit);
        members.number("window_s", fact.throttle_window.ns / 1'000'000'000);
    } else {
        members.text("hides", fact.also_correlations ? "everything" : "alerts");
    }
    members.count("hidden", fact.hidden);
    if (fact.last_hidden) members.time("last", *fact.last_hidden);
    members.end_object();
}

void add_references(Members& members, const std::vector<EvidenceBlob>& files) {
    if (files.empty()) return;
    members.begin_array("ev");
    for (const EvidenceBlob& file : files) {
        members.begin_item();
        members.text("sha256", file.sha256.hex());
        members.count("size", file.bytes.size());
        members.text("type", file.media_type);
        members.end_object();
    }
    members.end_array();
}

}  // namespace

std::vector<RecordDraft> config_records(const ConfigFacts& facts, RandomSource& random) {
    const std::vector<std::size_t> ends = shares(facts.suppressions);
    std::vector<RecordDraft> out;
    std::size_t next = 0;
    for (std::size_t part = 0; part < ends.size(); ++part) {
        Members members(random);
        members.text("ruleset", facts.rule_set.hex());
        members.count("rules", facts.rules);
        members.count("refused", facts.refused);
        members.text("binary", facts.binary);
        members.text("config", facts.configuration.hex());
        if (ends.size() > 1) {
            members.count("part", part + 1);
            members.count("parts", ends.size());
        }
        std::vector<EvidenceBlob> files;
        const std::size_t begin = next;
        members.begin_array("suppressions");
        for (; next < ends[part]; ++next) {
            const QuietFact& fact = facts.suppressions[next];
            if (next == begin || fact.file != facts.suppressions[next - 1].file)
                files.push_back(make_blob("application/yaml", facts.suppression_files[fact.file]));
            add_item(members, fact, files.back().sha256, next - begin);
        }
        members.end_array();
        add_references(members, files);
        out.push_back(members.take("config"));
        out.back().evidence = std::move(files);
    }
    return out;
}

}  // namespace persandian::incident
