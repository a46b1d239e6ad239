// SPDX-License-Identifier: Apache-2.0
//
// persandian replay as a user calls it.
#include <array>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "tests/support/packet_builder.h"
#include "tests/support/temp_dir.h"

namespace persandian {
namespace {

using testing::HasSubstr;

struct Result {
    int code = -1;
    std::string out;
};

// Runs a shell command; standard error joins standard output unless redirected in `arguments`.
Result run(const std::string& arguments) {
    const std::string command = "cd " + test::source_dir().string() + " && LC_ALL=C NO_COLOR=1 " +
                                (test::binary_dir() / "bin/persandian").string() + " " + arguments;
    Result result;
    std::FILE* const pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return result;
    std::array<char, 4096> buffer{};
    std::size_t got = 0;
    while ((got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0)
        result.out.append(buffer.data(), got);
    const int status = ::pclose(pipe);
    result.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return result;
}

constexpr const char* samples =
    " -r tools/samples/province.pcap --log auto:tools/samples/auth.log"
    " --assets tools/samples/assets.yml -S rules ";

TEST(ReplayCommand, ShowsIncidentsAndTotals) {
    const Result result = run(std::string("replay") + samples + "--lang en 2>&1");
    EXPECT_EQ(result.code, 0) << result.out;
    EXPECT_THAT(result.out, HasSubstr("SEVERITY"));
    EXPECT_THAT(result.out, HasSubstr("SSH brute force"));
    EXPECT_THAT(result.out, HasSubstr("INC-2026-000001"));
    EXPECT_THAT(result.out, HasSubstr("WITA"));
    EXPECT_THAT(result.out, HasSubstr("Nothing was stored"));
}

TEST(ReplayCommand, SpeaksBahasaIndonesia) {
    const Result result = run(std::string("replay") + samples + "--lang id 2>&1");
    EXPECT_EQ(result.code, 0);
    EXPECT_THAT(result.out, HasSubstr("TINGKAT"));
    EXPECT_THAT(result.out, HasSubstr("brute force) lewat SSH"));
}

TEST(ReplayCommand, JsonIsOneObject) {
    const Result result = run(std::string("replay") + samples + "--json 2>/dev/null");
    EXPECT_EQ(result.code, 0);
    const boost::json::object report = boost::json::parse(result.out).as_object();
    EXPECT_GT(report.at("incidents").as_array().size(), 0U);
    EXPECT_GT(report.at("totals").at("packets").as_int64(), 1000);
    EXPECT_EQ(report.at("totals").at("rules_refused").as_int64(), 0);
}

TEST(ReplayCommand, EventsAreJsonLinesOnStandardOutput) {
    const Result result =
        run("replay -r tools/samples/province.pcap -S rules --events-out - 2>/dev/null");
    EXPECT_EQ(result.code, 0);
    std::size_t lines = 0;
    for (std::size_t at = 0; at < result.out.size(); ++lines) {
        const std::size_t end = result.out.find('\n', at);
        ASSERT_NE(end, std::string::npos);
        const auto event = boost::json::parse(result.out.substr(at, end - at)).as_object();
        EXPECT_TRUE(event.contains("timestamp"));
        EXPECT_TRUE(event.contains("event_type"));
        at = end + 1;
    }
    EXPECT_GT(lines, 500U);
}

TEST(ReplayCommand, AFilterLimitsWhatIsRead) {
    const Result result =
        run("replay -r tools/samples/province.pcap -S rules --json udp port 53 2>/dev/null");
    ASSERT_EQ(result.code, 0);
    const auto events = boost::json::parse(result.out).at("totals").at("events").as_object();
    EXPECT_TRUE(events.contains("dns"));
    EXPECT_FALSE(events.contains("http"));
}

TEST(ReplayCommand, WritesALedgerThatContinues) {
    const test::TempDir folder;
    const std::string ledger = (folder.path() / "ledger").string();
    const std::string command = std::string("replay") + samples + "-l " + ledger + " --json 2>&1";
    const Result first = run(command);
    ASSERT_EQ(first.code, 0) << first.out;
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "ledger/log.pub.pem"));
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "ledger/log.vkey"));
    const Result second = run(command);
    ASSERT_EQ(second.code, 0) << second.out;
    const auto ids = [](const Result& result) {
        std::vector<std::string> out;
        const boost::json::value report = boost::json::parse(result.out);
        for (const boost::json::value& row : report.at("incidents").as_array())
            out.emplace_back(row.at("id").as_string());
        std::sort(out.begin(), out.end());
        return out;
    };
    EXPECT_LT(ids(first).back(), ids(second).front());
}

