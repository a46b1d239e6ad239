// SPDX-License-Identifier: Apache-2.0
//
// What the ledger's tests share: a clock that is moved by hand, a fixed key, and a small auditor of
// its own that re-hashes a whole ledger with a naive tree.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/ledger/checkpoint.h"
#include "daemon/ledger/writer.h"
#include "tests/support/fixed_random.h"
#include "tests/support/sample_records.h"
#include "tests/support/sim_disk.h"

namespace persandian::test {

inline constexpr const char* test_origin = "example.go.id/sulteng/sensor-1";

class ManualClock : public ledger::Clock {
  public:
    [[nodiscard]] ledger::ClockReading read() override {
        reading.now = reading.now + Duration::milliseconds(1);
        reading.monotonic_ns += 1'000'000;
        return reading;
    }
    ledger::ClockReading reading{.now = Timestamp::from_seconds(1'786'760'000)};
};

/// All that a writer needs beside a disk.
struct WriterParts {
    explicit WriterParts(std::uint64_t seed = 0) : random(seed) {}
    ManualClock clock;
    FixedRandom random;
    std::unique_ptr<ledger::MemorySigner> signer = fixed_signer();
    ledger::WriterOptions options{.origin = test_origin, .machine_id = "machine"};

    static std::unique_ptr<ledger::MemorySigner> fixed_signer(unsigned char fill = 7) {
        std::array<std::byte, 32> seed{};
        seed.fill(std::byte{fill});
        return ledger::MemorySigner::from_seed(seed);
    }
    std::unique_ptr<ledger::LedgerWriter> open(ledger::Storage& storage) {
        return ledger::LedgerWriter::open(storage, *signer, clock, random, options);
    }
};

/// One generation as the auditor found it.
struct AuditedGeneration {
    std::string origin;
    std::vector<std::string> records;
};

/// Root of a Merkle tree by the definition of RFC 6962, recursion and all.
[[nodiscard]] Digest naive_root(const std::vector<Digest>& leaves);

/// Re-hashes every generation that has a checkpoint from its entries, checks signature, root, seq,
/// log, disclosures and evidence. Throws std::runtime_error with the first thing that is wrong.
/// `leftovers` allows disclosure lines beyond the checkpoint, as a crash leaves them.
[[nodiscard]] std::vector<AuditedGeneration> audit(const ledger::Storage& storage,
                                                   const ledger::PublicKey& key,
                                                   bool leftovers = false);

/// The `kind` of a record.
[[nodiscard]] std::string kind_of(const std::string& record);

}  // namespace persandian::test
