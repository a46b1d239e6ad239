// SPDX-License-Identifier: Apache-2.0
//
// make_ledger DIR N [--seed S] [--batch B] [--segment-records R] [--segment-bytes B] [--no-close]
// Writes a real ledger with N records beside genesis (and close), of all kinds, with disclosures
// and evidence; the same for the same arguments. For tests of verifiers and of tools. A second run
// with another seed on the same DIR appends (key and origin are kept).
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "daemon/ledger/ledger_dir.h"
#include "tests/support/fixed_random.h"
#include "tests/support/sample_records.h"

namespace {

using namespace persandian;

/// Starts at a fixed time and moves a millisecond with each reading.
class SteppingClock : public ledger::Clock {
  public:
    [[nodiscard]] ledger::ClockReading read() override {
        ++readings_;
        return {.now = Timestamp::from_seconds(1'786'760'000) + Duration::milliseconds(readings_),
                .monotonic_ns = readings_ * 1'000'000,
                .error_bound_ns = 250'000};
    }

  private:
    std::int64_t readings_ = 0;
};

struct Arguments {
    std::string folder;
    std::uint64_t records = 0;
    std::uint64_t seed = 1;
    std::uint64_t batch = 16;
    bool close = true;
    ledger::WriterOptions options;
};

std::uint64_t number(const char* text) {
    return std::strtoull(text, nullptr, 10);
}

bool parse(int argc, char** argv, Arguments& out) {
    if (argc < 3) return false;
    out.folder = argv[1];
    out.records = number(argv[2]);
    for (int i = 3; i < argc; ++i) {
        const std::string name = argv[i];
        if (name == "--no-close") {
            out.close = false;
            continue;
        }
        if (i + 1 == argc) return false;
        const std::uint64_t value = number(argv[++i]);
        if (name == "--seed")
            out.seed = value;
        else if (name == "--batch" && value > 0)
            out.batch = value;
        else if (name == "--segment-records")
            out.options.segment_records = value;
        else if (name == "--segment-bytes")
            out.options.segment_bytes = value;
        else
            return false;
    }
    return true;
}

int run(Arguments arguments) {
    test::FixedRandom random(arguments.seed);
    SteppingClock clock;
    arguments.options.origin = "example.go.id/sulteng/sensor-1";
    arguments.options.machine_id = "00000000000000000000000000000001";
    const ledger::OpenLedger ledger =
        ledger::open_ledger_dir(arguments.folder, clock, random, arguments.options);
    std::vector<incident::RecordDraft> batch;
    for (std::uint64_t i = 0; i < arguments.records; ++i) {
        batch.push_back(test::sample_record(i, random));
        if (batch.size() < arguments.batch && i + 1 < arguments.records) continue;
        const auto written = ledger.writer->append(batch);
        if (!written) {
            std::fprintf(stderr, "make_ledger: %s\n", written.error().text);
            return 74;
        }
        batch.clear();
    }
    if (arguments.close && !ledger.writer->close("end of sample")) return 74;
    std::fputs(ledger.writer->checkpoint_note().c_str(), stdout);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    if (!parse(argc, argv, arguments)) {
        std::fputs(
            "usage: make_ledger DIR N [--seed S] [--batch B] [--segment-records R] "
            "[--segment-bytes B] [--no-close]\n",
            stderr);
        return 64;
    }
    try {
        return run(std::move(arguments));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "make_ledger: %s\n", error.what());
        return 74;
    }
}
