// SPDX-License-Identifier: Apache-2.0
#include "tools/verify/record.h"

#include <gtest/gtest.h>

#include "tests/tools/verify/signing.h"

namespace persandian::verify {
namespace {

constexpr const char* origin = "example.go.id/sulteng/sensor-1/00000001";
constexpr const char* boot = "7b2ed67587fcbc411fcb4b71b1cef1ef";

std::string record(const std::string& kind, std::uint64_t seq, const std::string& members,
                   std::uint64_t mono = 5,
                   const std::string& ts = "2026-08-15T02:24:01.123456789Z") {
    return R"({"v":1,"kind":")" + kind + R"(","log":")" + origin + R"(","seq":)" +
           std::to_string(seq) + R"(,"boot":")" + boot + R"(","ts":")" + ts + R"(","mono":)" +
           std::to_string(mono) + R"(,"clk":{"src":"system","err_ns":-1})" + members + "}";
}

class RecordRulesTest : public testing::Test {
  protected:
    /// The finding's text, empty when the record is good.
    std::string check(const std::string& text, std::uint64_t index) {
        report_ = Report();
        rules_.check(text, index);
        for (const Finding& finding : report_.findings())
            if (finding.weight == Weight::tampered) return finding.arguments.at(0);
        return "";
    }
    std::string genesis() {
        std::string pub;
        for (const unsigned char byte : signer_.key()) pub += static_cast<char>(byte);
        return record("genesis", 0, R"(,"pub":")" + base64_encode(pub) + R"(","previous":null)");
    }
    std::string key_record(std::uint64_t seq, const std::string& action) {
        std::string pub;
        for (const unsigned char byte : officer_.key()) pub += static_cast<char>(byte);
        return record("key", seq,
                      R"(,"action":")" + action + R"(","role":"officer","key_id":")" +
                          officer_id() + R"(","pub":")" + base64_encode(pub) + R"(")");
    }
    std::string officer_id() {
        std::string pub;
        for (const unsigned char byte : officer_.key()) pub += static_cast<char>(byte);
        Sha256 sha;
        return hex_encode(view_of(sha.of(pub))).substr(0, 16);
    }
    std::string decision(std::uint64_t seq, const std::string& signed_origin = origin) {
        const std::string members = R"("incident":"INC-2026-000001","action":"acknowledge",)"
                                    R"("status":"in_progress","officer":")" +
                                    officer_id() + R"(")";
        const std::string signature =
            officer_.signature("persandian/decision/v1\n" + signed_origin + "\n" + members);
        return record("decision", seq,
                      "," + members + R"(,"sig":")" + base64_encode(signature) + R"(")");
    }

    test::NoteSigner signer_;
    test::NoteSigner officer_{9};
    Coverage coverage_;
    Report report_;
    RecordRules rules_{{origin, signer_.key()}, coverage_, report_};
};

TEST_F(RecordRulesTest, AGoodSequencePasses) {
    EXPECT_EQ(check(genesis(), 0), "");
    EXPECT_EQ(check(key_record(1, "add"), 1), "");
    EXPECT_EQ(check(decision(2), 2), "");
    EXPECT_EQ(check(key_record(3, "revoke"), 3), "");
    EXPECT_NE(check(decision(4), 4), "");
    EXPECT_EQ(coverage_.decisions, 1U);
}

TEST_F(RecordRulesTest, GenesisIsFirstAndNamesTheKey) {
    EXPECT_NE(check(record("heartbeat", 0, R"(,"coverage":{},"interval_s":10)"), 0), "");
    EXPECT_EQ(check(genesis(), 0), "");
    EXPECT_NE(check(record("genesis", 1, R"(,"pub":"","previous":null)"), 1), "");
    std::string other = genesis();
    other.replace(other.find("\"pub\":\"") + 7, 4, "AAAA");
    EXPECT_NE(check(other, 0), "");
}

