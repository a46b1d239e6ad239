// SPDX-License-Identifier: Apache-2.0
//
// Exhaustive: every byte of every covered file of a small ledger is changed in turn, and every file
// is cut at every length. The verifier runs in this process, on the real files.
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>

#include <gtest/gtest.h>

#include "daemon/ledger/ledger_dir.h"
#include "tests/support/fixed_random.h"
#include "tests/support/sample_records.h"
#include "tests/support/temp_dir.h"
#include "tools/verify/ledger.h"

namespace persandian::verify {
namespace {

namespace fs = std::filesystem;

constexpr const char* entries_file = "log/00000001/seg/00000000.ent";
constexpr const char* leaf_file = "log/00000001/seg/00000000.leaf";
constexpr const char* index_file = "log/00000001/seg/00000000.idx";
constexpr const char* disclosure_file = "disclosure/00000001/00000000.jsonl";
constexpr std::array<const char*, 2> slot_files = {"log/00000001/commit.a",
                                                   "log/00000001/commit.b"};

class StillClock : public ledger::Clock {
  public:
    [[nodiscard]] ledger::ClockReading read() override {
        ++readings_;
        return {.now = Timestamp::from_seconds(1'786'760'000) + Duration::milliseconds(readings_),
                .monotonic_ns = readings_,
                .error_bound_ns = 0};
    }

  private:
    std::int64_t readings_ = 0;
};

/// One small ledger for all tests of this file; each test leaves it as it was.
class Tamper : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        folder_ = std::make_unique<persandian::test::TempDir>();
        persandian::test::FixedRandom random;
        StillClock clock;
        ledger::WriterOptions options;
        options.origin = "example.go.id/sulteng/sensor-1";
        options.machine_id = "m";
        const ledger::OpenLedger ledger =
            ledger::open_ledger_dir(folder_->path(), clock, random, options);
        for (const std::uint64_t number : {0U, 1U, 3U, 5U, 4U, 15U, 9U}) {
            std::vector<incident::RecordDraft> batch;
            batch.push_back(persandian::test::sample_record(number, random));
            ASSERT_TRUE(ledger.writer->append(batch));
        }
        ASSERT_TRUE(ledger.writer->close("end"));
        const auto parsed = parse_key_file(read("log.vkey"));
        key_ = std::get<KeyFile>(parsed);
        const std::string entries = read(entries_file);
        starts_.clear();
        for (std::size_t at = 0; at < entries.size();) {
            starts_.push_back(at);
            at += 2 + static_cast<std::size_t>(static_cast<unsigned char>(entries[at])) * 256 +
                  static_cast<unsigned char>(entries[at + 1]);
        }
        starts_.push_back(entries.size());
    }
    static void TearDownTestSuite() { folder_.reset(); }

    static std::string read(const std::string& name) {
        return persandian::test::read_file(folder_->path() / name);
    }
    // In place: cutting a file to nothing first makes some file systems wait for the disk.
    static void write(const std::string& name, const std::string& bytes) {
        std::fstream out(folder_->path() / name, std::ios::binary | std::ios::in | std::ios::out);
        out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        out.close();
        fs::resize_file(folder_->path() / name, bytes.size());
    }
    static Report check() {
        Request request;
        request.target = folder_->path();
        request.key = key_;
        request.key_path = "/nowhere";
        Report report;
        verify(request, report);
        return report;
    }
    /// The record that a byte of the entries file belongs to.
    static std::uint64_t record_at(std::size_t offset) {
        std::uint64_t index = 0;
        while (starts_[index + 1] <= offset) ++index;
        return index;
    }

    struct Expected {
        bool may_be_unchecked = false;  ///< exit 2 is good enough
        std::function<std::uint64_t(std::size_t offset)> first_bad;
        std::vector<int> masks = {0x01, 0x20, 0x80};
    };
    /// Changes one byte after the other, three ways, and requires exit 1.
    static void flip_all(const std::string& name, std::size_t begin, std::size_t end,
                         const Expected& expected) {
        const std::string good = read(name);
        std::size_t tried = 0;
        for (std::size_t at = begin; at < std::min(end, good.size()) && !HasFailure(); ++at)
            for (const int mask : expected.masks) {
                std::string bad = good;
                bad[at] = static_cast<char>(bad[at] ^ mask);
                write(name, bad);
                const Report report = check();
                ++tried;
                const auto tell = [&] {
                    return name + " byte " + std::to_string(at) + " mask " + std::to_string(mask) +
                           "\n" + report.text(Language::english, false);
                };
                const bool detected = report.exit_code() == 1 ||
                                      (expected.may_be_unchecked && report.exit_code() == 2);
                EXPECT_TRUE(detected) << tell();
                if (!expected.first_bad) continue;
                ASSERT_NE(report.first_bad(), nullptr) << tell();
                EXPECT_EQ(*report.first_bad()->index, expected.first_bad(at)) << tell();
            }
        write(name, good);
        changes_ += tried;
    }
    void TearDown() override {
        if (changes_ > 0)
            std::printf("%zu changes, %s\n", changes_,
                        HasFailure() ? "NOT all detected" : "all detected");
        changes_ = 0;
    }

