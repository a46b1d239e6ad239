// SPDX-License-Identifier: Apache-2.0
//
// Rules about bytes, from the packets to the finding.
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "detectors/engine/event_stage.h"
#include "tests/support/event_recorder.h"
#include "tests/support/packet_builder.h"

namespace persandian::engine {
namespace {

using test::TcpConversation;

constexpr const char* logsources = R"(
logsources:
  - {product: persandian, service: http, when: {event_type: http}}
  - {product: persandian, service: payload, when: {event_type: payload}}
)";

struct Findings final : FindingSink {
    void on_finding(Finding finding) override { all.push_back(std::move(finding)); }
    std::vector<Finding> all;
};

/// One rule with this selection, and what it finds in the packets.
struct Content {
    Content(const std::string& service, const std::string& selection) {
        const std::vector<sigma::SourceFile> rules = {
            {"rule.yml", "title: t\nlogsource: {product: persandian, service: " + service +
                             "}\ndetection:\n  s:\n" + selection + "\n  condition: s\n"}};
        const std::vector<sigma::SourceFile> sources = {{"logsources.yml", logsources}};
        const sigma::LoadResult loaded = sigma::load_rules(rules, sources);
        for (const sigma::RuleProblem& problem : loaded.refused)
            ADD_FAILURE() << problem.to_string();
        stage = std::make_unique<EventStage>(loaded.rules, findings,
                                             EventStageOptions{.events = &events});
    }
    std::size_t found_in(const std::vector<test::Packet>& packets) {
        for (const test::Packet& packet : packets) stage->on_packet(packet.raw(++number));
        stage->finish();
        return findings.all.size();
    }

    test::EventRecorder events;
    Findings findings;
    std::unique_ptr<EventStage> stage;
    std::uint64_t number = 0;
};

std::vector<test::Packet> transaction(const std::string& request_body = "",
                                      const std::string& response_body = "ok") {
    return TcpConversation()
        .handshake()
        .client(
            "POST /a.php?x=1 HTTP/1.1\r\nHost: example.org\r\nCookie: k=v\r\nX-Y: z\r\n"
            "Content-Length: " +
                std::to_string(request_body.size()) + "\r\n\r\n" + request_body,
            37)
        .server("HTTP/1.1 404 Not Here\r\nServer: s\r\nContent-Length: " +
                    std::to_string(response_body.size()) + "\r\n\r\n" + response_body,
                29)
        .close()
        .packets();
}

TEST(ContentRules, PayloadAcrossSegments) {
    const std::string login =
        "    payload|sequence: [{text: 'USER ', depth: 5}, {re: '^r..t', distance: 0}]";
    const auto packets = TcpConversation()
                             .handshake()
                             .server("220 ready\r\n")
                             .client("USER root\r\n", 2)
                             .server("331\r\n")
                             .packets();
    Content content("payload", login);
    ASSERT_EQ(content.found_in(packets), 1U);
    const Finding& finding = content.findings.all.front();
    ASSERT_EQ(finding.conditions.size(), 1U);
    EXPECT_EQ(finding.conditions[0].value, "USER root\\x0d\\x0a");
    ASSERT_EQ(finding.evidence.size(), 9U);  // the first segment of the login, then the others
    for (std::size_t i = 0; i < finding.evidence.size(); ++i)
        EXPECT_EQ(finding.evidence[i].before, i > 0);
    EXPECT_LT(finding.evidence[8].number, finding.evidence[0].number);
    EXPECT_TRUE(content.events.of_type("payload").empty()) << "not among the events of a log";
    for (const FindingField& field : finding.fields) EXPECT_NE(field.name, "payload");
}

TEST(ContentRules, EveryPartOfAnHttpTransaction) {
    const std::vector<std::string> hold = {
        R"(    http.request_header|contains: "\r\nX-Y: z\r\n")",
        R"(    http.response_header|startswith: "Server: s\r\n")",
        R"(    http.request_header_names: "\r\nHost\r\nCookie\r\nX-Y\r\nContent-Length\r\n\r\n")",
        R"(    http.response_header_names|contains: "\r\nServer\r\n")",
        "    http.request_line: 'POST /a.php\\?x=1 HTTP/1.1'",
        "    http.response_line: 'HTTP/1.1 404 Not Here'",
        R"(    http.request_start|startswith: "POST /a.php\\?x=1 HTTP/1.1\r\nHost\r\n")",
        R"(    http.response_start|endswith: "\r\nServer\r\nContent-Length\r\n\r\n")",
        "    http.status_message: Not Here",
        "    http.cookie: k=v",
        "    http.server: s",
        "    http.request_content_length: 4",
        "    http.response_content_length: 2",
        "    http.request_body|sequence: [{hex: '00 ff', offset: 1, depth: 2}]",
        "    http.response_body|sequence: [{text: ok, end: true}]",
    };
    const std::string binary("a\0\xFF\x01", 4);
    for (const std::string& selection : hold) {
        Content content("http", selection);
        EXPECT_EQ(content.found_in(transaction(binary)), 1U) << selection;
    }
    Content other("http", "    http.cookie: k=w");
    EXPECT_EQ(other.found_in(transaction(binary)), 0U);
}

TEST(ContentRules, WhatIsCutIsCounted) {
    Content content("payload",
                    "    payload|sequence: [{text: a}, {text: a, distance: 0}, "
                    "{text: a, distance: 0}, {text: b, distance: 0}]");
    const std::string much(flow::PayloadTap::depth_bytes + 100, 'a');
    EXPECT_EQ(content.found_in(TcpConversation().handshake().client(much).close().packets()), 0U);
    const std::string told = to_text(content.stage->shortfalls());
    EXPECT_NE(told.find("payload_bytes_beyond_depth 100, sequences_gave_up "), std::string::npos)
        << told;
}

TEST(ContentRules, BytesAreMadeForRulesOnlyAndNeverKept) {
    Content content("http", "    http.request_header|contains: 'X-Y'");
    ASSERT_EQ(content.found_in(transaction()), 1U);
    const auto http = content.events.of_type("http");
    ASSERT_EQ(http.size(), 1U);
    EXPECT_NE(http[0]["http.request_header"], "");
    EXPECT_EQ(http[0]["http.response_header"], "") << "nobody asked";
    for (const FindingField& field : content.findings.all[0].fields)
        EXPECT_NE(field.name, "http.request_header");
}

}  // namespace
}  // namespace persandian::engine
