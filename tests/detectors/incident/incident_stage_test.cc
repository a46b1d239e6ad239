// SPDX-License-Identifier: Apache-2.0
#include "detectors/incident/incident_stage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/incident/support.h"
#include "tests/support/fixed_random.h"

namespace persandian::incident::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t start = 1'790'000'000;  // 2026-09-21

struct Bench {
    explicit Bench(const Limits& limits = {}) {
        StageContext context;
        context.rule_set_version = sha256(as_bytes(std::string_view("set")));
        context.rule_text = [](const std::string& id) { return "title: " + id + "\n"; };
        context.coverage = [] { return Coverage{.packets_received = 42}; };
        context.is_our_word = [](std::string_view word) {
            return word == "src_ip" || word == "user.name" || word == "TCP" || word == "proto" ||
                   word == "log.raw" || word == "http.hostname" || word == "dest_ip";
        };
        context.sensor = "sensor-1";
        Agency agency;
        agency.code = "72.71";
        agency.name = "Dinas Contoh";
        agency.zone = "Asia/Makassar";
        agency.contact = "narahubung@example.go.id";
        agency.networks = {*IpNetwork::parse("192.0.2.0/24")};
        inventory.agencies = {agency};
        stage = make_incident_stage(std::move(context), inventory, random, drafts, limits);
    }
    void attempt(std::int64_t seconds, const std::string& source, const std::string& line = "") {
        Finding f =
            finding("fail", start + seconds, {{"src_ip", source}, {"dest_ip", "192.0.2.9"}});
        if (!line.empty()) {
            Evidence evidence;
            evidence.bytes = line;
            f.evidence.push_back(evidence);
        }
        stage->on_finding(std::move(f));
    }
    [[nodiscard]] std::vector<std::string> summary() const {
        std::vector<std::string> out;
        for (const RecordDraft& draft : drafts.records) {
            const auto record = parsed(draft);
            out.push_back(
                text(record.at("id")) + " " + std::to_string(record.at("rev").as_int64()) + " " +
                text(record.at("state")) + " " + std::to_string(record.at("count").as_int64()));
        }
        return out;
    }
    persandian::test::FixedRandom random;
    AssetInventory inventory;
    Drafts drafts;
    std::unique_ptr<IncidentStage> stage;
};

TEST(Grouping, SameRuleAndEntityAreOneIncident) {
    Bench bench;
    for (int i = 0; i < 25; ++i) bench.attempt(i, "203.0.113.7");
    bench.attempt(30, "203.0.113.8");
    bench.stage->close();
    EXPECT_THAT(bench.summary(),
                ElementsAre("INC-2026-000001 1 open 1", "INC-2026-000001 2 open 10",
                            "INC-2026-000002 1 open 1", "INC-2026-000001 3 final 25",
                            "INC-2026-000002 2 final 1"));
}

TEST(Grouping, AFindingBeyondTheWindowOpensANewIncident) {
    Bench bench;
    bench.attempt(0, "203.0.113.7");
    bench.attempt(3600, "203.0.113.7");
    bench.attempt(7201, "203.0.113.7");
    EXPECT_THAT(bench.summary(),
                ElementsAre("INC-2026-000001 1 open 1", "INC-2026-000001 2 final 2",
                            "INC-2026-000002 1 open 1"));
}

TEST(Grouping, TimeClosesTheWindow) {
    Bench bench;
    bench.attempt(0, "203.0.113.7");
    bench.stage->on_time(Timestamp::from_seconds(start + 3600));
    EXPECT_EQ(bench.drafts.records.size(), 1U);
    bench.stage->on_time(Timestamp::from_seconds(start + 3601));
    EXPECT_THAT(bench.summary(),
                ElementsAre("INC-2026-000001 1 open 1", "INC-2026-000001 2 final 1"));
    bench.stage->close();
    EXPECT_EQ(bench.drafts.records.size(), 2U);
}

