// SPDX-License-Identifier: Apache-2.0
//
// ledger_bench [DIR]: durable, signed records a second, against what the disk does with the same
// bytes and the same two syncs a batch but no ledger. Both alternate within one run, because a
// disk's speed drifts; the ratio is the figure to compare.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <vector>

#include <fmt/format.h>

#include "daemon/ledger/format.h"
#include "daemon/ledger/ledger_dir.h"
#include "daemon/ledger/system_clock.h"
#include "tests/support/fixed_random.h"
#include "tests/support/sample_records.h"

namespace {

using namespace persandian;
using Clock = std::chrono::steady_clock;

constexpr auto time_per_round = std::chrono::milliseconds(400);
constexpr int rounds = 5;

double seconds(Clock::duration duration) {
    return std::chrono::duration<double>(duration).count();
}

/// Batches done and the time of each.
struct Measured {
    std::vector<double> batch_seconds;
    double total = 0;
    void run_for(const std::function<void()>& batch) {
        const auto begin = Clock::now();
        while (Clock::now() - begin < time_per_round) {
            const auto start = Clock::now();
            batch();
            batch_seconds.push_back(seconds(Clock::now() - start));
        }
        total += seconds(Clock::now() - begin);
    }
    [[nodiscard]] double rate() const { return static_cast<double>(batch_seconds.size()) / total; }
    [[nodiscard]] double percentile(double share) {
        std::ranges::sort(batch_seconds);
        const auto last = static_cast<double>(batch_seconds.size() - 1);
        return batch_seconds[static_cast<std::size_t>(last * share)] * 1000;
    }
};

/// Appends and syncs, then overwrites a slot and syncs: what any ledger of this order must do.
class RawDisk {
  public:
    explicit RawDisk(const std::filesystem::path& folder)
        : storage_(ledger::posix_storage(folder)),
          data_(*storage_->open("raw.data", ledger::OpenMode::create)),
          slot_(*storage_->open("raw.slot", ledger::OpenMode::create)) {}
    void batch(const std::string& bytes) {
        const std::string slot(ledger::slot_bytes, 's');
        PERSANDIAN_CHECK(data_->append(as_bytes(bytes)));
        PERSANDIAN_CHECK(data_->sync());
        PERSANDIAN_CHECK(slot_->write_at(0, as_bytes(slot)));
        PERSANDIAN_CHECK(slot_->sync());
    }

  private:
    std::unique_ptr<ledger::Storage> storage_;
    std::unique_ptr<ledger::File> data_;
    std::unique_ptr<ledger::File> slot_;
};

incident::RecordDraft draft_of(std::size_t record_bytes) {
    constexpr std::size_t common = 240;
    return {.kind = "gap",
            .members = ",\"reason\":\"" + std::string(record_bytes - common, 'x') + "\""};
}

void measure(const std::filesystem::path& top, std::size_t batch_size, std::size_t record_bytes) {
    const auto folder = top / fmt::format("bench-{}-{}", batch_size, record_bytes);
    std::filesystem::remove_all(folder);
    ledger::SystemClock clock;
    test::FixedRandom random;
    {
        ledger::OpenLedger open =
            ledger::open_ledger_dir(folder, clock, random, {.origin = "bench.example/a/b"});
        RawDisk raw(folder);
        const std::vector<incident::RecordDraft> drafts(batch_size, draft_of(record_bytes));
        const std::string bytes(batch_size * (record_bytes + 2), 'r');
        Measured of_ledger;
        Measured of_disk;
        for (int round = 0; round < rounds; ++round) {
            of_ledger.run_for([&] { PERSANDIAN_CHECK(open.writer->append(drafts)); });
            of_disk.run_for([&] { raw.batch(bytes); });
        }
        const auto records = static_cast<double>(batch_size);
        fmt::print("{:>6} {:>7} {:>12.0f} {:>9.2f} {:>9.2f} {:>12.0f} {:>7.2f}\n", batch_size,
                   record_bytes, of_ledger.rate() * records, of_ledger.percentile(0.5),
                   of_ledger.percentile(0.99), of_disk.rate() * records,
                   of_ledger.rate() / of_disk.rate());
        std::fflush(stdout);
    }
    std::filesystem::remove_all(folder);
}

}  // namespace

int main(int argc, char** argv) {
    const std::filesystem::path top =
        argc > 1 ? std::filesystem::path(argv[1]) : std::filesystem::temp_directory_path();
    fmt::print("{:>6} {:>7} {:>12} {:>9} {:>9} {:>12} {:>7}\n", "batch", "bytes", "records/s",
               "p50 ms", "p99 ms", "disk rec/s", "ratio");
    for (const std::size_t batch : {1U, 64U, 256U, 1024U, 4096U}) measure(top, batch, 600);
    measure(top, 1024, 2048);
    return 0;
}
