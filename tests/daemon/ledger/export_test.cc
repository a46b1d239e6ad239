// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/export.h"

#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/ledger/errors.h"
#include "tests/daemon/ledger/fixture.h"
#include "tests/support/temp_dir.h"

namespace persandian::test {
namespace {

/// A ledger of 41 records and the bundle of one.
class Bundle : public testing::Test {
  protected:
    Bundle() {
        WriterParts parts;
        const auto writer = parts.open(disk_);
        std::vector<incident::RecordDraft> drafts;
        for (std::uint64_t i = 0; i < 40; ++i)
            drafts.push_back(i == 17 ? plain_incident(parts.random)
                                     : sample_record(i, parts.random));
        EXPECT_TRUE(writer->append(drafts));
        reader_ = ledger::LedgerReader::open(disk_);
    }

    static incident::RecordDraft plain_incident(RandomSource& random) {
        return sample_incident(17, random);
    }

    /// Runs the commands of the bundle's README as they stand there; their output.
    static std::string run_readme(const std::filesystem::path& folder) {
        const std::string readme = read_file(folder / "README.md");
        std::string script;
        for (std::size_t at = readme.find("```bash\n"); at != std::string::npos;
             at = readme.find("```bash\n", at)) {
            const std::size_t begin = at + 8;
            at = readme.find("```", begin);
            script += readme.substr(begin, at - begin);
        }
        const TempDir work;
        const auto path = work.write("commands.sh", script);
        const auto output = work.path() / "output";
        const std::string command = "cd '" + folder.string() + "' && bash '" + path.string() +
                                    "' > '" + output.string() + "' 2>&1";
        if (std::system(command.c_str()) != 0) return "FAILED\n" + read_file(output);
        return read_file(output);
    }

    SimDisk disk_;
    std::unique_ptr<ledger::LedgerReader> reader_;
    TempDir folder_;
};

TEST_F(Bundle, ReadmesCommandsAcceptASoundBundle) {
    for (const std::uint64_t index : {0U, 18U, 40U}) {
        const auto target = folder_.path() / std::to_string(index);
        const auto report = ledger::export_bundle(*reader_, index, target);
        EXPECT_EQ(report.evidence_missing, 0U);
        const std::string output = run_readme(target);
        EXPECT_THAT(output, testing::HasSubstr("Signature Verified Successfully"));
        EXPECT_THAT(output, testing::HasSubstr("\nINCLUDED"));
        EXPECT_THAT(output, testing::Not(testing::HasSubstr("WRONG")));
        EXPECT_EQ(read_file(target / "record.json"), *reader_->record(index));
    }
    const std::string output = run_readme(folder_.path() / "18");
    EXPECT_THAT(output, testing::HasSubstr("entity/0/value: OK"));
    EXPECT_THAT(output, testing::HasSubstr("why/0/value: OK"));
    EXPECT_THAT(output, testing::ContainsRegex("evidence/[0-9a-f]+: OK"));
}

TEST_F(Bundle, ReadmesCommandsRefuseChanges) {
    const struct {
        const char* file;
        const char* from;
        const char* to;
        const char* missing;  ///< no longer in the output
        const char* shown;
    } cases[] = {
        {"record.json", "INC-2026-000017", "INC-2026-000018", "\nINCLUDED", "NOT INCLUDED"},
        {"checkpoint", "\n41\n", "\n42\n", "Verified Successfully", "Signature"},
        {"record.tlog-proof", "index 18", "index 19", "\nINCLUDED", "NOT INCLUDED"},
        {"disclosures.jsonl", "203.0.113.18", "203.0.113.19", "entity/0/value: OK",
         "entity/0/value: WRONG"},
    };
    for (const auto& change : cases) {
        const auto target = folder_.path() / change.file;
        (void)ledger::export_bundle(*reader_, 18, target);
        std::string text = read_file(target / change.file);
        const std::size_t at = text.find(change.from);
        ASSERT_NE(at, std::string::npos) << change.file;
        text.replace(at, std::string(change.from).size(), change.to);
        std::ofstream(target / change.file, std::ios::binary) << text;
        const std::string output = run_readme(target);
        EXPECT_THAT(output, testing::Not(testing::HasSubstr(change.missing))) << change.file;
        EXPECT_THAT(output, testing::HasSubstr(change.shown)) << change.file;
    }
}

TEST_F(Bundle, ProofHasTheFormOfTheSpecification) {
    const auto proof = ledger::tlog_proof(*reader_, 18);
    ASSERT_TRUE(proof);
    EXPECT_THAT(*proof, testing::StartsWith("c2sp.org/tlog-proof@v1\nindex 18\n"));
    EXPECT_THAT(*proof, testing::EndsWith("\n\n" + reader_->checkpoint_note()));
}

TEST_F(Bundle, FolderWithContentIsNotTouched) {
    folder_.write("full/file", "x");
    EXPECT_THROW((void)ledger::export_bundle(*reader_, 1, folder_.path() / "full"),
                 ledger::LedgerError);
    EXPECT_THROW((void)ledger::export_bundle(*reader_, 41, folder_.path() / "new"),
                 ledger::LedgerError);
}

}  // namespace
}  // namespace persandian::test
