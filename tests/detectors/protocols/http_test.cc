// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <zlib.h>

#include "detectors/protocols/http_message.h"
#include "tests/detectors/protocols/protocol_driver.h"

namespace persandian::protocols {
namespace {

using namespace std::string_literals;

struct Http : ProtocolDriver {
    explicit Http(const std::vector<Turn>& turns) : ProtocolDriver(6, 80) { converse(turns); }
};

const std::string get = "GET /berita?id=1 HTTP/1.1\r\nHost: www.example.go.id\r\n\r\n";
const std::string ok_hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// `text` compressed: window_bits 31 = gzip, 15 = zlib, -15 = raw deflate.
std::string compressed(const std::string& text, int window_bits) {
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, text.size()) + 64, '\0');
    std::string in = text;
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(out.size() - stream.avail_out);
    deflateEnd(&stream);
    return out;
}

std::string answer(const std::string& headers, const std::string& body) {
    return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

std::string chunked(const std::string& body, std::size_t size) {
    std::string out;
    for (std::size_t at = 0; at < body.size(); at += size) {
        const std::string piece = body.substr(at, size);
        char length[32];
        std::snprintf(length, sizeof length, "%zx;ext=\"a\"\r\n", piece.size());
        out += length + piece + "\r\n";
    }
    return out + "0\r\nX-Trailer: t\r\n\r\n";
}

TEST(Http, TransactionIsShapedAsEve) {
    const Http driver({client("GET /berita?id=1 HTTP/1.1\r\nHost: www.example.go.id:8080\r\n"
                              "User-Agent: curl/8\r\nReferer: http://a.example/\r\n"
                              "X-Forwarded-For: 192.0.2.7\r\n\r\n"),
                       server("HTTP/1.1 302 Found\r\nContent-Type: text/html\r\n"
                              "Location: /masuk\r\nContent-Length: 5\r\n\r\nhello")});
    ASSERT_EQ(driver.count(), 1U);
    const std::string& line = driver.lines()[0];
    EXPECT_EQ(
        line.substr(line.find("\"app_proto\"")),
        R"("app_proto":"http","http":{"hostname":"www.example.go.id","http_port":8080,)"
        R"("url":"/berita?id=1","uri_path":"/berita","uri_query":"id=1",)"
        R"("http_user_agent":"curl/8","xff":"192.0.2.7","http_refer":"http://a.example/",)"
        R"("http_method":"GET","protocol":"HTTP/1.1","status":302,"redirect":"/masuk",)"
        R"("http_content_type":"text/html","length":5,"request_headers":[)"
        R"({"name":"Host","value":"www.example.go.id:8080"},)"
        R"({"name":"User-Agent","value":"curl/8"},{"name":"Referer","value":"http://a.example/"},)"
        R"({"name":"X-Forwarded-For","value":"192.0.2.7"}],"response_headers":[)"
        R"({"name":"Content-Type","value":"text/html"},{"name":"Location","value":"/masuk"},)"
        R"({"name":"Content-Length","value":"5"}],"response_body":"hello"}})");
}

TEST(Http, PipelinedRequestsMeetTheirResponsesInOrder) {
    const Http driver(
        {client("GET /1 HTTP/1.1\r\n\r\nHEAD /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n\r\n"),
         server(ok_hello + "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" +
                "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")});
    ASSERT_EQ(driver.count(), 3U);
    EXPECT_EQ(driver.text(0, "http.url") + driver.text(0, "http.length"), "/15");
    EXPECT_EQ(driver.text(1, "http.url") + driver.text(1, "http.status"), "/2200");
    EXPECT_EQ(driver.text(2, "http.url") + driver.text(2, "http.status"), "/3404");
    EXPECT_EQ(driver.anomalies(), "");
}

TEST(Http, ResponsesWithoutBodyDoNotSwallowTheNext) {
    for (const std::string status : {"204 No Content", "304 Not Modified"}) {
        const Http driver({client(get + get), server("HTTP/1.1 " + status +
                                                     "\r\nContent-Length: 7\r\n\r\n" + ok_hello)});
        ASSERT_EQ(driver.count(), 2U) << status;
        EXPECT_EQ(driver.text(1, "http.response_body"), "hello");
    }
}

TEST(Http, InterimResponsesAreNotTheAnswer) {
    const Http driver({client(get), server("HTTP/1.1 100 Continue\r\n\r\n" + ok_hello)});
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "http.status"), "200");
}

