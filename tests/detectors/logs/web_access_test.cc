// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/detectors/logs/log_test_support.h"

namespace persandian::logs::test {
namespace {

const std::string when = "[08/Jun/2026:07:01:28 +0800]";

TEST(WebAccess, CombinedForm) {
    const KeptEvent event = parse_one(
        "auto",
        "203.0.113.178 - budi " + when +
            " \"GET /pub/?link=ABC88&a=? HTTP/1.1\" 200 48211 \"https://www.example.go.id/\" "
            "\"Mozilla/5.0 (compatible; Googlebot/2.1)\"");
    EXPECT_EQ(event["log.format"], "web_access");
    EXPECT_EQ(format_rfc3339_ns(event.time), "2026-06-07T23:01:28.000000000Z");
    EXPECT_EQ(event["src_ip"], "203.0.113.178");
    EXPECT_EQ(event["user.name"], "budi");
    EXPECT_EQ(event["http.http_method"], "GET");
    EXPECT_EQ(event["http.url"], "/pub/?link=ABC88&a=?");
    EXPECT_EQ(event["http.uri_path"], "/pub/");
    EXPECT_EQ(event["http.uri_query"], "link=ABC88&a=?");
    EXPECT_EQ(event["http.protocol"], "HTTP/1.1");
    EXPECT_EQ(event["http.status"], "200");
    EXPECT_EQ(event["http.length"], "48211");
    EXPECT_EQ(event["http.http_refer"], "https://www.example.go.id/");
    EXPECT_EQ(event["http.http_user_agent"], "Mozilla/5.0 (compatible; Googlebot/2.1)");
    EXPECT_FALSE(event.has("http.request"));
    EXPECT_FALSE(event.has("http.hostname"));
}

TEST(WebAccess, CommonFormAndAbsentValues) {
    const KeptEvent event =
        parse_one("auto", "192.0.2.1 - - " + when + " \"HEAD / HTTP/1.0\" 304 -");
    EXPECT_EQ(event["http.uri_path"], "/");
    for (const char* name : {"user.name", "http.uri_query", "http.length", "http.http_refer",
                             "http.http_user_agent", "http.ident"})
        EXPECT_FALSE(event.has(name)) << name;
    const KeptEvent dashes =
        parse_one("auto", "192.0.2.1 - - " + when + " \"-\" 408 - \"-\" \"-\"");
    EXPECT_EQ(dashes["http.status"], "408");
    EXPECT_FALSE(dashes.has("http.request"));
    EXPECT_FALSE(dashes.has("http.http_user_agent"));
}

TEST(WebAccess, VirtualHostInFront) {
    const KeptEvent event = parse_one("auto", "dinkes.example.go.id:443 2001:db8::1 - - " + when +
                                                  " \"GET /a HTTP/2.0\" 200 1 \"-\" \"x\"");
    EXPECT_EQ(event["http.hostname"], "dinkes.example.go.id");
    EXPECT_EQ(event["dest_port"], "443");
    EXPECT_EQ(event["src_ip"], "2001:db8::1");
    const KeptEvent named = parse_one(
        "auto", "www.example.go.id pc7.example.go.id - - " + when + " \"GET /a HTTP/1.1\" 200 1");
    EXPECT_EQ(named["http.hostname"], "www.example.go.id");
    EXPECT_EQ(named["http.client_host"], "pc7.example.go.id");
}

TEST(WebAccess, ForwardedListsGiveTheFirstAddress) {
    EXPECT_EQ(parse_one("auto", "203.0.113.9, 10.0.0.1 - - " + when +
                                    " \"GET / HTTP/1.1\" 200 1")["src_ip"],
              "203.0.113.9");
}

TEST(WebAccess, TheLogsEscapingIsUndone) {
    const KeptEvent event = parse_one(
        "auto",
        "192.0.2.1 - - " + when +
            " \"GET /?q=\\\"a\\\\b\\x22%22 HTTP/1.1\" 200 1 \"-\" \"say \\\"hi\\\" \\u00e9\"");
    EXPECT_EQ(event["http.uri_query"], "q=\"a\\b\"%22");
    EXPECT_EQ(event["http.http_user_agent"], "say \"hi\" \\u00e9");
}

TEST(WebAccess, AStrangeRequestLineIsKeptRaw) {
    for (const char* request : {"\\x16\\x03\\x01", "GET /", "quit", "GET  HTTP/1.1x y"}) {
        const KeptEvent event =
            parse_one("auto", "192.0.2.1 - - " + when + " \"" + request + "\" 400 166 \"-\" \"-\"");
        EXPECT_EQ(event["log.format"], "web_access") << request;
        EXPECT_TRUE(event.has("http.request")) << request;
        EXPECT_FALSE(event.has("http.http_method")) << request;
    }
    EXPECT_EQ(parse_one("auto", "192.0.2.1 - - " + when + " \"\\x16\\x03\" 400 1")["http.request"],
              "\x16\x03");
}

TEST(WebAccess, AUriWithBlanksIsOneUri) {
    EXPECT_EQ(
        parse_one("auto", "192.0.2.1 - - " + when + " \"GET /a b c HTTP/1.1\" 200 1")["http.url"],
        "/a b c");
}

TEST(WebAccess, AUserNameCannotForgeARequest) {
    const KeptEvent event = parse_one(
        "auto", "192.0.2.1 - x [01/Jan/2026:00:00:00 +0000] \\\"GET /fake HTTP/1.1\\\" 200 1 " +
                    when + " \"GET /real HTTP/1.1\" 401 9 \"-\" \"-\"");
    EXPECT_EQ(event["http.url"], "/real");
    EXPECT_EQ(event["http.status"], "401");
    EXPECT_EQ(event["src_ip"], "192.0.2.1");
}

TEST(WebAccess, WhatFollowsTheCombinedFormIsKept) {
    EXPECT_EQ(
        parse_one(
            "auto",
            "192.0.2.1 - - " + when +
                " \"GET / HTTP/1.1\" 200 1 \"-\" \"ua\" \"203.0.113.1\" rt=0.1")["http.extra"],
        "\"203.0.113.1\" rt=0.1");
}

TEST(WebAccess, DatesWithTheMonthInDigits) {
    const KeptEvent event = parse_one(
        "auto",
        "203.0.113.232 - - [07/05/2026:13:11:25 -0000] \"GET /etc/shadow HTTP/1.1\" 200 0 "
        "\"-\" \"-\" \"-\" \"-\" 2083");
    EXPECT_EQ(event["log.format"], "web_access");
    EXPECT_EQ(format_rfc3339_ns(event.time), "2026-07-05T13:11:25.000000000Z");
}

TEST(WebAccess, LinesWithoutAUser) {
    const KeptEvent event = parse_one(
        "auto", "192.0.2.1 - " + when + " \"GET /api HTTP/1.1\" 200 100 \"-\" \"curl/7\"");
    EXPECT_EQ(event["src_ip"], "192.0.2.1");
    EXPECT_EQ(event["http.url"], "/api");
    EXPECT_FALSE(event.has("user.name"));
}

TEST(WebAccess, OtherLinesAreNotMine) {
    for (const std::string& line :
         {std::string("192.0.2.1 - - " + when), "192.0.2.1 - - " + when + " \"GET / HTTP/1.1",
          "192.0.2.1 - - " + when + " \"GET / HTTP/1.1\" abc 1",
          std::string("192.0.2.1 - - [32/Jun/2026:07:01:28 +0800] \"GET / HTTP/1.1\" 200 1"),
          std::string("[Thu Jul 11 01:21:41.009964 2026] [core:error] [pid 2560] AH00128: x")})
        EXPECT_EQ(parse_one("web_access", line)["log.format"], "plain") << line;
}

TEST(WebAccess, TenThousandRealLinesAreAllUnderstood) {
    const auto lines = shared_lines("logs/apache/access_10k.log");
    if (!lines) GTEST_SKIP() << "skipped: PERSANDIAN_SHARED_DATA is not set";
    const RunResult result = run("auto", *lines);
    EXPECT_EQ(result.counters.parsed, 10'000U);
    std::size_t with_url = 0;
    for (const KeptEvent& event : result.events)
        with_url += event.has("http.url") && event.has("src_ip") ? 1U : 0U;
    EXPECT_GT(with_url, 9'990U);
}

}  // namespace
}  // namespace persandian::logs::test
