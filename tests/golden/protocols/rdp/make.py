#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the captures of this folder; see ../README.md."""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from capture_writer import Capture  # noqa: E402


def tpkt(payload):
    return struct.pack(">BBH", 3, 0, 4 + len(payload)) + payload


def x224(kind, rest):
    return tpkt(struct.pack(">BBHHB", 6 + len(rest), kind, 0, 0, 0) + rest)


def negotiation(kind, value):
    return struct.pack("<BBHI", kind, 0, 8, value)


def make_rdp():
    capture = Capture()
    capture.tcp(3389, 40000, [(True, x224(0xE0, b"Cookie: mstshash=administr\r\n" + negotiation(1, 3))),
                              (False, x224(0xD0, negotiation(2, 2)))])
    capture.tcp(3389, 40001, [(True, x224(0xE0, b"Cookie: mstshash=budi\r\n" + negotiation(1, 0))),
                              (False, x224(0xD0, negotiation(3, 5)))])
    capture.write("rdp", "negotiation")


if __name__ == "__main__":
    make_rdp()