TEST(Grouping, ADelayedLogStaysOneIncidentBesideTheClock) {
    Bench bench;
    for (int i = 0; i < 5; ++i) {
        bench.stage->on_time(Timestamp::from_seconds(start + 10'000 + i));
        bench.attempt(i, "203.0.113.7");
    }
    bench.stage->close();
    EXPECT_THAT(bench.summary(),
                ElementsAre("INC-2026-000001 1 open 1", "INC-2026-000001 2 final 5"));
    const auto record = parsed(bench.drafts.records[0]);
    EXPECT_EQ(text(record.at("occurred_at")), "2026-09-21T14:13:20.000000000Z");
    EXPECT_EQ(text(record.at("discovered_at")), "2026-09-21T17:00:00.000000000Z");
}

TEST(Grouping, AChangedRuleOpensANewIncident) {
    Bench bench;
    bench.attempt(0, "203.0.113.7");
    Finding changed = finding("fail", start + 1, {{"src_ip", "203.0.113.7"}});
    changed.rule.version = {};
    bench.stage->on_finding(changed);
    EXPECT_EQ(bench.stage->counters().incidents, 2U);
}

TEST(Grouping, CountsInMemoryOnlyAreKnownAndCanBeWritten) {
    Bench bench;
    EXPECT_EQ(bench.stage->unwritten(), 0U);
    for (int i = 0; i < 3; ++i) bench.attempt(i, "203.0.113.7");
    bench.attempt(0, "203.0.113.8");
    EXPECT_EQ(bench.stage->unwritten(), 1U);
    ASSERT_EQ(bench.drafts.records.size(), 2U);
    bench.stage->write_counts();
    EXPECT_EQ(bench.stage->unwritten(), 0U);
    bench.stage->write_counts();  // writes nothing twice
    EXPECT_THAT(bench.summary(), ElementsAre("INC-2026-000001 1 open 1", "INC-2026-000002 1 open 1",
                                             "INC-2026-000001 2 open 3"));
    bench.attempt(3, "203.0.113.7");
    EXPECT_EQ(bench.stage->unwritten(), 1U);
    bench.stage->close();
    EXPECT_EQ(bench.stage->unwritten(), 0U);
}

TEST(Grouping, NumbersGoOnAfterAReload) {
    Bench bench;
    bench.attempt(0, "203.0.113.7");
    StageContext reloaded;
    reloaded.next_incident_number = 1;
    bench.stage->set_context(reloaded);
    bench.attempt(0, "203.0.113.8");
    EXPECT_EQ(text(parsed(bench.drafts.records[1]).at("id")), "INC-2026-000002");
    EXPECT_EQ(bench.stage->next_incident_number(), 3U);
}

TEST(IncidentRecord, IsWrittenAsTheFormatSays) {
    Bench bench;
    Finding f = finding("fail", start,
                        {{"src_ip", "203.0.113.7"},
                         {"dest_ip", "192.0.2.9"},
                         {"proto", "TCP"},
                         {"dest_port", "22"}});
    f.rule.tags = {"attack.t1110"};
    f.conditions = {{"selection", "src_ip", "cidr 203.0.113.0/24", "203.0.113.7"}};
    bench.stage->on_finding(f);
    const RecordDraft& draft = bench.drafts.records.at(0);
    const auto c = [&](const char* path) {
        for (const Disclosure& d : draft.disclosures)
            if (d.path == path) return d.commitment.hex();
        return std::string("missing");
    };
    const std::string rule_text = "title: fail\n";
    const std::string expected =
        R"(,"id":"INC-2026-000001","rev":1,"state":"open","rule":{"id":"fail",)"
        R"("title":"Title of fail","version":")" +
        f.rule.version.hex() + R"(","level":"high","tags":["attack.t1110"]},"ruleset":")" +
        sha256(as_bytes(std::string_view("set"))).hex() +
        R"(","sensor":"sensor-1","severity":"high","agency":{"code":"72.71","name":"Dinas Contoh",)"
        R"("zone":"Asia/Makassar","zone_name":"WITA","zone_offset_minutes":480},)"
        R"("occurred_at":"2026-09-21T14:13:20.000000000Z",)"
        R"("last_seen_at":"2026-09-21T14:13:20.000000000Z",)"
        R"("discovered_at":"2026-09-21T14:13:20.000000000Z","count":1,"event_type":"log",)"
        R"("facts":{"proto":"TCP","dest_port":"22"},)"
        R"("entity":[{"field":"src_ip","p":"entity/0/value","c":")" +
        c("entity/0/value") + R"("}],"fields":[{"field":"src_ip","p":"fields/0/value","c":")" +
        c("fields/0/value") + R"("},{"field":"dest_ip","p":"fields/1/value","c":")" +
        c("fields/1/value") + R"("},{"field":"proto","p":"fields/2/value","c":")" +
        c("fields/2/value") + R"("},{"field":"","name":{"p":"fields/3/name","c":")" +
        c("fields/3/name") + R"("},"p":"fields/3/value","c":")" + c("fields/3/value") +
        R"("}],"why":[{"selection":"selection","field":"src_ip","test":"cidr 203.0.113.0/24",)"
        R"("p":"why/0/value","c":")" +
        c("why/0/value") + R"("}],"contact":{"p":"contact","c":")" + c("contact") +
        R"("},"ev":[{"sha256":")" + sha256(as_bytes(rule_text)).hex() +
        R"(","size":12,"type":"application/yaml"}],"coverage":{"packets_received":42,)"
        R"("packets_dropped_kernel":0,"packets_dropped_interface":0,"packets_malformed":0,)"
        R"("flows_evicted":0,"flows_shed":0,"lines_read":0,"lines_unparsed":0,"lines_lost":0,"events":0,)"
        R"("findings":0,"suppressed":0})";
    EXPECT_EQ(draft.members, expected);
    EXPECT_EQ(disclosed(draft, "contact"), "narahubung@example.go.id");
    for (const Disclosure& d : draft.disclosures)
        EXPECT_EQ(d.commitment, commitment_of(d.path, d.salt, d.value)) << d.path;
}