TEST(ReplayCommand, TheVerifierAcceptsItsLedger) {
    const std::filesystem::path verifier = test::binary_dir() / "bin/persandian-verify";
    const test::TempDir folder;
    const std::string ledger = (folder.path() / "ledger").string();
    ASSERT_EQ(run(std::string("replay") + samples + "-l " + ledger + " 2>&1").code, 0);
    const std::string command =
        verifier.string() + " " + ledger + " --key " + ledger + "/log.pub.pem >/dev/null 2>&1";
    EXPECT_EQ(std::system(command.c_str()), 0);
}

std::vector<std::string> brute_forces(const boost::json::value& report) {
    std::vector<std::string> out;
    for (const boost::json::value& row : report.at("incidents").as_array())
        if (row.at("title").as_string() == "SSH brute force")
            out.emplace_back(row.at("entity").at(0).at("value").as_string());
    return out;
}

TEST(ReplaySuppressions, AnIncidentDisappearsACountAppearsAndTheLedgerVerifies) {
    const test::TempDir folder;
    const std::string command = std::string("replay") + samples + "--lang en --json 2>&1";
    const Result loud = run(command);
    ASSERT_EQ(loud.code, 0) << loud.out;
    const std::vector<std::string> before = brute_forces(boost::json::parse(loud.out));
    ASSERT_FALSE(before.empty());
    std::filesystem::create_directory(folder.path() / "quiet");
    folder.write("quiet/one.yml",
                 "suppressions:\n  - rule: remote_access_ssh_brute_force\n"
                 "    fields: {src_ip: " +
                     before[0] +
                     "}\n"
                     "    reason: known to Sari\n    author: Budi Example\n"
                     "    from: 2026-11-01\n    until: 2026-12-31\n");
    const std::string ledger = (folder.path() / "ledger").string();
    const Result quiet =
        run(command + " --suppressions " + (folder.path() / "quiet").string() + " -l " + ledger);
    ASSERT_EQ(quiet.code, 0) << quiet.out;
    const boost::json::value report = boost::json::parse(quiet.out);
    EXPECT_EQ(brute_forces(report).size(), before.size() - 1);
    EXPECT_GT(report.at("totals").at("suppressed").as_int64(), 0);
    EXPECT_EQ(report.at("suppressions").at(0).at("hidden"), report.at("totals").at("suppressed"));

    const Result shown = run("log show --json --kind config -l " + ledger + " 2>/dev/null");
    std::vector<boost::json::value> configs;
    for (std::size_t at = 0; at < shown.out.size();) {
        const std::size_t end = std::min(shown.out.find('\n', at), shown.out.size());
        configs.push_back(boost::json::parse(shown.out.substr(at, end - at)));
        at = end + 1;
    }
    ASSERT_EQ(configs.size(), 2U) << shown.out;
    EXPECT_EQ(configs[0].at("suppressions").at(0).at("hidden").as_int64(), 0);
    EXPECT_EQ(configs[1].at("suppressions").at(0).at("hidden"),
              report.at("totals").at("suppressed"));
    const std::string leaf =
        test::read_file(folder.path() / "ledger/log/00000001/seg/00000000.ent");
    EXPECT_EQ(leaf.find("Budi Example"), std::string::npos);
    EXPECT_EQ(leaf.find("known to Sari"), std::string::npos);
    const std::string verify = (test::binary_dir() / "bin/persandian-verify").string() + " " +
                               ledger + " --key " + ledger + "/log.pub.pem >/dev/null 2>&1";
    EXPECT_EQ(std::system(verify.c_str()), 0);
}

