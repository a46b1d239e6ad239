// SPDX-License-Identifier: Apache-2.0
//
// Bodies of HTTP as files.
#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <zlib.h>

#include "detectors/base/digest.h"
#include "detectors/event/file_fields.h"
#include "tests/detectors/protocols/protocol_driver.h"

namespace persandian::protocols {
namespace {

std::string hash_of(std::string_view text) {
    return sha256(as_bytes(text)).hex();
}

std::string gzip(const std::string& text) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string out(deflateBound(&stream, text.size()), '\0');
    std::string input = text;
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string answer(const std::string& body, const std::string& more_headers = "") {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           more_headers + "\r\n" + body;
}

const Turn ask = client("GET /unduh/a.bin?x=1 HTTP/1.1\r\nHost: www.example.go.id\r\n\r\n");

struct HttpFiles : ::testing::Test {
    HttpFiles() { driver.want({&fields::fileinfo_filename, &fields::fileinfo_sha256}); }
    ProtocolDriver driver{6, 80};
};

TEST_F(HttpFiles, BodyOfAResponseIsAFileWithItsHash) {
    const std::string body(100'000, 'b');
    driver.converse({ask, server(answer(body, "Content-Type: text/plain\r\n"))});
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.text(0, "fileinfo.filename"), "/unduh/a.bin");
    EXPECT_EQ(driver.text(0, "fileinfo.size"), "100000");
    EXPECT_EQ(driver.text(0, "fileinfo.state"), "CLOSED");
    EXPECT_EQ(driver.text(0, "fileinfo.sha256"), hash_of(body));
    EXPECT_EQ(driver.text(0, "fileinfo.mimetype"), "text/plain");
    EXPECT_EQ(driver.text(0, "fileinfo.url"), "/unduh/a.bin?x=1");
    EXPECT_EQ(driver.text(0, "fileinfo.host"), "www.example.go.id");
    EXPECT_EQ(driver.text(0, "src_ip"), "198.51.100.20");  // who sent the file
    EXPECT_EQ(driver.text(1, "http.status"), "200");
}

TEST_F(HttpFiles, CompressedBodyIsHashedAsWhatItHolds) {
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += std::to_string(i) + " baris ";
    driver.converse({ask, server(answer(gzip(text), "Content-Encoding: gzip\r\n"))});
    EXPECT_EQ(driver.text(0, "fileinfo.sha256"), hash_of(text));
    EXPECT_EQ(driver.text(0, "fileinfo.size"), std::to_string(text.size()));
}

TEST_F(HttpFiles, NameOfContentDispositionIsBelieved) {
    driver.converse(
        {ask,
         server(answer("abc", "Content-Disposition: attachment; filename=\"gaji.xlsx\"\r\n"))});
    EXPECT_EQ(driver.text(0, "fileinfo.filename"), "gaji.xlsx");
}

TEST_F(HttpFiles, BodyOfARequestGoesToTheServer) {
    driver.converse({client("PUT /unggah HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
                     server(answer(""))});
    EXPECT_EQ(driver.text(0, "fileinfo.filename"), "/unggah");
    EXPECT_EQ(driver.text(0, "fileinfo.sha256"), hash_of("abc"));
    EXPECT_EQ(driver.text(0, "src_ip"), "192.0.2.10");
}

TEST_F(HttpFiles, BodyThatBreaksOffIsTruncated) {
    driver.converse({ask, server("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")});
    EXPECT_EQ(driver.text(0, "fileinfo.state"), "TRUNCATED");
    EXPECT_EQ(driver.text(0, "fileinfo.sha256"), "");
}

TEST_F(HttpFiles, BodyUntilTheEndOfTheConnectionIsWhole) {
    driver.send(ask);
    driver.send(server("HTTP/1.1 200 OK\r\n\r\nabc"));
    driver.end_direction(flow::Direction::to_client);
    driver.end();
    EXPECT_EQ(driver.text(0, "fileinfo.state"), "CLOSED");
    EXPECT_EQ(driver.text(0, "fileinfo.sha256"), hash_of("abc"));
}

TEST_F(HttpFiles, BodyWithAHoleHasNoHash) {
    driver.send(ask);
    driver.send(server("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab"));
    driver.lose(flow::Direction::to_client, 4);
    driver.send(server("cdef"));
    driver.end();
    EXPECT_EQ(driver.text(0, "fileinfo.gaps"), "true");
    EXPECT_EQ(driver.text(0, "fileinfo.size"), "6");
    EXPECT_EQ(driver.text(0, "fileinfo.sha256"), "");
}

TEST_F(HttpFiles, CompressionBombIsGivenUp) {
    const std::string bomb = gzip(std::string(300'000'000, '\0'));
    driver.converse({ask, server(answer(bomb, "Content-Encoding: gzip\r\n"))});
    EXPECT_EQ(driver.anomalies(), "compression_bomb");
    std::size_t at = 0;
    while (driver.text(at, "fileinfo.size").empty()) ++at;
    EXPECT_LT(std::stoull(driver.text(at, "fileinfo.size")), 2'000'000U);
    EXPECT_EQ(driver.text(at, "fileinfo.gaps"), "true");
}

TEST_F(HttpFiles, NoBodyIsNoFile) {
    driver.converse({ask, server("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n")});
    EXPECT_EQ(driver.count(), 1U);
}

TEST(HttpFilesUnwanted, NobodyAsksAndNothingIsSaid) {
    ProtocolDriver driver(6, 80);
    driver.converse({ask, server(answer("abc"))});
    EXPECT_EQ(driver.count(), 1U);
    EXPECT_EQ(driver.text(0, "http.status"), "200");
}

}  // namespace
}  // namespace persandian::protocols
