// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/detectors/logs/log_test_support.h"

namespace persandian::logs::test {
namespace {

KeptEvent sudo(const std::string& message) {
    return parse_one("auto", "Aug 15 10:31:40 web01 sudo: " + message);
}

TEST(Sudo, ACommandThatRan) {
    const KeptEvent event =
        sudo("  budi : TTY=pts/0 ; PWD=/srv/www ; USER=root ; COMMAND=/usr/bin/vim a ; b");
    EXPECT_EQ(event["log.format"], "sudo");
    EXPECT_EQ(event["sudo.result"], "success");
    EXPECT_EQ(event["user.name"], "budi");
    EXPECT_EQ(event["sudo.tty"], "pts/0");
    EXPECT_EQ(event["sudo.pwd"], "/srv/www");
    EXPECT_EQ(event["sudo.target_user"], "root");
    EXPECT_EQ(event["sudo.command"], "/usr/bin/vim a ; b");
    EXPECT_EQ(event["host"], "web01");
}

TEST(Sudo, RefusalsAndFailures) {
    EXPECT_EQ(
        sudo("www-data : user NOT in sudoers ; TTY=unknown ; PWD=/ ; USER=root ; COMMAND=/bin/sh")
            ["sudo.result"],
        "denied");
    EXPECT_EQ(sudo("budi : command not allowed ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh")
                  ["sudo.result"],
              "denied");
    const KeptEvent failed = sudo(
        "budi : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh");
    EXPECT_EQ(failed["sudo.result"], "failed");
    EXPECT_EQ(failed["sudo.reason"], "3 incorrect password attempts");
}

TEST(Sudo, GroupEnvironmentAndProcess) {
    const KeptEvent event =
        parse_one("auto",
                  "Aug 15 10:31:40 h sudo[99]: budi : TTY=pts/0 ; PWD=/ ; USER=root ; GROUP=adm ; "
                  "ENV=LD_PRELOAD=/dev/shm/x.so ; COMMAND=/bin/id");
    EXPECT_EQ(event["sudo.target_group"], "adm");
    EXPECT_EQ(event["sudo.env"], "LD_PRELOAD=/dev/shm/x.so");
    EXPECT_EQ(event["syslog.pid"], "99");
}

TEST(Sudo, PamMessages) {
    const KeptEvent opened =
        sudo("pam_unix(sudo:session): session opened for user root by ubuntu(uid=0)");
    EXPECT_EQ(opened["sudo.result"], "pam_session_opened");
    EXPECT_EQ(opened["user.name"], "ubuntu");
    EXPECT_EQ(opened["sudo.target_user"], "root");
    const KeptEvent failure = sudo(
        "pam_unix(sudo:auth): authentication failure; logname=budi uid=1000 euid=0 "
        "tty=/dev/pts/1 ruser=budi rhost=  user=budi");
    EXPECT_EQ(failure["sudo.result"], "pam_authentication_failure");
    EXPECT_EQ(failure["user.name"], "budi");
    EXPECT_EQ(failure["sudo.tty"], "/dev/pts/1");
}

TEST(Sudo, ACommandCannotForgeTheTarget) {
    const KeptEvent event =
        sudo("budi : TTY=pts/0 ; PWD=/ ; USER=nobody ; COMMAND=/bin/echo x ; USER=root");
    EXPECT_EQ(event.all("sudo.target_user"), std::vector<std::string>{"nobody"});
}

TEST(Sudo, OtherMessagesOfSudoStaySudo) {
    EXPECT_EQ(sudo("unable to resolve host web01")["sudo.result"], "other");
}

}  // namespace
}  // namespace persandian::logs::test
