#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the captures of this folder; see ../README.md."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from capture_writer import Capture  # noqa: E402


def make_irc():
    capture = Capture()
    capture.tcp(6667, 40000, [
        (False, b":irc.example.net NOTICE AUTH :*** Looking up your hostname\r\n"),
        (True, b"PASS rahasia\r\nNICK bot-17\r\nUSER bot 8 * :Bot Tujuhbelas\r\n"),
        (False, b":irc.example.net 001 bot-17 :Welcome\r\nPING :abc\r\n"),
        (True, b"PONG :abc\r\nJOIN #perintah kunci\r\n"),
        (False, b":tuan!t@198.51.100.9 PRIVMSG #perintah :.scan 192.0.2.0/24 445\r\n"),
        (True, b"PRIVMSG #perintah :ok\r\nQUIT :bye\r\n")])
    capture.write("irc", "bot")


if __name__ == "__main__":
    make_irc()
