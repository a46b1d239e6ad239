#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the captures of this folder; see ../README.md."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from capture_writer import Capture  # noqa: E402


def make_ntp():
    capture = Capture()
    capture.udp(True, 123, 40000, bytes([0x23, 0, 6, 0xEC]) + bytes(44))
    capture.udp(False, 123, 40000, bytes([0x24, 2, 6, 0xEC]) + bytes(8) + bytes([198, 51, 100, 1]) + bytes(32))
    capture.udp(True, 123, 40001, bytes([0x17, 0, 3, 42]) + bytes(4))
    capture.udp(True, 123, 40002, bytes([0x16, 2]) + bytes(10))
    capture.udp(False, 123, 40003, bytes([0x24, 1, 6, 0xEC]) + bytes(8) + b"GPS\0" + bytes(32))
    capture.write("ntp", "modes")


if __name__ == "__main__":
    make_ntp()
