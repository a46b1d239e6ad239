// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/ledger/merkle.h"
#include "daemon/ledger/paths.h"
#include "tests/daemon/ledger/fixture.h"

namespace persandian::test {
namespace {

using ledger::LedgerError;
using ledger::LedgerFault;
using ledger::LedgerReader;

/// 1,003 records over segments of 512 records.
class Reader : public testing::Test {
  protected:
    Reader() {
        parts_.options.segment_records = 300;
        writer_ = parts_.open(disk_);
        for (std::uint64_t i = 0; i < 1'000; i += 50) {
            std::vector<incident::RecordDraft> batch;
            for (std::uint64_t k = 0; k < 50; ++k)
                batch.push_back(sample_record(i + k, parts_.random));
            EXPECT_TRUE(writer_->append(batch));
        }
        EXPECT_TRUE(writer_->append(std::vector{sample_heartbeat(1), sample_heartbeat(2)}));
        records_ = audit(disk_, parts_.signer->public_key())[0].records;
    }

    LedgerFault fault_of_open() {
        try {
            (void)LedgerReader::open(disk_);
        } catch (const LedgerError& error) {
            return error.fault;
        }
        ADD_FAILURE() << "open() was to fail";
        return LedgerFault::io;
    }

    SimDisk disk_;
    WriterParts parts_;
    std::unique_ptr<ledger::LedgerWriter> writer_;
    std::vector<std::string> records_;
};

TEST_F(Reader, GivesEveryRecordAsTheAuditorFoundIt) {
    const auto reader = LedgerReader::open(disk_);
    ASSERT_EQ(reader->size(), records_.size());
    EXPECT_EQ(reader->checkpoint_note(), writer_->checkpoint_note());
    for (std::size_t i = 0; i < records_.size(); ++i) {
        const std::size_t index = i * 617 % records_.size();  // jumps about
        EXPECT_EQ(*reader->record(index), records_[index]);
    }
    EXPECT_EQ(reader->record(records_.size()).error().code, ErrorCode::not_found);
}

TEST_F(Reader, ProofsVerifyAgainstTheCheckpoint) {
    const auto reader = LedgerReader::open(disk_);
    const ledger::Checkpoint& head = reader->checkpoint();
    for (std::uint64_t i = 0; i < head.size; ++i) {
        const auto proof = reader->prove_inclusion(i);
        ASSERT_TRUE(proof);
        EXPECT_TRUE(ledger::verify_inclusion(ledger::leaf_hash(as_bytes(records_[i])), i, head.size,
                                             *proof, head.root));
    }
    for (std::uint64_t size = 1; size <= head.size; size += 37) {
        const auto proof = reader->prove_consistency(size);
        const auto root = reader->root_at(size);
        ASSERT_TRUE(proof && root);
        EXPECT_TRUE(ledger::verify_consistency(size, *root, head.size, head.root, *proof));
    }
    EXPECT_FALSE(reader->prove_consistency(head.size + 1));
}

TEST_F(Reader, DisclosuresOfEveryRecordAreFoundAndChecked) {
    const auto reader = LedgerReader::open(disk_);
    FixedRandom again;
    std::array<std::byte, 16 + 16> genesis_draws{};
    again.fill(genesis_draws);
    std::size_t values = 0;
    for (std::size_t i = 0; i < records_.size(); ++i) {
        std::uint64_t mismatched = 0;
        const auto found = reader->disclosures(i, &mismatched);
        ASSERT_TRUE(found);
        EXPECT_EQ(mismatched, 0U);
        const std::size_t expected = kind_of(records_[i]) == "incident"   ? 3
                                     : kind_of(records_[i]) == "decision" ? 2
                                     : kind_of(records_[i]) == "key"      ? 1
                                     : kind_of(records_[i]) == "genesis"  ? 1
                                                                          : 0;
        EXPECT_EQ(found->size(), expected) << i;
        values += found->size();
    }
    EXPECT_GT(values, 1'000U);
    const auto incident = reader->disclosures(6);
    EXPECT_EQ((*incident)[0].path, "entity/0/value");
    EXPECT_EQ((*incident)[0].value, "203.0.113.6");
    EXPECT_EQ((*incident)[1].value, "admin\"\\\n\x1b[31m5");
    EXPECT_EQ((*incident)[2].value, "\xFF\xFE binary 5");
}

TEST_F(Reader, ChangedDisclosureIsNotShown) {
    const std::string path = "disclosure/00000001/00000000.jsonl";
    std::string text = disk_.files().at(path);
    const std::size_t at = text.find("203.0.113.6\"");
    text[at + 10] = '7';
    disk_.set_file(path, text);
    const auto reader = LedgerReader::open(disk_);
    std::uint64_t mismatched = 0;
    EXPECT_EQ(reader->disclosures(6, &mismatched)->size(), 2U);
    EXPECT_EQ(mismatched, 1U);
}

TEST_F(Reader, ChangedEvidenceIsNotShown) {
    const auto reader = LedgerReader::open(disk_);
    const Digest hash = sample_incident(1, parts_.random).evidence[0].sha256;
    EXPECT_TRUE(reader->evidence(hash));
    disk_.set_file(ledger::paths::evidence_blob(hash), "other");
    EXPECT_EQ(reader->evidence(hash).error().code, ErrorCode::malformed);
    EXPECT_EQ(reader->evidence(sha256(as_bytes("none"))).error().code, ErrorCode::not_found);
}

TEST_F(Reader, ChangedRecordIsNotShownButOthersAre) {
    const std::string path = "log/00000001/seg/00000000.ent";
    const auto reader = LedgerReader::open(disk_);
    std::string bytes = disk_.files().at(path);
    const std::size_t at = bytes.find("INC-2026-000005");
    bytes[at + 14] = '6';
    disk_.set_file(path, bytes);
    EXPECT_EQ(reader->record(6).error().code, ErrorCode::malformed);
    EXPECT_TRUE(reader->record(7));
    EXPECT_TRUE(LedgerReader::open(disk_)->record(7));
}

TEST_F(Reader, RecordAndLeafChangedTogetherAreNoticed) {
    const std::string entries = "log/00000001/seg/00000000.ent";
    const std::string leaves = "log/00000001/seg/00000000.leaf";
    std::string bytes = disk_.files().at(entries);
    const std::size_t at = bytes.find("INC-2026-000005");
    bytes[at + 14] = '6';
    std::string forged = records_[6];
    forged[forged.find("INC-2026-000005") + 14] = '6';
    const Digest hash = ledger::leaf_hash(as_bytes(forged));
    std::string leaf_file = disk_.files().at(leaves);
    leaf_file.replace(6 * 32, 32, as_text(hash.bytes));
    disk_.set_file(entries, bytes);
    disk_.set_file(leaves, leaf_file);
    EXPECT_EQ(fault_of_open(), LedgerFault::damaged);
}

TEST_F(Reader, DamagedDerivedFilesDoNotHinder) {
    disk_.set_file("log/00000001/seg/00000001.leaf", "short");
    ASSERT_TRUE(disk_.remove("log/00000001/seg/00000000.idx"));
    const auto reader = LedgerReader::open(disk_);
    for (std::size_t i = 0; i < records_.size(); i += 97)
        EXPECT_EQ(*reader->record(i), records_[i]);
    EXPECT_TRUE(reader->prove_inclusion(700));
    EXPECT_TRUE(writer_->append(std::vector{sample_heartbeat(1)}));
    EXPECT_TRUE(reader->refresh().value());
    EXPECT_TRUE(reader->record(records_.size()));
}

TEST_F(Reader, EveryFlippedByteOfEntriesOfASmallLedgerIsNoticed) {
    SimDisk small;
    WriterParts parts;
    {
        const auto writer = parts.open(small);
        ASSERT_TRUE(writer->append(std::vector{sample_heartbeat(1), sample_heartbeat(2)}));
    }
    const std::string path = "log/00000001/seg/00000000.ent";
    const std::string good = small.files().at(path);
    const auto sound = LedgerReader::open(small);
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] ^ 1);
        small.set_file(path, bad);
        const auto reader = LedgerReader::open(small);
        std::size_t shown = 0;
        for (std::uint64_t index = 0; index < reader->size(); ++index) {
            const auto record = reader->record(index);
            if (!record) continue;
            EXPECT_NE(good.find(*record), std::string::npos);
            ++shown;
        }
        EXPECT_LT(shown, reader->size()) << "byte " << i;
    }
}