TEST(Http, ChunkedBodyIsJoinedAndTrailersRead) {
    const std::string body = "abcdefghij";
    const Http driver(
        {client(get + get), server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
                                   chunked(body, 3) + ok_hello)});
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.text(0, "http.response_body"), body);
    EXPECT_EQ(driver.text(0, "http.length"), "10");
    EXPECT_EQ(driver.text(1, "http.response_body"), "hello");
}

TEST(Http, CompressedBodiesAreDecoded) {
    for (const int window_bits : {31, 15, -15}) {
        const std::string coding = window_bits == 31 ? "gzip" : "deflate";
        const std::string body = compressed("situs slot gacor", window_bits);
        const Http driver(
            {client(get), server(answer("Content-Encoding: " + coding + "\r\n", body))});
        EXPECT_EQ(driver.text(0, "http.response_body"), "situs slot gacor") << window_bits;
        EXPECT_EQ(driver.text(0, "http.length"), std::to_string(body.size()));
        EXPECT_EQ(driver.anomalies(), "");
    }
}

TEST(Http, CompressedRequestBodyIsDecoded) {
    const std::string body = compressed("user=admin", 31);
    const Http driver({client("POST / HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: " +
                              std::to_string(body.size()) + "\r\n\r\n" + body)});
    EXPECT_EQ(driver.text(0, "http.request_body"), "user=admin");
}

TEST(Http, BombUnfoldsNoFurtherThanTheLimit) {
    const std::string body = compressed(std::string(5'000'000, 'x'), 31);
    const Http driver({client(get), server(answer("Content-Encoding: gzip\r\n", body))});
    EXPECT_EQ(driver.text(0, "http.response_body"), std::string(http::max_body_bytes, 'x'));
}

TEST(Http, BrokenCompressionIsAnAnomalyAndTheConnectionGoesOn) {
    const Http driver({client(get + get),
                       server(answer("Content-Encoding: gzip\r\n", "\x1F\x8B junk!") + ok_hello)});
    EXPECT_EQ(driver.anomalies(), "bad_content_encoding");
    EXPECT_EQ(driver.count(), 3U);
}

TEST(Http, BodyUntilCloseEndsWithItsDirection) {
    ProtocolDriver driver(6, 80);
    driver.send(client(get));
    driver.send(server("HTTP/1.0 200 OK\r\n\r\nhal"));
    driver.send(server("aman"));
    EXPECT_EQ(driver.count(), 0U);
    driver.end_direction(flow::Direction::to_client);
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "http.response_body"), "halaman");
    driver.end();
    EXPECT_EQ(driver.count(), 1U);
}

TEST(Http, RequestWithoutResponseIsToldAtTheEnd) {
    const Http driver({client(get)});
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "http.status"), "");
    EXPECT_EQ(driver.text(0, "http.hostname"), "www.example.go.id");
}

TEST(Http, RequestWithUnfinishedHeadIsToldAtTheEnd) {
    const Http driver({client("GET /lambat HTTP/1.1\r\nX-a: b\r\n")});
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "http.url"), "/lambat");
}

TEST(Http, ResponseWithoutRequestIsTold) {
    const Http driver({server(ok_hello)});
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "http.status"), "200");
    EXPECT_EQ(driver.text(0, "src_ip"), "192.0.2.10");
}

TEST(Http, EarlyResponseDoesNotTellItsRequestTwice) {
    const Http driver({client("POST /x HTTP/1.1\r\nContent-Length: 10\r\n\r\n12345"),
                       server("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"),
                       client("67890"), client(get), server(ok_hello)});
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.text(0, "http.status"), "413");
    EXPECT_EQ(driver.text(0, "http.request_body"), "12345");
    EXPECT_EQ(driver.text(1, "http.url"), "/berita?id=1");
}

TEST(Http, PasswordsAreNeverInTheEvent) {
    const Http driver(
        {client("GET / HTTP/1.1\r\nAuthorization: Basic YnVkaTpyYWhhc2lh\r\n"
                "Proxy-Authorization: Bearer abcdef\r\n\r\n")});
    EXPECT_EQ(driver.text(0, "http.basic_user"), "budi");
    EXPECT_EQ(driver.texts(0, "http.request_headers.value"), "Basic|Bearer");
    EXPECT_EQ(driver.lines()[0].find("YnVkaTpyYWhhc2lh"), std::string::npos);
    EXPECT_EQ(driver.lines()[0].find("rahasia"), std::string::npos);
}

