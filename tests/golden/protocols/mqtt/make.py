#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the captures of this folder; see ../README.md."""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from capture_writer import Capture  # noqa: E402


def packet(kind, body, flags=0):
    return bytes([kind << 4 | flags, len(body)]) + body


def text(value):
    return struct.pack(">H", len(value)) + value.encode()


def make_mqtt():
    capture = Capture()
    capture.tcp(1883, 40000, [
        (True, packet(1, text("MQTT") + b"\4\xc6\0\x3c" + text("pompa-3") + text("status/pompa-3") + text("mati") + text("operator")
                      + text("rahasia"))),
        (False, packet(2, b"\0\0")), (True, packet(8, b"\0\1" + text("perintah/#") + b"\1" + text("waktu") + b"\0", 2)),
        (False, packet(9, b"\0\1\1\0")), (False, packet(3, text("perintah/pompa-3") + b"\0\1" + b"hidup", 2)),
        (True, packet(4, b"\0\1")), (True, packet(14, b""))])
    capture.write("mqtt", "pump")


if __name__ == "__main__":
    make_mqtt()
