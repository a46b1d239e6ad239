#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the captures of this folder; see ../README.md."""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from capture_writer import Capture  # noqa: E402


def make_tftp():
    capture = Capture()
    capture.udp(True, 69, 40000, struct.pack(">H", 1) + b"startup-config\0octet\0")
    capture.udp(False, 41000, 40000, struct.pack(">HH", 3, 1) + b"hostname router-desa\n")
    capture.udp(True, 41000, 40000, struct.pack(">HH", 4, 1))
    capture.udp(True, 69, 40001, struct.pack(">H", 2) + b"gambar.bin\0octet\0")
    capture.udp(False, 41001, 40001, struct.pack(">HH", 4, 0))
    for block, size in ((1, 512), (2, 100)):
        capture.udp(True, 41001, 40001, struct.pack(">HH", 3, block) + bytes([block]) * size)
        capture.udp(False, 41001, 40001, struct.pack(">HH", 4, block))
    capture.udp(True, 69, 40002, struct.pack(">H", 1) + b"tidak-ada\0octet\0")
    capture.udp(False, 41002, 40002, struct.pack(">HH", 5, 1) + b"File not found\0")
    capture.write("tftp", "transfers")


if __name__ == "__main__":
    make_tftp()
