// SPDX-License-Identifier: Apache-2.0
//
// A real writer on a real disk, killed with SIGKILL again and again: what it had acknowledged is
// always there, everything verifies, and every start after a kill says so in the log.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/ledger/ledger_dir.h"
#include "daemon/ledger/reader.h"
#include "tests/daemon/ledger/fixture.h"
#include "tests/support/temp_dir.h"

namespace persandian::test {
namespace {

/// Starts the victim, reads `lines` acknowledgements, kills it; the last size it acknowledged.
std::uint64_t run_and_kill(const std::filesystem::path& folder, int seed, int lines) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const std::string program = (binary_dir() / "bin/ledger_victim").string();
    const std::string directory = folder.string();
    const std::string number = std::to_string(seed);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(ends[1], STDOUT_FILENO);
        ::execl(program.c_str(), "ledger_victim", directory.c_str(), number.c_str(), nullptr);
        ::_exit(127);
    }
    ::close(ends[1]);
    std::string text;
    std::array<char, 4096> buffer{};
    bool killed = false;
    while (true) {
        if (!killed && std::ranges::count(text, '\n') >= lines) {
            ::kill(child, SIGKILL);
            killed = true;
        }
        const ssize_t got = ::read(ends[0], buffer.data(), buffer.size());
        if (got <= 0) break;
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the victim ended by itself, status " << status;
    text.erase(text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n'));
    const std::size_t last = text.rfind('\n');
    return text.empty() ? 0 : std::stoull(text.substr(last == std::string::npos ? 0 : last + 1));
}

TEST(Kill, NothingAcknowledgedIsLost) {
    const TempDir folder;
    const auto ledger_folder = folder.path() / "ledger";
    const int rounds = 12;
    std::uint64_t size = 0;
    for (int round = 0; round < rounds; ++round) {
        const std::uint64_t acknowledged =
            run_and_kill(ledger_folder, round + 1, round % 4 == 3 ? 0 : 1 + round * 2);
        if (acknowledged > 0) {
            const auto reader = ledger::LedgerReader::open(ledger_folder);
            EXPECT_GE(reader->size(), acknowledged);
            EXPECT_GE(reader->size(), size);
            size = reader->size();
        }
    }
    WriterParts parts;
    const auto open = ledger::open_ledger_dir(ledger_folder, parts.clock, parts.random, {});
    ASSERT_TRUE(open.writer->close("end"));
    const auto found = audit(*open.storage, open.signer->public_key());
    ASSERT_EQ(found.size(), 1U) << "a kill must not need a new generation";
    std::size_t recoveries = 0;
    for (const std::string& record : found[0].records)
        recoveries += kind_of(record) == "recovery" ? 1U : 0U;
    EXPECT_GE(recoveries, 5U);
    // The independent verifier agrees.
    const auto verifier = binary_dir() / "bin/persandian-verify";
    if (!std::filesystem::exists(verifier)) return;
    const std::string command = verifier.string() + " '" + ledger_folder.string() + "' --key '" +
                                (ledger_folder / "log.vkey").string() + "' > /dev/null";
    EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace persandian::test