TEST(IncidentRecord, LeafNamesNobody) {
    Bench bench;
    const std::vector<FindingField> personal = {
        {"src_ip", "203.0.113.7"},
        {"user.name", "budi"},
        {"http.hostname", "rahasia.example.go.id"},
        {"log.raw", "Failed password for budi from 203.0.113.7"},
        {"orang.siti", "7271000000000001"},  // the name itself is from outside
        {"proto", "bambang"},                // claims to be a fact
        {"dest_port", "7271000000000002"},
        {"app_proto", "agus"},
        {"not utf-8", "\xff\xfe secret"}};
    Finding f = finding("fail", start, personal);
    f.conditions = {{"selection", "user", "equals an account of the list", "budi"}};
    Evidence raw;
    raw.bytes = "Failed password for budi from 203.0.113.7";
    f.evidence = {raw};
    bench.stage->on_finding(f);
    bench.stage->close();
    ASSERT_EQ(bench.drafts.records.size(), 2U);
    for (const RecordDraft& draft : bench.drafts.records) {
        (void)parsed(draft);
        for (const FindingField& field : personal) {
            EXPECT_THAT(draft.members, Not(HasSubstr(field.value)));
            EXPECT_EQ(
                disclosed(draft, "fields/" + std::to_string(&field - personal.data()) + "/value"),
                field.value);
        }
        for (const char* word : {"budi", "siti", "bambang", "agus", "rahasia", "narahubung"})
            EXPECT_THAT(draft.members, Not(HasSubstr(word)));
        EXPECT_EQ(disclosed(draft, "fields/4/name"), "orang.siti");
    }
}

TEST(IncidentRecord, UnregisteredAssetsHaveNoAgency) {
    Bench bench;
    bench.stage->on_finding(finding("fail", start, {{"src_ip", "203.0.113.7"}}));
    const auto record = parsed(bench.drafts.records[0]);
    EXPECT_TRUE(record.at("agency").is_null());
    EXPECT_FALSE(record.contains("contact"));
}

