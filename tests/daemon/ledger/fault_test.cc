// SPDX-License-Identifier: Apache-2.0
//
// Every single disk operation fails once, with EIO and with ENOSPC: nothing half-done is
// acknowledged, the writer refuses everything afterwards, and a new writer recovers.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/daemon/ledger/fixture.h"

namespace persandian::test {
namespace {

using ledger::LedgerError;
using ledger::LedgerFault;

struct Outcome {
    bool opened = false;
    bool failed = false;  ///< some append failed
    LedgerFault fault = LedgerFault::io;
    std::uint64_t acknowledged_size = 0;
};

Outcome run(SimDisk& disk) {
    Outcome out;
    WriterParts parts;
    try {
        const auto writer = parts.open(disk);
        out.opened = true;
        out.acknowledged_size = writer->checkpoint().size;
        for (std::uint64_t i = 0; i < 4; ++i) {
            const std::vector drafts = {sample_incident(i, parts.random), sample_heartbeat(i)};
            const auto written = writer->append(drafts);
            if (out.failed) {
                EXPECT_FALSE(written) << "a failed writer must refuse";
                continue;
            }
            if (written) {
                out.acknowledged_size = written->first + written->count;
                EXPECT_EQ(writer->checkpoint().size, out.acknowledged_size);
            } else {
                out.failed = true;
                EXPECT_TRUE(writer->failed());
                EXPECT_EQ(writer->checkpoint().size, out.acknowledged_size);
            }
        }
    } catch (const LedgerError& error) {
        out.fault = error.fault;
    }
    return out;
}

void fail_everywhere(SimFault fault, LedgerFault expected) {
    std::uint64_t total = 0;
    {
        SimDisk disk;
        ASSERT_TRUE(run(disk).opened);
        total = disk.operations();
    }
    std::uint64_t failed_appends = 0;
    for (std::uint64_t point = 0; point < total; ++point) {
        SimDisk disk;
        std::string name;
        disk.before_operation = [&](std::uint64_t number,
                                    const std::string& operation) -> std::optional<SimFault> {
            if (number != point) return std::nullopt;
            name = operation;
            return fault;
        };
        const Outcome outcome = run(disk);
        SCOPED_TRACE(fmt::format("operation {} ({})", point, name));
        if (outcome.opened) {
            EXPECT_TRUE(outcome.failed) << "the failure went unnoticed";
            ++failed_appends;
        } else {
            EXPECT_EQ(outcome.fault, expected);
        }
        disk.before_operation = nullptr;
        WriterParts again(3);
        const auto writer = again.open(disk);
        EXPECT_GE(writer->checkpoint().size, outcome.acknowledged_size);
        ASSERT_TRUE(writer->append(std::vector{sample_heartbeat(9)}));
        EXPECT_EQ(audit(disk, again.signer->public_key()).size(), 1U);
        if (testing::Test::HasFailure()) return;
    }
    EXPECT_GT(failed_appends, 20U);
}

TEST(Fault, InputOutputErrorAtEveryOperationIsFinal) {
    fail_everywhere({.code = ErrorCode::io}, LedgerFault::io);
}

TEST(Fault, FullDiskAtEveryOperationIsFinal) {
    fail_everywhere({.code = ErrorCode::limit}, LedgerFault::no_space);
}

TEST(Fault, FullDiskAfterHalfAWriteIsFinal) {
    fail_everywhere({.code = ErrorCode::limit, .bytes_written = 100}, LedgerFault::no_space);
}

TEST(Fault, FailedSyncIsNeverRepeated) {
    SimDisk disk;
    WriterParts parts;
    const auto writer = parts.open(disk);
    std::uint64_t syncs = 0;
    disk.before_operation = [&](std::uint64_t, const std::string& name) -> std::optional<SimFault> {
        if (name != "sync log/00000001/seg/00000000.ent") return std::nullopt;
        ++syncs;
        return SimFault{.code = ErrorCode::io};
    };
    EXPECT_FALSE(writer->append(std::vector{sample_heartbeat(1)}));
    EXPECT_FALSE(writer->append(std::vector{sample_heartbeat(2)}));
    EXPECT_FALSE(writer->close("end"));
    EXPECT_EQ(syncs, 1U);
}

TEST(Fault, SignerThatFailsLeavesNothingAcknowledged) {
    class BrokenSigner : public ledger::Signer {
      public:
        [[nodiscard]] const ledger::PublicKey& public_key() const override {
            return good->public_key();
        }
        [[nodiscard]] Result<ledger::Signature> sign(ByteView message) override {
            if (mode == 1) return Error{ErrorCode::io, "token removed"};
            auto signature = good->sign(message);
            if (mode == 2) signature.value()[5] ^= std::byte{1};
            return signature;
        }
        std::unique_ptr<ledger::MemorySigner> good = WriterParts::fixed_signer();
        int mode = 0;
    };
    for (const int mode : {1, 2}) {
        SimDisk disk;
        WriterParts parts;
        BrokenSigner signer;
        const auto writer =
            ledger::LedgerWriter::open(disk, signer, parts.clock, parts.random, parts.options);
        signer.mode = mode;
        EXPECT_FALSE(writer->append(std::vector{sample_heartbeat(1)}));
        EXPECT_EQ(writer->checkpoint().size, 1U);
        EXPECT_EQ(audit(disk, signer.public_key(), true)[0].records.size(), 1U);
    }
}

}  // namespace
}  // namespace persandian::test
