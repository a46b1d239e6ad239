// SPDX-License-Identifier: Apache-2.0
#include "detectors/incident/records.h"

#include <array>

#include "detectors/incident/evidence.h"

namespace persandian::incident {

void add_coverage(Members& members, const Coverage& coverage) {
    members.begin_object("coverage");
    members.count("packets_received", coverage.packets_received);
    members.count("packets_dropped_kernel", coverage.packets_dropped_kernel);
    members.count("packets_dropped_interface", coverage.packets_dropped_interface);
    members.count("packets_malformed", coverage.packets_malformed);
    members.count("flows_evicted", coverage.flows_evicted);
    members.count("lines_read", coverage.lines_read);
    members.count("lines_unparsed", coverage.lines_unparsed);
    members.count("lines_lost", coverage.lines_lost);
    members.count("events", coverage.events);
    members.count("findings", coverage.findings);
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
    add_coverage(members, coverage);
    members.number("interval_s", interval_seconds);
    return members.take("heartbeat");
}

}  // namespace persandian::incident