TEST(ReplaySuppressions, ExpiredOnesHideNothingAndSaySo) {
    const test::TempDir folder;
    const std::string file = folder
                                 .write("old.yml",
                                        "suppressions:\n  - rule: remote_access_ssh_brute_force\n"
                                        "    reason: r\n    author: a\n"
                                        "    from: 2026-10-01\n    until: 2026-10-31\n")
                                 .string();
    const Result result =
        run(std::string("replay") + samples + "--lang en --suppressions " + file + " 2>&1");
    ASSERT_EQ(result.code, 0) << result.out;
    EXPECT_THAT(result.out, HasSubstr("SSH brute force"));
    EXPECT_THAT(result.out, HasSubstr("Hidden   : 0 on purpose, by 1 suppressions and throttles"));
    EXPECT_THAT(result.out, HasSubstr("old.yml:2: had expired before"));
}

TEST(ReplaySuppressions, MistakesAndUnknownRulesAreTold) {
    const test::TempDir folder;
    const std::string bad = folder.write("bad.yml", "suppressions:\n  - rule: a\n").string();
    const Result refused = run(std::string("replay") + samples + "--suppressions " + bad + " 2>&1");
    EXPECT_EQ(refused.code, 78) << refused.out;
    EXPECT_THAT(refused.out, HasSubstr("bad.yml:2:5: a suppression needs the key 'reason'"));
    EXPECT_THAT(refused.out, HasSubstr("bad.yml:2:5: a suppression needs the key 'until'"));
    const std::string typo =
        folder
            .write("typo.yml",
                   "suppressions:\n  - {rule: remote_access_ssh_brute_forse, "
                   "reason: r, author: a, from: 2026-11-01, until: 2026-11-30}\n")
            .string();
    const Result warned = run(std::string("replay") + samples + "--suppressions " + typo + " 2>&1");
    EXPECT_EQ(warned.code, 0) << warned.out;
    EXPECT_THAT(warned.out, HasSubstr("did you mean 'remote_access_ssh_brute_force'?"));
}

TEST(RulesSuppressions, TheExampleIsSoundAndNotInForce) {
    const Result listed =
        run("rules suppressions rules/suppressions/office.yml.example -S rules 2>&1");
    EXPECT_EQ(listed.code, 0) << listed.out;
    EXPECT_THAT(listed.out, HasSubstr("office.yml.example:"));
    EXPECT_THAT(listed.out, testing::Not(HasSubstr("warning")));
    const Result checked = run("rules check rules 2>&1");
    EXPECT_EQ(checked.code, 0) << checked.out;
}

TEST(RulesCheck, JsonSaysWhatIsRefusedAndWhatIsDoubtful) {
    const test::TempDir folder;
    const std::string source = "logsource: {product: persandian, service: dns}\n";
    folder.write("rule.yml", "title: t\nid: 11111111-1111-4111-8111-111111111111\n" + source +
                                 "detection:\n  s: {a: 1}\n  t: {a: 2}\n  condition: s\n");
    folder.write("bad.yml", "title: t\nid: 11111111-1111-4111-8111-111111111112\n" + source +
                                "detection:\n  s: {a|contain: 1}\n  condition: s\n");
    const Result checked = run("rules check --json " + folder.path().string() + " 2>/dev/null");
    EXPECT_EQ(checked.code, 78);
    const auto answer = boost::json::parse(checked.out);
    EXPECT_EQ(answer.at("loaded").as_int64(), 1);
    EXPECT_EQ(answer.at("refused").as_array().size(), 1U);
    const boost::json::array& warnings = answer.at("warnings").as_array();
    ASSERT_EQ(warnings.size(), 1U) << checked.out;
    EXPECT_EQ(warnings[0].at("line").as_int64(), 6);
    EXPECT_THAT(std::string(warnings[0].at("reason").as_string()), HasSubstr("'t' is not used"));
}

struct Misuse {
    const char* arguments;
    int code;
    const char* says;
};

class ReplayMisuse : public testing::TestWithParam<Misuse> {};

