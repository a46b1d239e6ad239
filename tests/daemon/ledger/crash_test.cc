// SPDX-License-Identifier: Apache-2.0
//
// A short workload on a simulated disk, a power failure before every single operation of it, and
// every kind of image that may be left. After each: what was acknowledged is there, everything
// verifies, nothing unsigned was adopted, and a recovery record says what happened.
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "daemon/ledger/reader.h"
#include "detectors/base/digest.h"
#include "tests/daemon/ledger/fixture.h"

namespace persandian::test {
namespace {

using ledger::LedgerWriter;

/// What the producer knows: drafts offered in order, and how many of them were acknowledged.
struct Producer {
    std::vector<std::string> offered;
    std::size_t acknowledged = 0;
};

incident::RecordDraft numbered_draft(std::uint64_t number, RandomSource& random) {
    incident::RecordDraft draft =
        number % 3 == 0 ? sample_incident(number, random) : sample_heartbeat(number);
    draft.members += fmt::format(",\"test\":{}", number);
    return draft;
}

/// Opens, appends batches of 1, 2, 3, … records, closes when told.
void run_workload(SimDisk& disk, WriterParts& parts, Producer& producer, std::size_t batches,
                  bool close) {
    const auto writer = parts.open(disk);
    for (std::size_t batch = 0; batch < batches; ++batch) {
        std::vector<incident::RecordDraft> drafts;
        for (std::size_t i = 0; i <= batch % 3; ++i) {
            drafts.push_back(numbered_draft(producer.offered.size(), parts.random));
            producer.offered.push_back(drafts.back().members);
        }
        ASSERT_TRUE(writer->append(drafts));
        producer.acknowledged = producer.offered.size();
    }
    if (close) {
        ASSERT_TRUE(writer->close("end"));
    }
}

/// Which of the offered drafts stand in the log, over all generations.
std::vector<std::size_t> found_drafts(const std::vector<AuditedGeneration>& generations,
                                      const Producer& producer) {
    std::vector<std::size_t> out;
    for (const AuditedGeneration& generation : generations)
        for (const std::string& record : generation.records)
            for (std::size_t i = 0; i < producer.offered.size(); ++i)
                if (record.ends_with(producer.offered[i] + "}")) out.push_back(i);
    return out;
}

void check_image(SimDisk& image, const Producer& producer) {
    WriterParts parts(99);
    const auto before = audit(image, parts.signer->public_key(), true);
    const bool begun = !before.empty();
    std::uint64_t tail_bytes = 0;
    {
        const auto writer = parts.open(image);
        tail_bytes = writer->report().tail_bytes;
        ASSERT_TRUE(writer->append(std::vector{sample_heartbeat(1)}));
    }
    const auto after = audit(image, parts.signer->public_key());
    ASSERT_EQ(after.size(), 1U) << "a crash must not need a new generation";

    std::vector<std::size_t> expected;
    const std::vector<std::size_t> found = found_drafts(after, producer);
    for (std::size_t i = 0; i < found.size(); ++i) expected.push_back(i);
    EXPECT_EQ(found, expected) << "drafts lost, doubled or out of order";
    EXPECT_GE(found.size(), producer.acknowledged) << "an acknowledged draft was lost";
    // Nothing unsigned is adopted: exactly what the checkpoint covered before is there after.
    EXPECT_EQ(found, found_drafts(before, producer));

    std::uint64_t tails_told = 0;
    bool recovery_told = false;
    const std::size_t old_size = begun ? before[0].records.size() : 0;
    for (std::size_t i = old_size; i < after[0].records.size(); ++i) {
        if (kind_of(after[0].records[i]) != "recovery") continue;
        recovery_told = true;
        const std::string member = "\"tail_bytes\":";
        const std::size_t at = after[0].records[i].find(member);
        tails_told += std::stoull(after[0].records[i].substr(at + member.size()));
    }
    EXPECT_EQ(tails_told, tail_bytes);
    const bool closed = begun && kind_of(before[0].records.back()) == "close";
    if (begun && !closed) {
        EXPECT_TRUE(recovery_told);
    }
    if (closed && tail_bytes == 0) {
        EXPECT_FALSE(recovery_told);
    }
    // The files that readers use fit again.
    const auto reader = ledger::LedgerReader::open(image);
    EXPECT_EQ(reader->size(), after[0].records.size());
}

std::vector<CrashChoice> all_choices() {
    using Data = CrashChoice::Data;
    std::vector<CrashChoice> out;
    for (const bool names : {false, true}) {
        for (const Data data : {Data::none, Data::all, Data::torn, Data::torn_tail,
                                Data::zero_filled, Data::only_last})
            out.push_back({.data = data, .names = names});
        for (std::uint64_t seed = 1; seed <= 6; ++seed)
            out.push_back({.data = Data::random, .names = names, .seed = seed});
    }
    return out;
}

struct PowerFailure {};

Digest fingerprint(const SimDisk& disk) {
    std::string all;
    for (const auto& [path, content] : disk.files())
        all += path + '\0' + sha256(as_bytes(content)).hex();
    return sha256(as_bytes(all));
}

/// Runs `workload` on fresh disks, failing before operation 0, 1, 2, … until it gets through.
void crash_everywhere(const std::function<void(SimDisk&, Producer&)>& prepare,
                      const std::function<void(SimDisk&, Producer&)>& workload) {
    std::uint64_t images = 0;
    for (std::uint64_t point = 0;; ++point) {
        SimDisk disk;
        Producer producer;
        prepare(disk, producer);
        if (testing::Test::HasFatalFailure()) return;
        const std::uint64_t start = disk.operations();
        std::string last;
        disk.before_operation = [&](std::uint64_t number,
                                    const std::string& name) -> std::optional<SimFault> {
            last = name;
            if (number == start + point) throw PowerFailure{};
            return std::nullopt;
        };
        bool finished = false;
        try {
            workload(disk, producer);
            finished = true;
        } catch (const PowerFailure&) {
        }
        disk.before_operation = nullptr;
        std::set<Digest> seen;
        for (const CrashChoice& choice : all_choices()) {
            SCOPED_TRACE(fmt::format("before operation {} ({}), data {}, names {}, seed {}", point,
                                     last, static_cast<int>(choice.data), choice.names,
                                     choice.seed));
            const auto image = disk.crash(choice);
            if (!seen.insert(fingerprint(*image)).second) continue;  // the same as another
            check_image(*image, producer);
            ++images;
            if (testing::Test::HasFailure()) return;
        }
        if (finished) break;
    }
    EXPECT_GT(images, 100U);
    testing::Test::RecordProperty("images", std::to_string(images));
}

TEST(Crash, NothingAcknowledgedIsLostAtAnyPointOfAWorkload) {
    crash_everywhere([](SimDisk&, Producer&) {},
                     [](SimDisk& disk, Producer& producer) {
                         WriterParts parts;
                         run_workload(disk, parts, producer, 5, true);
                     });
}

TEST(Crash, SegmentsMayEndAnywhereInTheWorkload) {
    crash_everywhere(
        [](SimDisk& disk, Producer&) {
            WriterParts parts;
            parts.options.segment_records = 1;
            const auto writer = parts.open(disk);
            std::vector<incident::RecordDraft> drafts(254, sample_heartbeat(1));
            ASSERT_TRUE(writer->append(drafts));
            // 255 records: the next one ends the segment.
        },
        [](SimDisk& disk, Producer& producer) {
            WriterParts parts(5);
            parts.options.segment_records = 1;
            run_workload(disk, parts, producer, 3, true);
        });
}

TEST(Crash, RecoveryItselfMayCrashAnywhere) {
    crash_everywhere(
        [](SimDisk& disk, Producer& producer) {
            // A disk with a tail: the workload is cut off between entries and slot.
            SimDisk first;
            WriterParts parts;
            std::uint64_t slots = 0;
            first.before_operation = [&](std::uint64_t,
                                         const std::string& name) -> std::optional<SimFault> {
                if (name.starts_with("write log/00000001/commit.") && ++slots == 6)
                    throw PowerFailure{};
                return std::nullopt;
            };
            try {
                run_workload(first, parts, producer, 5, false);
                FAIL() << "the workload was to be cut off";
            } catch (const PowerFailure&) {
            }
            producer.offered.resize(producer.acknowledged);  // the rest is in the tail
            const auto image = first.crash({.data = CrashChoice::Data::all, .names = true});
            for (const auto& [path, content] : image->files()) {
                std::string folder;
                for (std::size_t at = path.find('/'); at != std::string::npos;
                     at = path.find('/', at + 1)) {
                    folder = path.substr(0, at);
                    ASSERT_TRUE(disk.make_dir(folder));
                    ASSERT_TRUE(disk.sync_dir(ledger::parent_of(folder)));
                }
                disk.set_file(path, content);
            }
            ASSERT_TRUE(disk.make_dir("log/00000001/quarantine"));
            ASSERT_TRUE(disk.sync_dir("log/00000001"));
        },
        [](SimDisk& disk, Producer& producer) {
            WriterParts parts(5);
            run_workload(disk, parts, producer, 1, true);
        });
}

}  // namespace
}  // namespace persandian::test
