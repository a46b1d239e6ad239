// SPDX-License-Identifier: Apache-2.0
#include "detectors/incident/records.h"

#include <array>

#include "detectors/incident/evidence.h"

namespace persandian::incident {

void write_coverage(Members& members, const Coverage& coverage) {
    members.begin_object("coverage");
    for (const CoverageCounter& counter : coverage_counters)
        members.count(counter.name, coverage.*counter.member);
    members.count("suppressed", coverage.suppressed);
    members.end_object();
}

RecordDraft gap_record(const Gap& gap, RandomSource& random) {
    static constexpr std::array<std::string_view, 4> words = {"capture", "log", "inspector",
                                                              "writer"};
    Members members(random);
    members.text("what", words[static_cast<std::size_t>(gap.what)]);
    members.time("from", gap.from);
    members.time("to", gap.to);
    members.begin_object("lost");
    for (const auto& [name, count] : gap.lost) members.count(name, count);
    members.end_object();
    members.text("reason", gap.reason);
    if (gap.details.empty()) return members.take("gap");
    EvidenceBlob blob = make_blob("text/plain", gap.details);
    members.begin_array("ev");
    members.begin_item();
    members.text("sha256", blob.sha256.hex());
    members.count("size", blob.bytes.size());
    members.text("type", blob.media_type);
    members.end_object();
    members.end_array();
    RecordDraft draft = members.take("gap");
    draft.evidence.push_back(std::move(blob));
    return draft;
}

RecordDraft heartbeat_record(const Coverage& coverage, std::int64_t interval_seconds,
                             RandomSource& random) {
    Members members(random);
    write_coverage(members, coverage);
    members.number("interval_s", interval_seconds);
    return members.take("heartbeat");
}

}  // namespace persandian::incident
