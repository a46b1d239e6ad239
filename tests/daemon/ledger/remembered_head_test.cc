// SPDX-License-Identifier: Apache-2.0
//
// A head that is remembered outside of the ledger: what it finds, and that no crash makes it cry.
#include "daemon/ledger/remembered_head.h"

#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/ledger/format.h"
#include "tests/daemon/ledger/fixture.h"

namespace persandian::test {
namespace {

using ledger::LedgerFault;
using ledger::LedgerWriter;
using ledger::RememberedHead;
using testing::HasSubstr;
using testing::Not;

/// A ledger of 21 records in several commits, its earlier self of 11, and the notes of both heads.
struct TwoStates {
    SimDisk disk;
    std::map<std::string, std::string> earlier;
    std::string early;
    std::string late;
    TwoStates() {
        WriterParts parts;
        const auto writer = parts.open(disk);
        for (std::uint64_t i = 0; i < 20; ++i) {
            if (i == 10) {
                earlier = disk.files();
                early = writer->checkpoint_note();
            }
            EXPECT_TRUE(writer->append(std::vector{sample_incident(i, parts.random)}));
        }
        late = writer->checkpoint_note();
    }
    void roll_back() {
        for (const auto& [path, content] : earlier) disk.set_file(path, content);
    }
};

struct Reopened {
    ledger::OpenReport report;
    std::string origin;
    std::vector<AuditedGeneration> found;
    /// The record behind the genesis of the newest generation.
    [[nodiscard]] std::string loss() const { return found.back().records.at(1); }
};

/// Opens as the daemon does: with the remembered note, going on in a new generation if need be.
Reopened reopen(SimDisk& disk, const std::string& note, unsigned char key = 7) {
    WriterParts parts(1);
    parts.signer = WriterParts::fixed_signer(key);
    parts.options.remembered_note = note;
    parts.options.new_generation_after_rollback = true;
    Reopened out;
    {
        const auto writer = parts.open(disk);
        out.report = writer->report();
        out.origin = writer->checkpoint().origin;
    }
    out.found = audit(disk, parts.signer->public_key(), true);
    return out;
}

LedgerFault fault_of_open(SimDisk& disk, const std::string& note) {
    WriterParts parts(1);
    parts.options.remembered_note = note;
    try {
        (void)parts.open(disk);
    } catch (const ledger::LedgerError& error) {
        return error.fault;
    }
    ADD_FAILURE() << "open() was to fail";
    return LedgerFault::io;
}

TEST(RememberedHead, IsKeptByteForByteAndReplaced) {
    SimDisk disk;
    RememberedHead head(disk, test_origin);
    EXPECT_EQ(*head.read(), "");
    ASSERT_TRUE(head.write("one"));
    ASSERT_TRUE(head.write("two"));
    EXPECT_EQ(*head.read(), "two");
    ASSERT_TRUE(head.set_aside());
    EXPECT_EQ(*head.read(), "");
    EXPECT_EQ(disk.files().at("example.go.id%2Fsulteng%2Fsensor-1.unusable"), "two");
}

TEST(RememberedHead, ARollbackIsRefusedUnlessALossMayBeRecorded) {
    TwoStates states;
    states.roll_back();
    const auto before = states.disk.files();
    EXPECT_EQ(fault_of_open(states.disk, states.late), LedgerFault::rollback);
    EXPECT_EQ(states.disk.files().at("log/00000001/commit.a"), before.at("log/00000001/commit.a"));

    const Reopened after = reopen(states.disk, states.late);
    EXPECT_EQ(after.origin, std::string(test_origin) + "/00000002");
    EXPECT_EQ(after.report.lost_records, 10U);
    ASSERT_EQ(after.found.size(), 2U);
    EXPECT_EQ(after.found[0].records.size(), 11U) << "what is left is not touched";
    EXPECT_THAT(after.found[1].records[0],
                HasSubstr("\"previous\":{\"origin\":\"example.go.id/sulteng/sensor-1/00000001\","
                          "\"size\":11,"));
    EXPECT_THAT(after.found[1].records[0], HasSubstr("\"reason\":\"rollback: a checkpoint of size "
                                                     "21 is known, the ledger has 11\""));
    EXPECT_EQ(kind_of(after.loss()), "gap");
    EXPECT_THAT(after.loss(), HasSubstr("\"lost\":{\"records\":10}"));
    const std::string hash = sha256(as_bytes(states.late)).hex();
    EXPECT_THAT(after.loss(), HasSubstr(hash)) << "the note itself is the evidence";
    EXPECT_EQ(states.disk.files().at("evidence/" + hash.substr(0, 2) + "/" + hash), states.late);
}

TEST(RememberedHead, ADamagedNewestSlotIsNotTakenForATornWrite) {
    TwoStates states;
    // Sequence 21 was the last commit, so it stands in commit.a.
    std::string slot = states.disk.files().at("log/00000001/commit.a");
    slot[40] ^= 1;
    states.disk.set_file("log/00000001/commit.a", slot);
    const Reopened after = reopen(states.disk, states.late);
    EXPECT_THAT(after.report.new_generation_reason,
                HasSubstr("a checkpoint of size 21 is known, the ledger has 20"));
    EXPECT_EQ(after.report.lost_records, 1U);
    EXPECT_EQ(states.disk.files().at("log/00000001/commit.a"), slot) << "evidence was changed";
}

TEST(RememberedHead, BothSlotsLostOrNeverWrittenIsALoss) {
    for (const std::string& rubbish : {std::string(), std::string(ledger::slot_bytes, 'x')}) {
        TwoStates states;
        states.disk.set_file("log/00000001/commit.a", rubbish);
        states.disk.set_file("log/00000001/commit.b", "");
        const Reopened after = reopen(states.disk, states.late);
        EXPECT_EQ(after.origin, std::string(test_origin) + "/00000002");
        EXPECT_EQ(after.report.lost_records, 21U);
    }
}

TEST(RememberedHead, AnEmptiedGenerationIsNotBegunAgain) {
    TwoStates states;
    for (const auto& [path, content] : states.disk.files())
        if (path.starts_with("log/")) states.disk.set_file(path, "");
    const Reopened after = reopen(states.disk, states.late);
    EXPECT_EQ(after.origin, std::string(test_origin) + "/00000002");
    EXPECT_THAT(after.loss(), HasSubstr("\"lost\":{\"records\":21}"));
}

TEST(RememberedHead, AFolderThatIsGoneIsALossEvenWithAnotherKey) {
    TwoStates states;
    for (const unsigned char key : std::initializer_list<unsigned char>{7, 8}) {
        SimDisk empty;
        const Reopened after = reopen(empty, states.late, key);
        EXPECT_EQ(after.origin, std::string(test_origin) + "/00000002");
        EXPECT_THAT(after.loss(), HasSubstr("the ledger is gone"));
        EXPECT_EQ(after.report.lost_records, 21U);
    }
    SimDisk empty;
    EXPECT_EQ(fault_of_open(empty, states.late), LedgerFault::rollback);
}

TEST(RememberedHead, ALostGenerationIsNotSignedAgain) {
    TwoStates states;
    WriterParts parts;
    const std::string third = *ledger::sign_checkpoint(
        {std::string(test_origin) + "/00000003", 5, sha256(as_bytes(std::string_view("x")))},
        *parts.signer);
    const Reopened after = reopen(states.disk, third);
    EXPECT_EQ(after.origin, std::string(test_origin) + "/00000004");
    EXPECT_THAT(after.report.new_generation_reason, HasSubstr("generation 3 is known"));
    EXPECT_EQ(after.report.lost_records, 5U);
}

TEST(RememberedHead, AForkIsALossToo) {
    TwoStates states;
    WriterParts parts;
    const std::string other = *ledger::sign_checkpoint(
        {std::string(test_origin) + "/00000001", 11, sha256(as_bytes(std::string_view("x")))},
        *parts.signer);
    EXPECT_EQ(fault_of_open(states.disk, other), LedgerFault::rollback);
    const Reopened after = reopen(states.disk, other);
    EXPECT_THAT(after.loss(), HasSubstr("fork: another root is known for size 11"));
}

TEST(RememberedHead, OneThatIsNotOursIsSaidToBeOfNoUse) {
    TwoStates states;
    const auto stranger = WriterParts::fixed_signer(8);
    const std::string foreign = *ledger::sign_checkpoint(
        {std::string(test_origin) + "/00000001", 99, sha256(as_bytes(std::string_view("x")))},
        *stranger);
    for (const std::string& note : {foreign, std::string("rubbish")}) {
        const Reopened after = reopen(states.disk, note);
        EXPECT_TRUE(after.report.remembered_unusable);
        EXPECT_EQ(after.report.new_generation_reason, "");
    }
    WriterParts parts;
    const std::string elsewhere = *ledger::sign_checkpoint(
        {"example.go.id/other/sensor/00000001", 1, sha256(as_bytes(std::string_view("x")))},
        *parts.signer);
    EXPECT_EQ(fault_of_open(states.disk, elsewhere), LedgerFault::bad_options);
}

TEST(RememberedHead, ALossIsStatedWhicheverStartFinishesTheNewGeneration) {
    // The start that notices the rollback crashes before the first commit of the new generation.
    for (std::uint64_t point = 0;; ++point) {
        TwoStates states;
        states.roll_back();
        const std::uint64_t start = states.disk.operations();
        struct PowerFailure {};
        states.disk.before_operation = [&](std::uint64_t number,
                                           const std::string&) -> std::optional<SimFault> {
            if (number == start + point) throw PowerFailure{};
            return std::nullopt;
        };
        bool finished = false;
        try {
            (void)reopen(states.disk, states.late);
            finished = true;
        } catch (const PowerFailure&) {
        }
        states.disk.before_operation = nullptr;
        SCOPED_TRACE(fmt::format("before operation {}", point));
        const auto image = states.disk.crash({.data = CrashChoice::Data::all, .names = true});
        const Reopened after = reopen(*image, states.late);
        const auto states_loss = [](const AuditedGeneration& generation) {
            // Behind the genesis, and behind what a crash of the first try left.
            return std::any_of(generation.records.begin(), generation.records.end(),
                               [](const std::string& record) {
                                   return kind_of(record) == "gap" &&
                                          record.find("\"records\":10}") != std::string::npos;
                               });
        };
        EXPECT_TRUE(std::any_of(after.found.begin(), after.found.end(), states_loss));
        if (finished) break;
    }
}

/// Runs the daemon's order (commit, then sometimes remember) with a power failure before each
/// operation; whatever image is left, the next start goes on in the same generation.
TEST(RememberedHead, NoCrashIsTakenForARollback) {
    for (std::uint64_t point = 0;; ++point) {
        SimDisk disk;
        struct PowerFailure {};
        disk.before_operation = [&](std::uint64_t number,
                                    const std::string&) -> std::optional<SimFault> {
            if (number == point) throw PowerFailure{};
            return std::nullopt;
        };
        bool finished = false;
        try {
            WriterParts parts;
            RememberedHead head(disk, test_origin);
            const auto writer = parts.open(disk);
            for (std::uint64_t i = 0; i < 6; ++i) {
                ASSERT_TRUE(writer->append(std::vector{sample_heartbeat(i)}));
                if (i % 2 == 1) {
                    ASSERT_TRUE(head.write(writer->checkpoint_note()));
                }
            }
            finished = true;
        } catch (const PowerFailure&) {
        }
        disk.before_operation = nullptr;
        using Data = CrashChoice::Data;
        for (const Data data : {Data::none, Data::all, Data::torn, Data::torn_tail,
                                Data::zero_filled, Data::only_last, Data::random}) {
            for (const bool names : {false, true}) {
                SCOPED_TRACE(fmt::format("before operation {}, data {}, names {}", point,
                                         static_cast<int>(data), names));
                const auto image = disk.crash({.data = data, .names = names, .seed = point});
                const std::string note = *RememberedHead(*image, test_origin).read();
                const Reopened after = reopen(*image, note);
                EXPECT_EQ(after.report.new_generation_reason, "");
                EXPECT_FALSE(after.report.remembered_unusable);
                EXPECT_EQ(after.found.size(), 1U);
            }
        }
        if (finished || testing::Test::HasFailure()) break;
    }
}

}  // namespace
}  // namespace persandian::test