    static std::unique_ptr<persandian::test::TempDir> folder_;
    static KeyFile key_;
    static std::vector<std::size_t> starts_;
    static std::size_t changes_;
};

std::unique_ptr<persandian::test::TempDir> Tamper::folder_;
KeyFile Tamper::key_;
std::vector<std::size_t> Tamper::starts_;
std::size_t Tamper::changes_ = 0;

TEST_F(Tamper, TheUntouchedLedgerIsValid) {
    const Report report = check();
    EXPECT_EQ(report.verdict(), Verdict::valid_not_witnessed)
        << report.text(Language::english, false);
    const Coverage& coverage = report.generations.at(0);
    EXPECT_EQ(coverage.records, starts_.size() - 1);
    EXPECT_GE(coverage.evidence_hashed, 2U);
    EXPECT_EQ(coverage.decisions, 1U);
    EXPECT_EQ(coverage.disclosed, coverage.commitments);
}

TEST_F(Tamper, EveryByteOfTheEntries) {
    flip_all(entries_file, 0, SIZE_MAX,
             {false, [](std::size_t at) { return record_at(at); }, {0x01}});
}

TEST_F(Tamper, EveryBitOfOneRecord) {
    const std::string good = read(entries_file);
    for (std::size_t at = starts_[2]; at < starts_[3]; ++at)
        for (int bit = 0; bit < 8; ++bit) {
            std::string bad = good;
            bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
            write(entries_file, bad);
            EXPECT_EQ(check().exit_code(), 1) << at << "/" << bit;
            ++changes_;
        }
    write(entries_file, good);
}

TEST_F(Tamper, EveryByteOfTheLeafFile) {
    flip_all(leaf_file, 0, SIZE_MAX,
             {false, [](std::size_t at) { return std::uint64_t{at / 32}; }});
}

TEST_F(Tamper, EveryByteOfTheIndexFile) {
    flip_all(index_file, 0, SIZE_MAX, {false, [](std::size_t) { return std::uint64_t{0}; }});
}

TEST_F(Tamper, EveryByteOfTheSlots) {
    for (const char* slot : slot_files) {
        const std::string good = read(slot);
        const std::size_t used = good.find_last_not_of('\0') + 1;
        flip_all(slot, 0, used + 16, {});
        // The zeros behind: a sample of them, and the last one.
        for (std::size_t at = used; at < good.size(); at += 1021) flip_all(slot, at, at + 1, {});
        flip_all(slot, good.size() - 1, good.size(), {});
    }
}

TEST_F(Tamper, EveryByteOfTheDisclosures) {
    // A changed seq that names a record not yet signed is an unsigned tail: not valid either.
    flip_all(disclosure_file, 0, SIZE_MAX, {true, nullptr});
}

TEST_F(Tamper, EveryByteOfTheEvidence) {
    for (const auto& entry : fs::recursive_directory_iterator(folder_->path() / "evidence"))
        if (entry.is_regular_file())
            flip_all(fs::relative(entry.path(), folder_->path()).string(), 0, SIZE_MAX, {});
}

TEST_F(Tamper, EveryByteOfTheKeyFiles) {
    flip_all("log.pub.pem", 0, SIZE_MAX, {});
    flip_all("log.vkey", 0, SIZE_MAX, {});
}

TEST_F(Tamper, EntriesCutAtEveryByte) {
    const std::string good = read(entries_file);
    for (std::size_t size = 0; size < good.size(); ++size) {
        write(entries_file, good.substr(0, size));
        const Report report = check();
        ++changes_;
        EXPECT_EQ(report.exit_code(), 1) << size;
        ASSERT_NE(report.first_bad(), nullptr);
        EXPECT_EQ(*report.first_bad()->index, record_at(size)) << size;
    }
    write(entries_file, good);
}

TEST_F(Tamper, OtherFilesCutAtEveryByte) {
    for (const char* name :
         {leaf_file, index_file, "log.pub.pem", "log.vkey", slot_files[0], slot_files[1]}) {
        const std::string good = read(name);
        for (std::size_t size = 0; size<good.size(); size += size> 2000 ? 509 : 1) {
            write(name, good.substr(0, size));
            EXPECT_EQ(check().exit_code(), 1) << name << " cut at " << size;
            ++changes_;
        }
        write(name, good);
    }
}

// Whole lines may be withheld (redaction); a cut inside a line never passes: 1, or 2 for a torn
// end.
TEST_F(Tamper, DisclosuresCutInsideALine) {
    const std::string good = read(disclosure_file);
    for (std::size_t size = 0; size < good.size(); ++size) {
        write(disclosure_file, good.substr(0, size));
        const bool whole_lines = size == 0 || good[size - 1] == '\n';
        EXPECT_EQ(check().exit_code() == 0, whole_lines) << size;
        ++changes_;
    }
    write(disclosure_file, good);
}

TEST_F(Tamper, AppendedBytesAreNeverCovered) {
    const std::string good = read(entries_file);
    const std::string record = good.substr(starts_[1], starts_[2] - starts_[1]);
    for (const std::string& tail :
         {std::string("\x00", 1), std::string("garbage"), record, std::string(4096, '\0')}) {
        write(entries_file, good + tail);
        const Report report = check();
        EXPECT_EQ(report.exit_code(), 2);
        EXPECT_EQ(report.generations.at(0).tail_bytes, tail.size());
        EXPECT_NE(report.text(Language::english, false).find("UNSIGNED TAIL"), std::string::npos);
    }
    write(entries_file, good);
    for (const char* name : {leaf_file, index_file, slot_files[0], "log.vkey", "log.pub.pem"}) {
        const std::string bytes = read(name);
        write(name, bytes + "x");
        EXPECT_EQ(check().exit_code(), 1) << name;
        write(name, bytes);
    }
}

}  // namespace
}  // namespace persandian::verify