TEST(Http, HostComesFromAnAbsoluteTargetToo) {
    const Http driver({client("GET http://proxy.example:81/a HTTP/1.0\r\n\r\n"),
                       client("GET / HTTP/1.1\r\nHost: [2001:db8::1]:82\r\n\r\n")});
    EXPECT_EQ(driver.text(0, "http.hostname") + driver.text(0, "http.http_port"),
              "proxy.example81");
    EXPECT_EQ(driver.text(1, "http.hostname") + driver.text(1, "http.http_port"),
              "[2001:db8::1]82");
}

TEST(Http, WhatATunnelCarriesIsProbedAnew) {
    ProtocolDriver driver(6, 3128);
    driver.send(client("CONNECT mail.example:22 HTTP/1.1\r\nHost: mail.example:22\r\n\r\n"));
    driver.send(server("HTTP/1.1 200 Connection established\r\n\r\nSSH-2.0-x\r\n"));
    EXPECT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "http.hostname"), "mail.example");
    EXPECT_EQ(driver.app_proto(), "ssh");
    driver.end();
    EXPECT_EQ(driver.text(1, "ssh.server.software_version"), "x");
}

TEST(Http, UpgradeToSomethingUnknownStaysHttp) {
    ProtocolDriver driver(6, 80);
    driver.send(client(get));
    driver.send(
        server("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x82\x05hello and "
               "more of it"));
    EXPECT_EQ(driver.text(0, "http.status"), "101");
    EXPECT_EQ(driver.app_proto(), "http");
    EXPECT_TRUE(driver.done());
}

TEST(Http, RequestWithoutVersionIsRead) {
    const Http driver({client("GET /lama\r\n"), server("<html>")});
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "http.url"), "/lama");
    EXPECT_EQ(driver.text(0, "http.protocol"), "");
}

TEST(Http, AnswerToAnUnfinishedHeadMeetsItsRequest) {
    const Http driver({client("GET /lambat HTTP/1.1\r\nX: 1\r\n"),
                       server("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"),
                       client("Y: 2\r\n\r\n"), client(get), server(ok_hello)});
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.text(0, "http.url") + driver.text(0, "http.status"), "/lambat408");
    EXPECT_EQ(driver.text(1, "http.url") + driver.text(1, "http.status"), "/berita?id=1200");
}

TEST(Http, RequestLineThatBreaksOffIsToldAsFarAsItCame) {
    ProtocolDriver driver(6, 80);
    driver.send(client("GET /gambar/kot HTT"));
    driver.lose(flow::Direction::to_server, 400);
    driver.send(server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    driver.end();
    ASSERT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "http.url") + driver.text(0, "http.status"), "/gambar/kot200");
}

TEST(Http, AbsurdContentLengthHidesNothing) {
    const Http driver(
        {client("POST / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n" + get)});
    EXPECT_EQ(driver.anomalies(), "bad_content_length");
    EXPECT_EQ(driver.text(2, "http.url"), "/berita?id=1");
}

TEST(Http, BareLineFeedsFoldingAndOddMethodsAreRead) {
    const Http driver(
        {client("\r\nFOO-BAR /x y HTTP/1.1\nHost : a.example\nX-Long: one\n\ttwo\n\n")});
    EXPECT_EQ(driver.anomalies(), "space_before_colon");
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.text(1, "http.http_method"), "FOO-BAR");
    EXPECT_EQ(driver.text(1, "http.url"), "/x y");
    EXPECT_EQ(driver.text(1, "http.hostname"), "a.example");
    EXPECT_EQ(driver.texts(1, "http.request_headers.value"), "a.example|one two");
}

TEST(Http, SmugglingSignsAreAnomalies) {
    const Http both(
        {client("POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
                "0\r\n\r\n")});
    EXPECT_EQ(both.anomalies(), "content_length_and_chunked");
    const Http two({client("POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na")});
    EXPECT_EQ(two.anomalies(), "conflicting_content_length");
    const Http bad({client("POST / HTTP/1.1\r\nContent-Length: +1\r\nX\r\n\r\n")});
    EXPECT_EQ(bad.anomalies(), "header_without_colon|bad_content_length");
}

TEST(Http, DataBetweenMessagesIsAnAnomalyAndTheNextRequestIsFound) {
    const Http driver({client(get + "left over\r\n" + get)});
    EXPECT_EQ(driver.anomalies(), "unexpected_data");
    EXPECT_EQ(driver.count(), 3U);
}