TEST_F(RecordRulesTest, CommonMembersAreExact) {
    ASSERT_EQ(check(genesis(), 0), "");
    const std::string good = record("close", 1, R"(,"reason":"end")");
    ASSERT_EQ(check(good, 1), "");
    EXPECT_NE(check(good, 2), "") << "seq";
    const auto changed = [&good](const std::string& from, const std::string& to) {
        std::string out = good;
        out.replace(out.find(from), from.size(), to);
        return out;
    };
    for (const auto& [from, to] : std::initializer_list<std::pair<const char*, const char*>>{
             {"\"v\":1", "\"v\":2"},
             {"\"v\":1", "\"v\":\"1\""},
             {"\"seq\":1", "\"seq\":1.0"},
             {"\"seq\":1", "\"seq\":01"},
             {"sensor-1", "sensor-2"},
             {"7b2ed675", "7B2ED675"},
             {"7b2ed675", "7b2ed67"},
             {"2026-08-15", "2026-02-30"},
             {"2026-08-15", "2025-02-29"},
             {"02:24", "25:24"},
             {".123456789Z", "Z"},
             {".123456789Z", ".123456789+00:00"},
             {"\"mono\":5", "\"mono\":-5"},
             {"\"err_ns\":-1", "\"err_ns\":\"-1\""},
             {"\"kind\":\"close\"", "\"kind\":\"\""},
             {"\"kind\"", "\"Kind\""},
             {"{\"v\":1,", "{"},
             {",\"reason\":\"end\"", ",\"reason\":\"end\",\"seq\":1"},
             {"\"end\"", "\"end\" "},
             {"\"end\"", "\"\xFF\""},
             {"\"end\"", "1e0"},
         })
        EXPECT_NE(check(changed(from, to), 1), "") << from << " -> " << to;
    EXPECT_NE(check("\xEF\xBB\xBF" + good, 1), "") << "BOM";
    EXPECT_NE(check(good + std::string(1, '\0'), 1), "") << "NUL";
    EXPECT_NE(check("", 1), "");
    EXPECT_NE(check(record("close", 1, ",\"reason\":\"" + std::string(65'536, 'x') + "\""), 1), "");
}

TEST_F(RecordRulesTest, MonoDoesNotGoBackwardsWithinABoot) {
    ASSERT_EQ(check(genesis(), 0), "");
    EXPECT_EQ(check(record("close", 1, "", 9), 1), "");
    EXPECT_NE(check(record("close", 2, "", 8), 2), "");
}

TEST_F(RecordRulesTest, ABootDoesNotComeBack) {
    ASSERT_EQ(check(genesis(), 0), "");
    std::string other = record("close", 1, "");
    other.replace(other.find(boot), 4, "0000");
    EXPECT_EQ(check(other, 1), "");
    EXPECT_NE(check(record("close", 2, ""), 2), "");
}

TEST_F(RecordRulesTest, CommitmentsHaveTheirForm) {
    ASSERT_EQ(check(genesis(), 0), "");
    const std::string hash(64, 'a');
    const auto with = [](const std::string& list) {
        return record("incident", 1, R"(,"entity":[)" + list + "]");
    };
    EXPECT_EQ(check(with(R"({"field":"src_ip","p":"entity/0/value","c":")" + hash + R"("})"), 1),
              "");
    EXPECT_EQ(rules_.commitments().size(), 1U);
    EXPECT_NE(check(with(R"({"p":"a","c":")" + hash + R"("},{"p":"a","c":")" + hash + R"("})"), 1),
              "");
    EXPECT_NE(check(with(R"({"p":"a","x":1,"c":")" + hash + R"("})"), 1), "");
    EXPECT_NE(check(with(R"({"p":"a"})"), 1), "");
    EXPECT_NE(check(with(R"({"p":"a b","c":")" + hash + R"("})"), 1), "");
    EXPECT_NE(check(with(R"({"p":"a","c":")" + std::string(64, 'A') + R"("})"), 1), "");
}

TEST_F(RecordRulesTest, DecisionsAreThoseOfTheOfficer) {
    ASSERT_EQ(check(genesis(), 0), "");
    EXPECT_NE(check(decision(1), 1), "") << "unknown officer";
    ASSERT_EQ(check(key_record(2, "add"), 2), "");
    EXPECT_NE(check(decision(3, "example.go.id/sulteng/sensor-2/00000001"), 3), "") << "other log";
    std::string changed = decision(4);
    changed.replace(changed.find("acknowledge"), 11, "acknowledgE");
    EXPECT_NE(check(changed, 4), "");
    std::string moved = decision(5);
    moved.insert(moved.size() - 1, R"(,"note":1)");
    EXPECT_NE(check(moved, 5), "") << "a member after sig";
    EXPECT_EQ(check(decision(6), 6), "");
}

TEST_F(RecordRulesTest, SilenceBetweenHeartbeatsIsNoted) {
    ASSERT_EQ(check(genesis(), 0), "");
    const auto heartbeat = [](std::uint64_t seq, std::uint64_t seconds) {
        return record("heartbeat", seq, R"(,"coverage":{},"interval_s":10)",
                      seconds * 1'000'000'000);
    };
    EXPECT_EQ(check(heartbeat(1, 10), 1), "");
    EXPECT_EQ(check(heartbeat(2, 35), 2), "");
    EXPECT_EQ(coverage_.silences, 0U);
    EXPECT_EQ(check(heartbeat(3, 85), 3), "");
    EXPECT_EQ(coverage_.silences, 1U);
}

}  // namespace
}  // namespace persandian::verify
