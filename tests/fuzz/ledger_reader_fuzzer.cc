// SPDX-License-Identifier: Apache-2.0
//
// A sound small ledger of which one file is replaced or changed: the reader must refuse, or show
// only what was signed; a writer must recover or refuse, and leave a ledger that opens.
#include <cstddef>
#include <cstdint>

#include "daemon/ledger/errors.h"
#include "daemon/ledger/reader.h"
#include "daemon/ledger/writer.h"
#include "detectors/base/check.h"
#include "tests/support/fixed_random.h"
#include "tests/support/sample_records.h"
#include "tests/support/sim_disk.h"

namespace {

using namespace persandian;

class StoppedClock : public ledger::Clock {
  public:
    [[nodiscard]] ledger::ClockReading read() override { return {}; }
};

std::unique_ptr<ledger::MemorySigner> fixed_signer() {
    return ledger::MemorySigner::from_seed(std::array<std::byte, 32>{});
}

std::unique_ptr<ledger::LedgerWriter> open_writer(test::SimDisk& disk, ledger::Signer& signer,
                                                  StoppedClock& clock, test::FixedRandom& random) {
    return ledger::LedgerWriter::open(disk, signer, clock, random, {.origin = "a.example/b/c"});
}

const std::map<std::string, std::string>& sound_files() {
    static const std::map<std::string, std::string> files = [] {
        test::SimDisk disk;
        StoppedClock clock;
        test::FixedRandom random;
        const auto signer = fixed_signer();
        const auto writer = open_writer(disk, *signer, clock, random);
        for (std::uint64_t i = 0; i < 6; ++i)
            PERSANDIAN_CHECK(writer->append(std::vector{test::sample_record(i, random)}));
        return disk.files();
    }();
    return files;
}

void fill(test::SimDisk& disk, const std::map<std::string, std::string>& files) {
    for (const auto& [path, content] : files) {
        for (std::size_t at = path.find('/'); at != std::string::npos; at = path.find('/', at + 1))
            PERSANDIAN_CHECK(disk.make_dir(path.substr(0, at)));
        disk.set_file(path, content);
    }
}

void read_all(const test::SimDisk& disk) {
    try {
        const auto reader = ledger::LedgerReader::open(disk);
        std::string all;
        for (const auto& [path, content] : sound_files())
            if (path.ends_with(".ent")) all += content;
        for (std::uint64_t i = 0; i < reader->size(); ++i) {
            const auto record = reader->record(i);
            if (record && reader->checkpoint().origin.ends_with("00000001") && reader->size() == 7)
                PERSANDIAN_CHECK(all.find(*record) != std::string::npos);
            (void)reader->disclosures(i);
            (void)reader->prove_inclusion(i);
        }
    } catch (const ledger::LedgerError&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 4) return 0;
    auto files = sound_files();
    const auto chosen = std::next(files.begin(), data[0] % static_cast<int>(files.size()));
    const std::string_view input(reinterpret_cast<const char*>(data) + 4, size - 4);
    const std::size_t at = std::min<std::size_t>((data[2] * 256U) + data[3], chosen->second.size());
    switch (data[1] % 4) {
        case 0:
            chosen->second = input;
            break;
        case 1:
            chosen->second.replace(at, input.size(), input);
            break;
        case 2:
            chosen->second.insert(at, input);
            break;
        default:
            chosen->second.resize(at);
            chosen->second += input;
            break;
    }
    test::SimDisk disk;
    fill(disk, files);
    read_all(disk);
    StoppedClock clock;
    test::FixedRandom random(1);
    const auto signer = fixed_signer();
    try {
        {
            const auto writer = open_writer(disk, *signer, clock, random);
            PERSANDIAN_CHECK(writer->append(std::vector{test::sample_heartbeat(1)}));
        }
        const auto reader = ledger::LedgerReader::open(disk, {.key = signer->public_key()});
        PERSANDIAN_CHECK(reader->record(reader->size() - 1));
    } catch (const ledger::LedgerError& error) {
        PERSANDIAN_CHECK(error.fault != ledger::LedgerFault::damaged);
    }
    return 0;
}