TEST(IncidentRecord, StaysBelowTheLimitWhateverTheFinding) {
    Bench bench;
    Finding f = finding("fail", start, {});
    f.rule.title = std::string(5000, 'T');
    f.rule.tags.assign(500, std::string(500, 't'));
    for (std::size_t i = 0; i < Finding::max_fields; ++i)
        f.fields.push_back({"name" + std::string(300, 'n'), std::string(1024, 'v')});
    for (std::size_t i = 0; i < Finding::max_conditions; ++i)
        f.conditions.push_back({std::string(900, 's'), std::string(900, 'f'),
                                std::string(9000, '\x01'), std::string(1024, 'v')});
    bench.stage->on_finding(f);
    EXPECT_LT(bench.drafts.records[0].members.size(), 65'000U);
    (void)parsed(bench.drafts.records[0]);
}

TEST(EvidenceOfIncidents, IsCappedAndEachBlobComesOnce) {
    Bench bench;
    for (int i = 0; i < 20; ++i) bench.attempt(i, "203.0.113.7", "line " + std::to_string(i));
    bench.stage->close();
    ASSERT_EQ(bench.drafts.records.size(), 3U);  // counts 1, 10, 20
    const auto blobs = [&](std::size_t record) {
        std::vector<std::string> out;
        for (const EvidenceBlob& blob : bench.drafts.records[record].evidence)
            out.push_back(blob.bytes);
        return out;
    };
    EXPECT_THAT(blobs(0), ElementsAre("title: fail\n", "line 0\n"));
    EXPECT_THAT(blobs(1), ElementsAre("line 1\n", "line 2\n", "line 3\n", "line 4\n"));
    EXPECT_THAT(blobs(2), ElementsAre());
    const auto ev = parsed(bench.drafts.records[2]).at("ev").as_array();
    ASSERT_EQ(ev.size(), 6U);
    EXPECT_EQ(text(ev[0].at("type")), "application/yaml");
}

TEST(StageLimits, TooManyOpenIncidentsCloseTheLeastRecent) {
    Limits limits;
    limits.max_open_incidents = 2;
    Bench bench(limits);
    bench.attempt(0, "203.0.113.1");
    bench.attempt(1, "203.0.113.2");
    bench.attempt(2, "203.0.113.1");
    bench.attempt(3, "203.0.113.3");
    EXPECT_EQ(bench.stage->counters().closed_early, 1U);
    EXPECT_EQ(bench.summary()[2], "INC-2026-000002 2 final 1");
}

TEST(StageLimits, PendingSamplesAreBounded) {
    Limits limits;
    limits.max_pending_sample_bytes = 10;
    Bench bench(limits);
    bench.attempt(0, "203.0.113.1", "123456");
    bench.attempt(1, "203.0.113.1", "123456");
    bench.attempt(2, "203.0.113.1", "123456");
    EXPECT_EQ(bench.stage->counters().samples_left_out, 1U);
}

TEST(EntityChoice, FollowsTheRulesSubject) {
    const auto chosen = [](Finding f) {
        std::string out;
        for (const Entity& part : entity_of(f)) out += part.field + "=" + part.value + " ";
        return out;
    };
    const std::vector<FindingField> login = {
        {"host", "web1"}, {"user.name", "budi"}, {"src_ip", "203.0.113.7"}};
    Finding plain = finding("r", 0, login);
    EXPECT_EQ(chosen(plain), "src_ip=203.0.113.7 ");
    Finding account = plain;
    account.rule.tags = {"attack.t1078.003"};
    EXPECT_EQ(chosen(account), "user.name=budi ");
    account.rule.tags = {"attack.t10780"};
    EXPECT_EQ(chosen(account), "src_ip=203.0.113.7 ");
    Finding correlation = plain;
    correlation.group_fields = 2;
    EXPECT_EQ(chosen(correlation), "host=web1 user.name=budi ");
    EXPECT_EQ(chosen(finding("r", 0, {{"log.source", "/var/log/x"}})), "log.source=/var/log/x ");
    EXPECT_EQ(chosen(finding("r", 0, {})), "");
}

TEST(StageTimes, AbsurdOnesDoNoHarm) {
    Bench bench;
    for (const std::int64_t ns : {INT64_MIN, INT64_MAX, std::int64_t{0}}) {
        Finding f = finding("fail", 0, {{"src_ip", "203.0.113.7"}});
        f.time.ns = ns;
        bench.stage->on_finding(f);
    }
    bench.stage->on_time({INT64_MAX});
    bench.stage->close();
    for (const RecordDraft& draft : bench.drafts.records) (void)parsed(draft);
}

TEST(StageDeterminism, SameInputSameBytes) {
    const auto run = [] {
        Bench bench;
        for (int i = 0; i < 300; ++i)
            bench.attempt(i * 40, "203.0.113." + std::to_string(i % 7), "l" + std::to_string(i));
        bench.stage->close();
        std::string out;
        for (const RecordDraft& draft : bench.drafts.records) out += draft.members + "\n";
        return out;
    };
    EXPECT_EQ(run(), run());
}

}  // namespace
}  // namespace persandian::incident::test
