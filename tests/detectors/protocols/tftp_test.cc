// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "detectors/base/digest.h"
#include "detectors/event/file_fields.h"
#include "tests/detectors/protocols/protocol_driver.h"
#include "tests/detectors/protocols/wire.h"

namespace persandian::protocols {
namespace {

using wire::u16;
using wire::u32;
using wire::u8;

std::string request(unsigned code, const std::string& name) {
    return u16(code) + name + std::string("\0octet\0", 7);
}
std::string block(unsigned number, const std::string& bytes) {
    return u16(3) + u16(number) + bytes;
}

TEST(Tftp, FileThatIsReadComesFromAnotherPort) {
    ProtocolDriver driver(17, 69);
    driver.want({&fields::fileinfo_filename, &fields::fileinfo_sha256});
    driver.datagram(client(request(1, "startup-config")));
    EXPECT_EQ(driver.text(0, "tftp.packet"), "read");
    EXPECT_EQ(driver.text(0, "tftp.file"), "startup-config");
    EXPECT_EQ(driver.text(0, "tftp.mode"), "octet");
    driver.next_flow(40'000, 41'000, true);  // the server answers and so looks like the client
    const std::string first(512, 'a');
    driver.datagram(client(block(1, first)));
    driver.datagram(server(u16(4) + u16(1)));
    driver.datagram(client(block(1, first)));  // sent again
    driver.datagram(client(block(2, "end")));
    driver.end();
    ASSERT_EQ(driver.count(), 2U);
    EXPECT_EQ(driver.text(1, "fileinfo.filename"), "startup-config");
    EXPECT_EQ(driver.text(1, "fileinfo.state"), "CLOSED");
    EXPECT_EQ(driver.text(1, "fileinfo.sha256"), sha256(as_bytes(first + "end")).hex());
}

TEST(Tftp, LostBlocksAreGaps) {
    ProtocolDriver driver(17, 69);
    driver.datagram(client(request(2, "x")));
    driver.next_flow(40'000, 41'000, true);
    driver.datagram(server(block(1, std::string(512, 'a'))));
    driver.datagram(server(block(3, std::string(512, 'c'))));
    driver.end();
    EXPECT_EQ(driver.text(1, "fileinfo.gaps"), "true");
    EXPECT_EQ(driver.text(1, "fileinfo.state"), "TRUNCATED");
}

TEST(Tftp, BlockThatTheCaptureCutIsNotTheLast) {
    ProtocolDriver driver(17, 69);
    driver.datagram(client(request(1, "x")));
    driver.next_flow(40'000, 41'000, true);
    driver.datagram(client(block(1, "cut")), true);
    driver.end();
    EXPECT_EQ(driver.text(1, "fileinfo.state"), "TRUNCATED");
    EXPECT_EQ(driver.text(1, "fileinfo.gaps"), "true");
}

TEST(Tftp, BlockSizeMayBeAgreedOn) {
    ProtocolDriver driver(17, 69);
    driver.datagram(client(request(1, "x")));
    driver.next_flow(40'000, 41'000, true);
    driver.datagram(client(u16(6) + std::string("blksize\0"
                                                "1024\0",
                                                13)));
    driver.datagram(client(block(1, std::string(1024, 'a'))));
    driver.datagram(client(block(2, std::string(1000, 'a'))));
    EXPECT_TRUE(driver.done());
    EXPECT_EQ(driver.text(1, "fileinfo.size"), "2024");
}

TEST(Tftp, ErrorsAreToldAndJunkIsNot) {
    ProtocolDriver driver(17, 69);
    driver.datagram(client(request(1, "x")));
    driver.datagram(server(u16(5) + u16(1) + std::string("File not found\0", 15)));
    EXPECT_EQ(driver.text(1, "tftp.error"), "File not found");
    driver.datagram(client(u16(9)));
    driver.datagram(client(u16(1) + "unterminated"));
    EXPECT_EQ(driver.anomalies(), "bad_operation|bad_request");
    ProtocolDriver other(17, 69);
    other.datagram(client(u16(1) + std::string("x\0other\0", 8)));
    EXPECT_NE(other.app_proto(), "tftp");
}

}  // namespace
}  // namespace persandian::protocols
