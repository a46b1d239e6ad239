#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the captures of this folder; see ../README.md."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from ber_writer import context, integer, octets, sequence, tlv  # noqa: E402
from capture_writer import Capture  # noqa: E402

SYS_NAME = bytes([0x2B, 6, 1, 2, 1, 1, 5, 0])


def variables(value):
    return sequence(sequence(octets(SYS_NAME, 6), value))


def make_snmp():
    capture = Capture()
    null = tlv(5)
    capture.udp(True, 161, 40000, sequence(integer(1), octets("public"), context(0, integer(77), integer(0), integer(0), variables(null))))
    capture.udp(False, 161, 40000, sequence(integer(1), octets("public"),
                                            context(2, integer(77), integer(0), integer(0), variables(octets("router-desa")))))
    trap = context(4, octets(bytes([0x2B, 6, 1, 4, 1, 9]), 6), octets(bytes([192, 0, 2, 10]), 0x40), integer(3), integer(0),
                   integer(100, 0x43), variables(octets("x")))
    capture.udp(True, 162, 40001, sequence(integer(0), octets("trap"), trap))
    usm = sequence(octets(b"\x80\x00\x1f\x88"), integer(1), integer(2), octets("pengawas"), octets(bytes(12)), octets(bytes(8)))
    capture.udp(True, 161, 40002, sequence(integer(3), sequence(integer(5), integer(65507), octets(b"\x07"), integer(3)), octets(usm),
                                           octets(bytes(40))))
    capture.write("snmp", "versions")


if __name__ == "__main__":
    make_snmp()
