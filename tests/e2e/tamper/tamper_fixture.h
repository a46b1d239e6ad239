// SPDX-License-Identifier: Apache-2.0
//
// One small ledger of the project's own writer, to be changed and put back; the verifier runs in
// this process, on the real files.
#pragma once

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/ledger/ledger_dir.h"
#include "tests/support/fixed_random.h"
#include "tests/support/sample_records.h"
#include "tests/support/temp_dir.h"
#include "tools/verify/ledger.h"

namespace persandian::verify {

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

    static std::filesystem::path path_of(const std::string& name) { return folder_->path() / name; }
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
                EXPECT_EQ(report.exit_code(), 1) << tell();
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

    static inline std::unique_ptr<persandian::test::TempDir> folder_;
    static inline KeyFile key_;
    static inline std::vector<std::size_t> starts_;
    static inline std::size_t changes_ = 0;
};

}  // namespace persandian::verify
