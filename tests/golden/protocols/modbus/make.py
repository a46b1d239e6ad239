#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the captures of this folder; see ../README.md."""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from capture_writer import Capture  # noqa: E402


def adu(transaction, pdu):
    return struct.pack(">HHHB", transaction, 0, 1 + len(pdu), 1) + pdu


def make_modbus():
    capture = Capture()
    capture.tcp(502, 40000, [
        (True, adu(1, struct.pack(">BHH", 3, 100, 2))), (False, adu(1, b"\x03\x04\0\1\0\2")),
        (True, adu(2, struct.pack(">BHH", 5, 7, 0xFF00))), (False, adu(2, struct.pack(">BHH", 5, 7, 0xFF00))),
        (True, adu(3, struct.pack(">BHHB", 16, 4000, 1, 2) + b"\0\x2a")), (False, adu(3, b"\x90\x02"))])
    capture.write("modbus", "reads_and_writes")


if __name__ == "__main__":
    make_modbus()