TEST_P(ReplayMisuse, IsToldWithItsExitCode) {
    const Result result = run(std::string(GetParam().arguments) + " 2>&1");
    EXPECT_EQ(result.code, GetParam().code) << result.out;
    EXPECT_THAT(result.out, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Table, ReplayMisuse,
    testing::Values(
        Misuse{"replay", 64, "nothing to replay"},
        Misuse{"replay -r /nonexistent.pcap", 66, "/nonexistent.pcap"},
        Misuse{"replay -r LICENSE", 65, "LICENSE"},
        Misuse{"replay --log sylog:/dev/null", 64, "unknown format 'sylog'"},
        Misuse{"replay --log /var/log/x", 64, "FORMAT:FILE"},
        Misuse{"replay --log auto:/nonexistent.log", 66, "/nonexistent.log"},
        Misuse{"replay -r tools/samples/province.pcap --zone Mars", 64, "Mars"},
        Misuse{"replay -r tools/samples/province.pcap -S /nonexistent", 66, "/nonexistent"},
        Misuse{"replay -r tools/samples/province.pcap --assets LICENSE", 78, "LICENSE:"},
        Misuse{"replay -r tools/samples/province.pcap --suppressions /nonexistent", 66,
               "/nonexistent"},
        Misuse{"rules suppressions --socket /nonexistent/socket", 69, "/nonexistent/socket"},
        Misuse{"rules suppressions /nonexistent", 66, "/nonexistent"},
        Misuse{"replay -r tools/samples/province.pcap tcp prot 80", 64, "prot"}));

// --- how overlapping bytes are read ---

void put32(std::ofstream& out, std::uint32_t value) {
    for (unsigned shift = 0; shift < 32; shift += 8) out.put(static_cast<char>(value >> shift));
}

/// A request of which two copies are sent: the one that waits for its beginning, and the one that
/// begins in front of it.
void write_overlap(const std::filesystem::path& path) {
    auto packets = test::TcpConversation().handshake().packets();
    packets.push_back(test::PacketBuilder()
                          .sequence(1006)
                          .acknowledgement(5001)
                          .payload("safe HTTP/1.1\r\nHost: a\r\n\r\n")
                          .packet());
    packets.push_back(test::PacketBuilder()
                          .sequence(1001)
                          .acknowledgement(5001)
                          .payload("GET /evil HTTP/1.1\r\nHost: a\r\n\r\n")
                          .packet());
    std::ofstream out(path, std::ios::binary);
    for (const std::uint32_t word : {0xa1b2c3d4U, 0x00040002U, 0U, 0U, 65'535U, 1U})
        put32(out, word);
    for (const test::Packet& packet : packets) {
        const auto size = static_cast<std::uint32_t>(packet.bytes.size());
        for (const std::uint32_t word : {1'700'000'000U, 0U, size, size}) put32(out, word);
        out << as_text(packet.bytes);
    }
}

TEST(ReplayCommand, ReadsOverlapAsTheReceiverNamedReadsIt) {
    const test::TempDir folder;
    write_overlap(folder.path() / "overlap.pcap");
    const std::string replay = "replay -S rules --events-out - --check-checksums -r " +
                               (folder.path() / "overlap.pcap").string();
    EXPECT_THAT(run(replay + " 2>/dev/null").out, HasSubstr(R"("url":"/safe")"));
    EXPECT_THAT(run(replay + " --reassembly 198.51.100.0/24=linux 2>/dev/null").out,
                HasSubstr(R"("url":"/evil")"));
    EXPECT_THAT(run(replay + " --reassembly 192.0.2.0/24=linux 2>/dev/null").out,
                HasSubstr(R"("url":"/safe")"))
        << "the sender's system does not matter";
}

TEST(ReplayCommand, NamesThePoliciesWhenOneIsUnknown) {
    for (const char* wrong : {"10.0.0.0/8=amiga", "10.0.0.0/8", "10.0.0.1/8=last", "=last"}) {
        const Result result = run("replay -r tools/samples/province.pcap --reassembly " +
                                  std::string(wrong) + " 2>&1");
        EXPECT_NE(result.code, 0) << wrong;
        EXPECT_THAT(result.out, HasSubstr("bsd-right")) << wrong;
    }
}

}  // namespace
}  // namespace persandian
