#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the captures of this folder; see ../README.md."""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from capture_writer import CLIENT, SERVER, Capture  # noqa: E402


def message(operation, kind, *options, yours=bytes(4)):
    fixed = struct.pack(">BBBBIHH", operation, 1, 6, 0, 0x1234, 0, 0) + bytes(4) + yours + bytes(8)
    fixed += bytes([2, 0, 0, 0, 0, 7]) + bytes(10) + bytes(192) + b"\x63\x82\x53\x63"
    body = b"".join(bytes([code, len(value)]) + value for code, value in [(53, bytes([kind])), *options])
    return fixed + body + b"\xff"


def make_dhcp():
    capture = Capture()
    name = [(12, b"laptop-budi"), (60, b"MSFT 5.0"), (61, bytes([1, 2, 0, 0, 0, 0, 7])), (55, bytes([1, 3, 6, 15, 31]))]
    answer = [(54, SERVER), (51, struct.pack(">I", 3600)), (1, bytes([255, 255, 255, 0])), (3, SERVER), (6, SERVER + SERVER),
              (15, b"contoh.go.id")]
    capture.udp(True, 67, 68, message(1, 1, *name))
    capture.udp(False, 67, 68, message(2, 2, *answer, yours=CLIENT))
    capture.udp(True, 67, 68, message(1, 3, *name, (50, CLIENT), (54, SERVER)))
    capture.udp(False, 67, 68, message(2, 5, *answer, yours=CLIENT))
    capture.udp(False, 67, 68, message(2, 6, (54, SERVER), (56, b"alamat terpakai")))
    capture.write("dhcp", "lease")


if __name__ == "__main__":
    make_dhcp()
