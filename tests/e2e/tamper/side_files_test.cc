// SPDX-License-Identifier: Apache-2.0
//
// What lies beside the records, seen by somebody who wants to change it unnoticed: values,
// evidence, files that nothing refers to, files that cannot be read.
#include <fcntl.h>
#include <unistd.h>

#include "tests/e2e/tamper/tamper_fixture.h"

namespace persandian::verify {
namespace {

class SideFiles : public Tamper {
  protected:
    /// The verdict with `bytes` in place of the file, which is put back, or removed when it is new.
    static Report with(const std::string& name, const std::string& bytes) {
        const bool is_new = !fs::exists(path_of(name));
        const std::string good = is_new ? "" : read(name);
        if (is_new) std::ofstream(path_of(name)).close();
        write(name, bytes);
        Report report = check();
        if (is_new)
            fs::remove(path_of(name));
        else
            write(name, good);
        return report;
    }
    /// The verdict with the file replaced by what `make` puts in its place.
    static Report replaced(const std::string& name,
                           const std::function<void(const fs::path&)>& make) {
        const fs::path kept = folder_->path() / "kept.tmp";
        fs::rename(path_of(name), kept);
        make(path_of(name));
        Report report = check();
        fs::remove(path_of(name));
        fs::rename(kept, path_of(name));
        return report;
    }
    static std::string first_evidence() {
        for (const auto& entry : fs::recursive_directory_iterator(path_of("evidence")))
            if (entry.is_regular_file()) return fs::relative(entry.path(), folder_->path());
        return "";
    }
    static std::string last_line(const std::string& lines) {
        return lines.substr(lines.rfind('\n', lines.size() - 2) + 1);
    }
    static bool says(const Report& report, const char* text) {
        return report.text(Language::english, false).find(text) != std::string::npos;
    }
    static void expect_tail(const Report& report, const std::string& what) {
        EXPECT_EQ(report.exit_code(), 2) << what << report.text(Language::english, false);
        EXPECT_TRUE(says(report, "UNSIGNED TAIL")) << what;
    }
    static void expect_tampered(const Report& report, const std::string& what) {
        EXPECT_EQ(report.exit_code(), 1) << what << report.text(Language::english, false);
    }
    /// Reads of it fail: nothing is mapped at address 0.
    static constexpr const char* failing_file = "/proc/self/mem";
    static bool reads_fail() {
        const int descriptor = ::open(failing_file, O_RDONLY | O_CLOEXEC);
        char byte = 0;
        const bool fails = descriptor >= 0 && ::read(descriptor, &byte, 1) < 0;
        if (descriptor >= 0) ::close(descriptor);
        return fails;
    }
};

TEST_F(SideFiles, LinesBeyondTheCheckpointAreAnUnsignedTail) {
    const std::string good = read(disclosure_file);
    const std::string last = last_line(good);
    const std::string rest = last.substr(last.find(','));
    for (const std::string& tail : std::vector<std::string>{
             "{\"seq\":9" + rest, "{\"seq\":123" + rest.substr(0, 30), std::string("{\"s"),
             std::string("{\"seq\":"), std::string("{\"seq\":7"), std::string(1, '\0'),
             std::string(5000, '\0'), "{\"seq\":9" + std::string(70, '\0'),
             "{\"seq\":12" + rest + std::string("{\"seq\":12,\0\0", 13)})
        expect_tail(with(disclosure_file, good + tail), tail.substr(0, 80));
}

TEST_F(SideFiles, TailsThatSpeakOfSignedRecordsAreTampering) {
    const std::string good = read(disclosure_file);
    const std::string last = last_line(good);
    const std::string rest = last.substr(last.find(','));
    const std::string zeros(70, '\0');
    for (const std::string& tail :
         std::vector<std::string>{last, "{\"seq\":8" + rest, last.substr(0, 20), "{\"seq\":8,",
                                  "{\"seq\":0", "{\"seq\":09,", "{\"seq\":99999999999999999999999,",
                                  "{\"seq\":8," + zeros, "{" + zeros + "x", zeros + "\n", "garbage",
                                  "garbage\n", "\n", "{\"seq\":9" + rest + last})
        expect_tampered(with(disclosure_file, good + tail), tail.substr(0, 80));
}

// The number of a line is in no hash; what it was moved from then counts as withheld.
TEST_F(SideFiles, ALineRenumberedBeyondTheCheckpointIsNeverValid) {
    const std::string good = read(disclosure_file);
    const std::string last = last_line(good);
    const std::string moved = "{\"seq\":9" + last.substr(last.find(','));
    expect_tail(with(disclosure_file, good.substr(0, good.size() - last.size()) + moved), "last");
    const std::size_t second = good.find('\n') + 1;
    const std::string first = "{\"seq\":9" + good.substr(good.find(','), second - good.find(','));
    expect_tampered(with(disclosure_file, first + good.substr(second)), "first");
}

TEST_F(SideFiles, LinesOfOneRecordMayBeWithheldButNotMoved) {
    const std::string good = read(disclosure_file);
    const std::size_t second = good.find('\n') + 1;
    EXPECT_EQ(with(disclosure_file, good.substr(second)).exit_code(), 0);
    EXPECT_EQ(with(disclosure_file, "").exit_code(), 0);
    expect_tampered(with(disclosure_file, good.substr(second) + good.substr(0, second)), "moved");
    expect_tampered(with(disclosure_file, good.substr(0, second) + good), "twice");
}

TEST_F(SideFiles, LinesInTheFileOfAnotherSegmentAreNotCovered) {
    const std::string other = "disclosure/00000001/00000001.jsonl";
    EXPECT_EQ(with(other, "").exit_code(), 0);  // made by a writer before its first line
    expect_tail(with(other, last_line(read(disclosure_file))), other);
    for (const char* stray : {"disclosure/00000001/0000000-.jsonl", "disclosure/00000001/notes",
                              "disclosure/00000001/00000007.jsonl"})
        expect_tail(with(stray, "x"), stray);
}

TEST_F(SideFiles, EntriesOfSegmentsThatWereNotReadAreAnUnsignedTail) {
    for (const char* stray : {"log/00000001/seg/00000001.ent", "log/00000001/seg/00000005.ent",
                              "log/00000001/seg/0000000-.ent", "log/00000001/seg/copy.ent"}) {
        const Report report = with(stray, read(entries_file));
        expect_tail(report, stray);
        EXPECT_EQ(with(stray, "").exit_code(), 0) << stray;
    }
}

TEST_F(SideFiles, MissingEvidenceIsNotAPass) {
    const fs::path away = folder_->path() / "away.tmp";
    const std::string name = first_evidence();
    fs::rename(path_of(name), away);
    const Report missing = check();
    fs::rename(away, path_of(name));
    EXPECT_EQ(missing.exit_code(), 2);
    EXPECT_EQ(missing.verdict(), Verdict::unverifiable);
    EXPECT_TRUE(says(missing, "MISSING"));
    EXPECT_EQ(missing.generations.at(0).evidence_missing, 1U);
}

TEST_F(SideFiles, WhatCannotBeReadIsNeitherValidNorTampered) {
    if (!reads_fail()) GTEST_SKIP() << "skipped: " << failing_file << " can be read here";
    for (const std::string& name :
         {std::string(entries_file), std::string(leaf_file), std::string(index_file),
          std::string(disclosure_file), first_evidence(), std::string(slot_files[0])}) {
        const Report failing =
            replaced(name, [](const fs::path& path) { fs::create_symlink(failing_file, path); });
        EXPECT_EQ(failing.exit_code(), 2) << name << failing.text(Language::english, false);
        EXPECT_TRUE(says(failing, "could not be read")) << name;
        const Report folder =
            replaced(name, [](const fs::path& path) { fs::create_directory(path); });
        EXPECT_EQ(folder.exit_code(), 2) << name << folder.text(Language::english, false);
        EXPECT_TRUE(says(folder, "could not be read")) << name;
    }
}

TEST_F(SideFiles, AFolderThatCannotBeListedIsSaid) {
    for (const char* name :
         {"disclosure/00000001", "log/00000001/seg", "log/00000001/quarantine"}) {
        const bool there = fs::exists(path_of(name));
        const auto loop = [](const fs::path& path) { fs::create_symlink(path.filename(), path); };
        if (!there) fs::create_directory(path_of(name));
        const Report report = replaced(name, loop);
        if (!there) fs::remove(path_of(name));
        EXPECT_EQ(report.exit_code(), 2) << name << report.text(Language::english, false);
    }
}

}  // namespace
}  // namespace persandian::verify
