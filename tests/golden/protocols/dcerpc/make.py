#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the captures of this folder; see ../README.md."""
import os
import struct
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from capture_writer import Capture  # noqa: E402

SVCCTL = uuid.UUID("367abb81-9844-35f1-ad32-98f038001003").bytes_le
NDR = uuid.UUID("8a885d04-1ceb-11c9-9fe8-08002b104860").bytes_le + struct.pack("<I", 2)


def pdu(kind, call, body, flags=3):
    return struct.pack("<BBBB4sHHI", 5, 0, kind, flags, b"\x10\0\0\0", 16 + len(body), 0, call) + body


def make_dcerpc():
    bind = struct.pack("<HHIB3xHBx", 4280, 4280, 0, 1, 0, 1) + SVCCTL + struct.pack("<HH", 2, 0) + NDR
    ack = struct.pack("<HHIH6sB3xHH", 4280, 4280, 1, 6, b"49200\0", 1, 0, 0) + NDR
    capture = Capture()
    capture.tcp(49200, 40000, [
        (True, pdu(11, 1, bind)), (False, pdu(12, 1, ack)),
        (True, pdu(0, 2, struct.pack("<IHH", 20, 0, 0) + bytes(20))),
        (False, pdu(2, 2, struct.pack("<IHBx", 24, 0, 0) + bytes(24))),
        (True, pdu(0, 3, struct.pack("<IHH", 20, 0, 2) + bytes(20))),
        (False, pdu(3, 3, struct.pack("<IHBxII", 0, 0, 0, 5, 0)))])
    capture.write("dcerpc", "service")


if __name__ == "__main__":
    make_dcerpc()
