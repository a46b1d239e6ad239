// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/writer.h"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/ledger/ledger_dir.h"
#include "daemon/ledger/paths.h"
#include "daemon/ledger/reader.h"
#include "daemon/ledger/slot.h"
#include "tests/daemon/ledger/fixture.h"
#include "tests/support/temp_dir.h"

namespace persandian::test {
namespace {

using ledger::LedgerError;
using ledger::LedgerFault;
using ledger::LedgerWriter;

LedgerFault fault_of_open(WriterParts& parts, ledger::Storage& storage) {
    try {
        (void)parts.open(storage);
    } catch (const LedgerError& error) {
        return error.fault;
    }
    ADD_FAILURE() << "open() was to fail";
    return LedgerFault::io;
}

std::vector<std::string> kinds(const AuditedGeneration& generation) {
    std::vector<std::string> out;
    for (const std::string& record : generation.records) out.push_back(kind_of(record));
    return out;
}

const ledger::PublicKey& test_key() {
    static const ledger::PublicKey key = WriterParts::fixed_signer()->public_key();
    return key;
}

TEST(Writer, NewLedgerBeginsWithGenesisAndPublishesItsKey) {
    SimDisk disk;
    WriterParts parts;
    const auto writer = parts.open(disk);
    EXPECT_TRUE(writer->report().created);
    EXPECT_EQ(writer->checkpoint().size, 1U);
    EXPECT_EQ(writer->checkpoint().origin, "example.go.id/sulteng/sensor-1/00000001");
    const auto found = audit(disk, test_key());
    ASSERT_EQ(found.size(), 1U);
    EXPECT_THAT(kinds(found[0]), testing::ElementsAre("genesis"));
    EXPECT_THAT(found[0].records[0], testing::HasSubstr("\"previous\":null"));
    EXPECT_EQ(disk.files().at("log.vkey"),
              ledger::vkey(writer->checkpoint().origin, test_key()) + "\n");
    EXPECT_EQ(disk.files().at("log.pub.pem"), ledger::public_key_pem(test_key()));
}

TEST(Writer, RecordHasTheCommonMembersInOrderAndItsOwnUnchanged) {
    SimDisk disk;
    WriterParts parts;
    const auto writer = parts.open(disk);
    const auto written = writer->append(std::vector{incident::RecordDraft{
        .kind = "gap", .members = ",\"what\":\"log\",\"reason\":\"r\\u00e9\""}});
    ASSERT_TRUE(written);
    EXPECT_EQ(written->first, 1U);
    EXPECT_EQ(written->count, 1U);
    EXPECT_THAT(
        audit(disk, test_key())[0].records[1],
        testing::MatchesRegex(
            "\\{\"v\":1,\"kind\":\"gap\",\"log\":\"example.go.id/sulteng/sensor-1/00000001\","
            "\"seq\":1,\"boot\":\"[0-9a-f]+\",\"ts\":\"2026-08-15T[0-9:.]+Z\",\"mono\":[0-9]+,"
            "\"clk\":\\{\"src\":\"system\",\"err_ns\":-1\\},\"what\":\"log\","
            "\"reason\":\"r\\\\u00e9\"\\}"));
}

TEST(Writer, MonoDoesNotDecreaseWhenTheClockDoes) {
    SimDisk disk;
    WriterParts parts;
    const auto writer = parts.open(disk);
    ASSERT_TRUE(writer->append(std::vector{sample_heartbeat(1)}));
    parts.clock.reading.monotonic_ns -= 1'000'000'000;
    parts.clock.reading.now = parts.clock.reading.now - Duration::hours(24);
    ASSERT_TRUE(writer->append(std::vector{sample_heartbeat(2)}));
    std::int64_t last = 0;
    const auto found = audit(disk, test_key());
    for (const std::string& record : found[0].records) {
        const std::int64_t mono = boost::json::parse(record).at("mono").to_number<std::int64_t>();
        EXPECT_GE(mono, last);
        last = mono;
    }
}

TEST(Writer, BadDraftIsRefusedAndTheLedgerStaysUsable) {
    SimDisk disk;
    WriterParts parts;
    const auto writer = parts.open(disk);
    const struct {
        const char* kind;
        std::string members;
        ErrorCode code;
    } cases[] = {
        {"incidents", "", ErrorCode::malformed},
        {"genesis", "", ErrorCode::malformed},
        {"gap", "\"a\":1", ErrorCode::malformed},
        {"gap", ",\"a\":1.5", ErrorCode::malformed},
        {"gap", ",\"seq\":7", ErrorCode::malformed},
        {"gap", ",\"a\":1}{\"b\":2", ErrorCode::malformed},
        {"gap", ",\"a\":\"\xFF\"", ErrorCode::malformed},
        {"gap", ",\"a\":\"" + std::string(65'535, 'x') + "\"", ErrorCode::limit},
    };
    for (const auto& bad : cases) {
        const auto files = disk.files();
        const std::vector drafts = {
            sample_heartbeat(1), incident::RecordDraft{.kind = bad.kind, .members = bad.members}};
        const auto written = writer->append(drafts);
        ASSERT_FALSE(written) << bad.members.substr(0, 40);
        EXPECT_EQ(written.error().code, bad.code) << bad.members.substr(0, 40);
        EXPECT_EQ(disk.files(), files) << "a refused batch left something behind";
    }
    EXPECT_TRUE(writer->append(std::vector{sample_heartbeat(1)}));
    EXPECT_EQ(audit(disk, test_key())[0].records.size(), 2U);
}

TEST(Writer, LongestRecordFits) {
    SimDisk disk;
    WriterParts parts;
    const auto writer = parts.open(disk);
    ASSERT_TRUE(writer->append(std::vector{sample_heartbeat(1)}));
    const std::size_t frame = audit(disk, test_key())[0].records[1].size() -
                              sample_heartbeat(1).members.size() - std::string("heartbeat").size();
    std::string members = ",\"reason\":\"\"";
    members.insert(members.size() - 1, 65'535 - frame - members.size() - 3, 'x');
    ASSERT_TRUE(writer->append(std::vector{incident::RecordDraft{"gap", members, {}, {}}}));
    EXPECT_EQ(audit(disk, test_key())[0].records[2].size(), 65'535U);
    members.insert(members.size() - 1, 1, 'x');
    EXPECT_FALSE(writer->append(std::vector{incident::RecordDraft{"gap", members, {}, {}}}));
}

TEST(WriterDeathTest, DraftThatBreaksItsOwnPromiseAborts) {
    const auto append = [](const std::function<void(incident::RecordDraft&)>& spoil) {
        SimDisk disk;
        WriterParts parts;
        const auto writer = parts.open(disk);
        incident::RecordDraft draft = sample_incident(1, parts.random);
        spoil(draft);
        (void)writer->append(std::span(&draft, 1));
    };
    EXPECT_DEATH(append([](auto& draft) { draft.disclosures[0].value += "x"; }), "invariant");
    EXPECT_DEATH(append([](auto& draft) { draft.disclosures[0].path = "other"; }), "invariant");
    EXPECT_DEATH(append([](auto& draft) { draft.disclosures.push_back(draft.disclosures[0]); }),
                 "invariant");
    EXPECT_DEATH(append([](auto& draft) { draft.evidence[0].bytes += "x"; }), "invariant");
    EXPECT_DEATH(append([](auto& draft) { draft.members = ",\"a\":1"; }), "invariant");
}

TEST(Writer, LongBatchBecomesSeveralCommitsWithinTheLimits) {
    SimDisk disk;
    WriterParts parts;
    const auto writer = parts.open(disk);
    std::uint64_t commits = 0;
    disk.before_operation = [&](std::uint64_t, const std::string& name) -> std::optional<SimFault> {
        commits += name.starts_with("sync log/00000001/commit.") ? 1U : 0U;
        return std::nullopt;
    };
    const std::vector<incident::RecordDraft> drafts(10'000, sample_heartbeat(1));
    const auto written = writer->append(drafts);
    ASSERT_TRUE(written);
    EXPECT_EQ(written->count, 10'000U);
    EXPECT_EQ(commits, 3U);
    EXPECT_EQ(writer->checkpoint().size, 10'001U);
    (void)audit(disk, test_key());
}

TEST(Writer, SegmentsEndAtMultiplesOf256) {
    SimDisk disk;
    WriterParts parts;
    parts.options.segment_records = 300;
    {
        const auto writer = parts.open(disk);
        const std::vector<incident::RecordDraft> drafts(1'100, sample_heartbeat(1));
        ASSERT_TRUE(writer->append(drafts));
    }
    const auto files = disk.files();
    EXPECT_EQ(files.at("log/00000001/seg/00000000.leaf").size(), 512U * 32);
    EXPECT_EQ(files.at("log/00000001/seg/00000001.leaf").size(), 512U * 32);
    EXPECT_EQ(files.at("log/00000001/seg/00000002.leaf").size(), 77U * 32);
    EXPECT_EQ(files.at("log/00000001/seg/00000001.idx").size(), 2U * 8);
    EXPECT_EQ(audit(disk, test_key())[0].records.size(), 1'101U);
    const auto writer = parts.open(disk);
    EXPECT_EQ(writer->report().adopted_size, 1'101U);
}

TEST(Writer, SegmentsEndAtTheByteLimit) {
    SimDisk disk;
    WriterParts parts;
    parts.options.segment_bytes = 1;
    const auto writer = parts.open(disk);
    for (int i = 0; i < 6; ++i)
        ASSERT_TRUE(writer->append(std::vector<incident::RecordDraft>(100, sample_heartbeat(1))));
    EXPECT_TRUE(disk.exists("log/00000001/seg/00000002.ent"));
    EXPECT_FALSE(disk.exists("log/00000001/seg/00000003.ent"));
    EXPECT_EQ(audit(disk, test_key())[0].records.size(), 601U);
}

TEST(Writer, ClosedLedgerGoesOnWithoutRecoveryAndUnclosedWithOne) {
    SimDisk disk;
    WriterParts parts;
    ASSERT_TRUE(parts.open(disk)->close("stop"));
    {
        const auto writer = parts.open(disk);
        EXPECT_EQ(writer->report().adopted_size, 2U);
        ASSERT_TRUE(writer->append(std::vector{sample_heartbeat(1)}));
    }
    (void)parts.open(disk);
    EXPECT_THAT(kinds(audit(disk, test_key())[0]),
                testing::ElementsAre("genesis", "close", "heartbeat", "recovery"));
    EXPECT_FALSE([&] {
        const auto writer = parts.open(disk);
        (void)writer->close("stop");
        return writer->append(std::vector{sample_heartbeat(1)}).has_value();
    }());
}

TEST(Writer, SecondWriterIsRefused) {
    const TempDir folder;
    WriterParts parts;
    const auto storage = ledger::posix_storage(folder.path());
    const auto other = ledger::posix_storage(folder.path());
    const auto writer = parts.open(*storage);
    EXPECT_EQ(fault_of_open(parts, *other), LedgerFault::locked);
}

TEST(Writer, OtherKeyIsRefused) {
    SimDisk disk;
    WriterParts parts;
    (void)parts.open(disk);
    WriterParts other;
    other.signer = WriterParts::fixed_signer(8);
    EXPECT_EQ(fault_of_open(other, disk), LedgerFault::key_mismatch);
    // Also when the public key was taken away.
    ASSERT_TRUE(disk.remove(ledger::paths::public_pem));
    EXPECT_EQ(fault_of_open(other, disk), LedgerFault::key_mismatch);
}

TEST(Writer, OtherOriginIsRefusedAndABadOneToo) {
    SimDisk disk;
    WriterParts parts;
    (void)parts.open(disk);
    parts.options.origin = "example.go.id/gorontalo/sensor-1";
    EXPECT_EQ(fault_of_open(parts, disk), LedgerFault::bad_options);
    parts.options.origin = "";
    EXPECT_EQ(parts.open(disk)->report().adopted_size, 1U);
    for (const char* bad : {"a b/c", "a+b/c", "\xC3\xA9/x", "a\n/b"}) {
        SimDisk fresh;
        parts.options.origin = bad;
        EXPECT_EQ(fault_of_open(parts, fresh), LedgerFault::bad_options);
    }
    SimDisk fresh;
    parts.options.origin = "";
    EXPECT_EQ(fault_of_open(parts, fresh), LedgerFault::bad_options);
}

TEST(Writer, OriginFixedWithTheKeyIsKept) {
    SimDisk disk;
    WriterParts parts;
    disk.set_file("log.vkey", ledger::vkey("a.example/b/c/00000001", test_key()) + "\n");
    EXPECT_EQ(fault_of_open(parts, disk), LedgerFault::bad_options);
    parts.options.origin = "";
    EXPECT_EQ(parts.open(disk)->checkpoint().origin, "a.example/b/c/00000001");
}

/// A ledger of 21 records, and its earlier self of 11.
struct TwoStates {
    SimDisk disk;
    std::map<std::string, std::string> earlier;
    std::string early;  ///< notes of the heads
    std::string late;
    TwoStates() {
        WriterParts parts;
        const auto writer = parts.open(disk);
        for (int half = 0; half < 2; ++half) {
            for (std::uint64_t i = 0; i < 10; ++i)
                EXPECT_TRUE(writer->append(std::vector{sample_incident(i, parts.random)}));
            if (half == 0) {
                earlier = disk.files();
                early = writer->checkpoint_note();
            }
        }
        late = writer->checkpoint_note();
    }
};

TEST(Writer, RememberedHeadIsAcceptedWhenTheLedgerExtendsIt) {
    TwoStates states;
    WriterParts parts(1);
    parts.options.remembered_note = states.early;
    EXPECT_EQ(parts.open(states.disk)->report().adopted_size, 21U);
    parts.options.remembered_note = states.late;
    EXPECT_EQ(parts.open(states.disk)->report().adopted_size, 22U);
}

TEST(Writer, DamageBelowTheCheckpointBeginsANewGenerationAndCutsNothing) {
    const std::string entries = "log/00000001/seg/00000000.ent";
    const std::function<void(std::string&)> damages[] = {
        [](std::string& bytes) { bytes[100] ^= 1; },
        [](std::string& bytes) { bytes.resize(bytes.size() - 1); },
        [](std::string& bytes) { bytes.erase(0, 50); },
        [](std::string& bytes) { bytes.clear(); },
        [](std::string& bytes) { bytes[0] = '\x7F'; },
    };
    for (const auto& damage : damages) {
        TwoStates states;
        std::string bytes = states.disk.files().at(entries);
        damage(bytes);
        states.disk.set_file(entries, bytes);
        WriterParts parts(1);
        {
            const auto writer = parts.open(states.disk);
            EXPECT_FALSE(writer->report().new_generation_reason.empty());
            ASSERT_TRUE(writer->append(std::vector{sample_heartbeat(1)}));
        }
        EXPECT_EQ(states.disk.files().at(entries), bytes) << "evidence of damage was changed";
        const auto reader = ledger::LedgerReader::open(states.disk);
        EXPECT_EQ(reader->checkpoint().origin, "example.go.id/sulteng/sensor-1/00000002");
        EXPECT_THAT(*reader->record(0), testing::HasSubstr("\"size\":21,"));
        // The next start goes on with the new generation.
        EXPECT_EQ(parts.open(states.disk)->report().adopted_size, 2U);
    }
}

TEST(Writer, LostSlotsBeginANewGeneration) {
    TwoStates states;
    states.disk.set_file("log/00000001/commit.a", std::string(ledger::slot_bytes, 'x'));
    states.disk.set_file("log/00000001/commit.b", "");
    WriterParts parts(1);
    const auto writer = parts.open(states.disk);
    EXPECT_EQ(writer->report().new_generation_reason, "no valid checkpoint was found");
}

TEST(Writer, AppendedTailIsQuarantinedNotAdopted) {
    TwoStates states;
    const std::string entries = "log/00000001/seg/00000000.ent";
    const std::string sound = states.disk.files().at(entries);
    // Somebody appends a well-formed record while nobody writes.
    std::string forged = "{\"v\":1,\"kind\":\"heartbeat\"}";
    const std::string tail = std::string(1, '\0') + static_cast<char>(forged.size()) + forged;
    states.disk.set_file(entries, sound + tail);
    WriterParts parts(1);
    EXPECT_EQ(parts.open(states.disk)->report().tail_bytes, tail.size());
    EXPECT_EQ(states.disk.files().at("log/00000001/quarantine/21.tail"), tail);
    const auto records = audit(states.disk, test_key())[0].records;
    ASSERT_EQ(records.size(), 22U);
    EXPECT_THAT(records[21], testing::HasSubstr(
                                 fmt::format("\"size\":21,\"tail_bytes\":{},\"tail_sha256\":\"{}\"",
                                             tail.size(), sha256(as_bytes(tail)).hex())));
}

TEST(Writer, DerivedFilesAreMadeAgain) {
    TwoStates states;
    states.disk.set_file("log/00000001/seg/00000000.leaf", "nonsense");
    ASSERT_TRUE(states.disk.remove("log/00000001/seg/00000000.idx"));
    WriterParts parts(1);
    (void)parts.open(states.disk);
    EXPECT_EQ(states.disk.files().at("log/00000001/seg/00000000.leaf").size(), 22U * 32);
    EXPECT_EQ(states.disk.files().at("log/00000001/seg/00000000.idx"), std::string(8, '\0'));
}

TEST(Writer, DamagedEvidenceIsWrittenAgain) {
    SimDisk disk;
    WriterParts parts;
    const incident::RecordDraft draft = sample_incident(1, parts.random);
    const std::string path = ledger::paths::evidence_blob(draft.evidence[0].sha256);
    {
        const auto writer = parts.open(disk);
        ASSERT_TRUE(writer->append(std::span(&draft, 1)));
    }
    disk.set_file(path, std::string(draft.evidence[0].bytes.size(), 'x'));
    const auto writer = parts.open(disk);
    ASSERT_TRUE(writer->append(std::span(&draft, 1)));
    EXPECT_EQ(disk.files().at(path), draft.evidence[0].bytes);
}

TEST(Sink, CollectsAndKeepsTheGoodWhenOneIsRefused) {
    SimDisk disk;
    WriterParts parts;
    const auto writer = parts.open(disk);
    ledger::LedgerSink sink(*writer);
    sink.on_record(sample_heartbeat(1));
    sink.on_record({.kind = "gap", .members = ",\"a\":0.5"});
    sink.on_record(sample_heartbeat(2));
    EXPECT_EQ(writer->checkpoint().size, 1U);
    EXPECT_TRUE(sink.flush());
    EXPECT_EQ(writer->checkpoint().size, 3U);
    EXPECT_EQ(sink.refused_count(), 1U);
    ASSERT_TRUE(sink.last_refusal());
    EXPECT_EQ(sink.last_refusal()->code, ErrorCode::malformed);
    for (std::size_t i = 0; i < ledger::max_commit_records; ++i)
        sink.on_record(sample_heartbeat(i));
    EXPECT_EQ(writer->checkpoint().size, 3U + ledger::max_commit_records);
    EXPECT_TRUE(sink.empty());
}

TEST(Sink, DoesNotCollectMoreEvidenceThanACommitMayTake) {
    SimDisk disk;
    WriterParts parts;
    const auto writer = parts.open(disk);
    ledger::LedgerSink sink(*writer);
    std::size_t blobs = 0;
    for (std::uint64_t i = 0; blobs < ledger::LedgerSink::max_commit_blobs; ++i) {
        EXPECT_EQ(writer->checkpoint().size, 1U) << i;
        incident::RecordDraft draft = sample_incident(i, parts.random);
        blobs += draft.evidence.size();
        sink.on_record(std::move(draft));
    }
    EXPECT_GT(writer->checkpoint().size, 1U);
    EXPECT_TRUE(sink.empty());
}

TEST(LedgerDir, MakesKeyOnceAndRefusesAnOpenOne) {
    const TempDir folder;
    WriterParts parts;
    const auto dir = folder.path() / "new" / "ledger";
    {
        const auto open = ledger::open_ledger_dir(dir, parts.clock, parts.random, parts.options);
        EXPECT_TRUE(open.writer->report().created);
    }
    const auto key = dir / "keys/log.key";
    EXPECT_EQ(std::filesystem::status(key).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    {
        const auto open = ledger::open_ledger_dir(dir, parts.clock, parts.random, parts.options);
        EXPECT_EQ(open.writer->report().adopted_size, 1U);
    }
    EXPECT_THROW((void)ledger::create_key_file(key, parts.random), LedgerError);
    std::filesystem::permissions(key, std::filesystem::perms::group_read,
                                 std::filesystem::perm_options::add);
    EXPECT_THROW((void)ledger::open_ledger_dir(dir, parts.clock, parts.random, parts.options),
                 LedgerError);
    std::filesystem::remove(key);
    EXPECT_THROW((void)ledger::open_ledger_dir(dir, parts.clock, parts.random, parts.options),
                 LedgerError);
}

}  // namespace
}  // namespace persandian::test