TEST(Http, BadChunkSizeIsMalformed) {
    const Http driver(
        {client(get), server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")});
    EXPECT_EQ(driver.anomalies(), "not_http");
    EXPECT_EQ(driver.text(1, "http.status"), "200");
}

TEST(Http, LongLineIsCutAndSaid) {
    const Http driver({client("GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n"),
                       server(ok_hello)});
    EXPECT_EQ(driver.anomalies(), "line_too_long");
    EXPECT_EQ(driver.text(1, "http.hostname"), "h");
    EXPECT_EQ(driver.text(1, "http.url").size(), http::max_line_bytes - 4);
}

TEST(Http, EndlessHeadIsALimit) {
    ProtocolDriver driver(6, 80);
    driver.send(client("GET / HTTP/1.1\r\n"));
    for (int i = 0; i < 80; ++i) driver.send(client("X: " + std::string(1000, 'a') + "\r\n"));
    EXPECT_TRUE(driver.done());
    EXPECT_EQ(driver.anomalies(), "head_too_long");
    EXPECT_EQ(driver.counters_of("http").limits, 1U);
}

TEST(Http, HeadersBeyondTheLimitAreReadOver) {
    std::string request = "GET / HTTP/1.1\r\n";
    for (int i = 0; i < 200; ++i) request += "a: b\r\n";
    const Http driver({client(request + "\r\n"), server(ok_hello)});
    EXPECT_EQ(driver.anomalies(), "too_many_headers");
    EXPECT_EQ(driver.text(1, "http.status"), "200");
}

TEST(Http, RequestsThatNobodyAnswersAreLimited) {
    ProtocolDriver driver(6, 80);
    for (int i = 0; i < 70; ++i) driver.send(client(get));
    EXPECT_NE(driver.anomalies().find("too_many_pending_requests"), std::string::npos);
    driver.end();
    EXPECT_EQ(driver.counters_of("http").events, 70U);
}

TEST(Http, GapInABodyKeepsTheConnectionInStep) {
    ProtocolDriver driver(6, 80);
    driver.send(client(get + get));
    driver.send(server("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc"));
    driver.lose(flow::Direction::to_client, 900);
    driver.send(server(std::string(97, 'z') + ok_hello));
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.text(0, "http.response_body"), "abc");
    EXPECT_EQ(driver.text(0, "http.length"), "1000");
    EXPECT_EQ(driver.text(1, "http.response_body"), "hello");
}

TEST(Http, AfterALostHeadTheNextResponseAnswersTheNewestRequest) {
    ProtocolDriver driver(6, 80);
    driver.send(client("GET /1 HTTP/1.1\r\n\r\n"));
    driver.lose(flow::Direction::to_client, 500);
    driver.send(client("GET /2 HTTP/1.1\r\n\r\n"));
    driver.send(server("rest of a page\r\n" + ok_hello));
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.text(0, "http.url") + driver.text(0, "http.status"), "/1");
    EXPECT_EQ(driver.text(1, "http.url") + driver.text(1, "http.status"), "/2200");
    EXPECT_EQ(driver.anomalies(), "");
}

TEST(Http, SidesAreLearntFromTheContent) {
    ProtocolDriver driver(6, 40'001, 80);
    driver.send_midstream(client(ok_hello));
    driver.send_midstream(server(get));
    driver.end();
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.text(1, "src_ip"), "198.51.100.20");
    EXPECT_EQ(driver.text(1, "http.url"), "/berita?id=1");
}

TEST(Http, BinaryBodyIsForRulesOnly) {
    const Http driver({client(get), server(answer("", "\x89PNG\0\0"s))});
    EXPECT_EQ(driver.text(0, "http.response_body"), "\x89PNG\0\0"s);
    EXPECT_EQ(driver.text(0, "http.length"), "6");
}

TEST(Http, OtherLineProtocolsAreNotHttp) {
    for (const char* first : {"OPTIONS sip:a SIP/2.0\r\n", "DESCRIBE rtsp://a RTSP/1.0\r\n",
                              "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "SSH-2.0-x\r\n", "EHLO a\r\n"}) {
        ProtocolDriver driver(6, 80);
        driver.send(client(first));
        EXPECT_NE(driver.app_proto(), "http") << first;
    }
}

TEST(Http, SplitsChangeNothing) {
    const std::string packed = compressed("pesan rahasia yang panjang sekali", 31);
    expect_split_invariance(80,
                            {client("POST /masuk?a=b HTTP/1.1\r\nHost: h.example\r\nX: 1\r\n 2\r\n"
                                    "Transfer-Encoding: chunked\r\n\r\n" +
                                    chunked("username=admin", 5) + "junk\r\n" + get),
                             server(answer("Content-Encoding: gzip\r\n", packed) +
                                    "HTTP/1.1 200 OK\r\n\r\nuntil the end")});
}

}  // namespace
}  // namespace persandian::protocols
