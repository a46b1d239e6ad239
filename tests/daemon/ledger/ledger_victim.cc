// SPDX-License-Identifier: Apache-2.0
//
// ledger_victim DIR SEED: appends batches for ever and prints the size after each acknowledgement.
// kill_test.cc kills it.
#include <cstdio>
#include <cstdlib>

#include "daemon/ledger/ledger_dir.h"
#include "daemon/ledger/system_clock.h"
#include "tests/support/fixed_random.h"
#include "tests/support/sample_records.h"

int main(int argc, char** argv) {
    using namespace persandian;
    if (argc != 3) return 64;
    ledger::SystemClock clock;
    ledger::SystemRandom key_random;
    test::FixedRandom random(std::strtoull(argv[2], nullptr, 10));
    try {
        ledger::WriterOptions options{.origin = "example.go.id/sulteng/sensor-1"};
        options.segment_records = 256;
        const ledger::OpenLedger ledger =
            ledger::open_ledger_dir(argv[1], clock, key_random, options);
        std::uint64_t number = 0;
        for (std::uint64_t i = 0;; ++i) {
            std::vector<incident::RecordDraft> batch;
            for (std::uint64_t k = 0; k <= i % 40; ++k)
                batch.push_back(test::sample_record(number++, random));
            if (!ledger.writer->append(batch)) return 74;
            std::printf("%llu\n",
                        static_cast<unsigned long long>(ledger.writer->checkpoint().size));
            std::fflush(stdout);
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "ledger_victim: %s\n", error.what());
        return 74;
    }
}
