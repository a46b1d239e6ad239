#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the captures of this folder; see ../README.md."""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from capture_writer import Capture  # noqa: E402


def make_socks():
    capture = Capture()
    capture.tcp(1080, 40000, [
        (True, b"\5\2\0\2"), (False, b"\5\2"), (True, b"\1\4budi\7rahasia"), (False, b"\1\0"),
        (True, b"\5\1\0\3\x11www.example.go.id" + struct.pack(">H", 80)),
        (False, b"\5\0\0\1" + bytes([198, 51, 100, 20]) + struct.pack(">H", 41000)),
        (True, b"GET / HTTP/1.1\r\nHost: www.example.go.id\r\n\r\n"),
        (False, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")])
    capture.tcp(1080, 40001, [(True, b"\4\1" + struct.pack(">H", 22) + bytes([0, 0, 0, 7]) + b"budi\0ssh.example.go.id\0"),
                              (False, b"\0\x5b" + bytes(6))])
    capture.write("socks", "versions")


if __name__ == "__main__":
    make_socks()