TEST_F(Reader, FollowsAWriter) {
    const auto reader = LedgerReader::open(disk_);
    EXPECT_FALSE(reader->refresh().value());
    const std::uint64_t before = reader->size();
    for (int i = 0; i < 30; ++i) {
        ASSERT_TRUE(writer_->append(std::vector<incident::RecordDraft>(23, sample_heartbeat(1))));
        EXPECT_TRUE(reader->refresh().value());
        EXPECT_EQ(reader->size(), before + 23U * static_cast<unsigned>(i + 1));
        EXPECT_TRUE(reader->record(reader->size() - 1));
        EXPECT_TRUE(reader->prove_consistency(before));
    }
    EXPECT_EQ(reader->checkpoint(), writer_->checkpoint());
}

TEST_F(Reader, RefusesWhatIsNoLedgerAndOtherKeys) {
    SimDisk empty;
    EXPECT_THROW((void)LedgerReader::open(empty), LedgerError);
    EXPECT_THROW((void)LedgerReader::open("/nonexistent/ledger"), LedgerError);
    const auto other = WriterParts::fixed_signer(9);
    EXPECT_THROW((void)LedgerReader::open(disk_, {.key = other->public_key()}), LedgerError);
    EXPECT_THROW((void)LedgerReader::open(disk_, {.generation = 2}), LedgerError);
    EXPECT_EQ(LedgerReader::open(disk_, {.generation = 1})->size(), records_.size());
}

}  // namespace
}  // namespace persandian::test
