// SPDX-License-Identifier: Apache-2.0
//
// Exhaustive: every byte of every covered file of a small ledger is changed in turn, and every file
// is cut at every length.
#include "tests/e2e/tamper/tamper_fixture.h"

namespace persandian::verify {
namespace {

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
    flip_all(entries_file, 0, SIZE_MAX, {[](std::size_t at) { return record_at(at); }, {0x01}});
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
    flip_all(leaf_file, 0, SIZE_MAX, {[](std::size_t at) { return std::uint64_t{at / 32}; }});
}

TEST_F(Tamper, EveryByteOfTheIndexFile) {
    flip_all(index_file, 0, SIZE_MAX, {[](std::size_t) { return std::uint64_t{0}; }});
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
    flip_all(disclosure_file, 0, SIZE_MAX, {});
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

TEST_F(Tamper, EvidenceCutAtEveryByte) {
    for (const auto& entry : fs::recursive_directory_iterator(path_of("evidence"))) {
        if (!entry.is_regular_file()) continue;
        const std::string name = fs::relative(entry.path(), folder_->path()).string();
        const std::string good = read(name);
        for (std::size_t size = 0; size < good.size(); ++size) {
            write(name, good.substr(0, size));
            EXPECT_EQ(check().exit_code(), 1) << name << " cut at " << size;
            ++changes_;
        }
        write(name, good);
    }
}

/// The exit code that this beginning of a good disclosure file must give.
int expected_of_cut(std::string_view left) {
    const std::string_view piece = left.substr(left.rfind('\n') + 1);  // npos + 1 = 0
    if (piece.empty()) return 0;  // whole lines may be withheld (redaction)
    if (piece.find(',') != std::string_view::npos) return 1;  // it names a signed record
    // Up to the end of its number a line holds nothing of a signed record, and may be the beginning
    // of one beyond the checkpoint, as a writer that was stopped leaves it: an unsigned tail. Only
    // after the number 0 no digit can follow.
    return piece == "{\"seq\":0" ? 1 : 2;
}

TEST_F(Tamper, DisclosuresCutAtEveryByte) {
    const std::string good = read(disclosure_file);
    std::array<std::size_t, 3> codes{};
    for (std::size_t size = 0; size < good.size(); ++size) {
        const std::string left = good.substr(0, size);
        write(disclosure_file, left);
        const Report report = check();
        EXPECT_EQ(report.exit_code(), expected_of_cut(left)) << size;
        if (report.exit_code() == 2) {
            EXPECT_NE(report.text(Language::english, false).find("UNSIGNED TAIL"),
                      std::string::npos);
        }
        ++codes.at(static_cast<std::size_t>(report.exit_code()));
        ++changes_;
    }
    write(disclosure_file, good);
    for (const std::size_t count : codes) EXPECT_GT(count, 0U);
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
