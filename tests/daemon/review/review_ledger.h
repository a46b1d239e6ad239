// SPDX-License-Identifier: Apache-2.0
//
// A ledger with one incident and one officer, made by the real stages and the real writer.
#pragma once

#include <memory>
#include <string>

#include "daemon/ledger/ledger_dir.h"
#include "daemon/ledger/reader.h"
#include "daemon/ledger/system_clock.h"
#include "daemon/review/decision.h"
#include "daemon/review/incident_index.h"
#include "detectors/incident/incident_stage.h"
#include "tests/support/fixed_random.h"
#include "tests/support/temp_dir.h"

namespace persandian::review {

inline constexpr std::string_view rule_yaml =
    "title: Gambling page\n"
    "description: plain description\n"
    "persandian:\n"
    "  title: {id: Halaman judi online, en: Gambling page on a government site}\n"
    "  explanation: {id: Situs dapat tetap tampak normal., en: The site may still look normal.}\n"
    "  next_steps:\n"
    "    id: [Simpan bukti.]\n"
    "    en: [Keep the evidence.]\n";

inline Finding sample_finding() {
    Finding finding;
    finding.rule = {
        "rule-1", "Gambling page", sha256(as_bytes(rule_yaml)), Level::high, {"attack.t1505.003"}};
    finding.time = *parse_rfc3339("2026-11-16T02:11:00Z");
    finding.event_type = "http";
    finding.fields = {{"src_ip", "203.0.113.7"},
                      {"dest_ip", "10.72.1.5"},
                      {"http.hostname", "ppid.example.go.id"}};
    finding.conditions = {{"selection", "http.url", "contains 'slot'", "/pub/?link=<script>"}};
    finding.evidence = {{Evidence::Kind::log_line, "GET /pub/?link=ABC88 \x1b[31m", 0, 0,
                         finding.time, "access.log", 1}};
    return finding;
}

/// Keeps the ledger's parts alive; reopened readers see what was appended.
class ReviewLedger {
  public:
    ReviewLedger() {
        incident::AssetInventory inventory;
        incident::Agency agency;
        agency.code = "72.01";
        agency.name = "Dinas Kesehatan";
        agency.networks = {*IpNetwork::parse("10.72.1.0/24")};
        inventory.agencies.push_back(agency);
        open();
        ledger::LedgerSink sink(*ledger_.writer);
        incident::StageContext context;
        context.rule_text = [](const std::string&) { return std::string(rule_yaml); };
        context.coverage = [] { return incident::Coverage{}; };
        context.sensor = "sensor-1";
        const auto stage =
            incident::make_incident_stage(std::move(context), inventory, random_, sink);
        stage->on_time(sample_finding().time);
        stage->on_finding(sample_finding());
        stage->close();
        EXPECT_TRUE(sink.flush());
        append(officer_record("add", officer->public_key(), "Petugas piket", random_));
    }

    void append(const incident::RecordDraft& draft) {
        EXPECT_TRUE(ledger_.writer->append({&draft, 1}));
    }
    /// A fresh projection of what is durable now.
    IncidentIndex index() {
        reader = ledger::LedgerReader::open(dir_.path() / "ledger");
        Result<IncidentIndex> built = IncidentIndex::build(*reader);
        EXPECT_TRUE(built);
        return std::move(*built);
    }
    RandomSource& random() { return random_; }

    std::unique_ptr<ledger::MemorySigner> officer = [] {
        test::FixedRandom random;
        return ledger::MemorySigner::generate(random);
    }();
    std::unique_ptr<ledger::LedgerReader> reader;

  private:
    void open() {
        ledger::WriterOptions options;
        options.origin = "example.go.id/72/sensor-1";
        ledger_ = ledger::open_ledger_dir(dir_.path() / "ledger", clock_, random_, options);
    }

    test::TempDir dir_;
    test::FixedRandom random_;
    ledger::SystemClock clock_;
    ledger::OpenLedger ledger_;
};

}  // namespace persandian::review
