// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "detectors/base/digest.h"
#include "detectors/event/file_fields.h"
#include "tests/detectors/protocols/protocol_driver.h"

namespace persandian::protocols {
namespace {

TEST(FtpData, FileOfAPassiveTransferHasItsNameAndHash) {
    ProtocolDriver driver(6, 21);
    driver.want({&fields::fileinfo_filename, &fields::fileinfo_sha256});
    for (const Turn& turn : {server("220 x\r\n"), client("PASV\r\n"),
                             server("227 ok (10,0,0,1,156,64)\r\n"), client("RETR a b.pdf\r\n")})
        driver.send(turn);
    const std::size_t before = driver.count();
    driver.next_flow(40'000, 41'000);
    driver.send(server("isi"));
    driver.end_direction(flow::Direction::to_client);
    driver.end();
    ASSERT_EQ(driver.count(), before + 3);  // RETR without its reply, too
    EXPECT_EQ(driver.text(before + 1, "ftp_data.command"), "RETR");
    EXPECT_EQ(driver.text(before + 1, "ftp_data.filename"), "a b.pdf");
    EXPECT_EQ(driver.text(before + 2, "fileinfo.filename"), "a b.pdf");
    EXPECT_EQ(driver.text(before + 2, "fileinfo.state"), "CLOSED");
    EXPECT_EQ(driver.text(before + 2, "fileinfo.sha256"),
              sha256(as_bytes(std::string_view("isi"))).hex());
    EXPECT_EQ(driver.text(before + 2, "app_proto"), "ftp-data");
}

TEST(FtpData, ActiveTransferComesFromTheServer) {
    ProtocolDriver driver(6, 21);
    for (const Turn& turn : {server("220 x\r\n"), client("PORT 192,0,2,10,160,0\r\n"),
                             server("200 ok\r\n"), client("STOR gaji.csv\r\n")})
        driver.send(turn);
    driver.next_flow(40'960, 20, true);
    driver.lose(flow::Direction::to_client, 3);
    driver.send(server("isi"));
    driver.end();
    EXPECT_EQ(driver.text(driver.count() - 2, "ftp_data.command"), "STOR");
    EXPECT_EQ(driver.text(driver.count() - 1, "fileinfo.state"), "TRUNCATED");
    EXPECT_EQ(driver.text(driver.count() - 1, "fileinfo.gaps"), "true");
}

TEST(FtpData, ListingsAreNoFiles) {
    ProtocolDriver driver(6, 21);
    for (const Turn& turn : {server("220 x\r\n"), client("EPSV\r\n"),
                             server("229 ok (|||5000|)\r\n"), client("LIST\r\n")})
        driver.send(turn);
    driver.next_flow(5'000, 41'000);
    driver.send(server("drwxr-xr-x"));
    driver.end();
    EXPECT_EQ(driver.text(driver.count() - 1, "ftp_data.command"), "LIST");
}

}  // namespace
}  // namespace persandian::protocols
