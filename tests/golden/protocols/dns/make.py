#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the captures of this folder; see ../README.md."""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from capture_writer import SERVER, Capture  # noqa: E402


def dns_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label) + b"\0"


def dns_query(identifier, name, kind, flags=0x0100, opt=True):
    question = dns_name(name) + struct.pack(">HH", kind, 1)
    extra = b"\0" + struct.pack(">HHIH", 41, 1232, 0, 0) if opt else b""
    return struct.pack(">6H", identifier, flags, 1, 0, 0, 1 if opt else 0) + question + extra


def dns_answer(identifier, name, kind, records, flags=0x8180, authorities=()):
    out = struct.pack(">6H", identifier, flags, 1, len(records), len(authorities), 0)
    out += dns_name(name) + struct.pack(">HH", kind, 1)
    for record_kind, data in list(records) + list(authorities):
        out += b"\xc0\x0c" + struct.pack(">HHIH", record_kind, 1, 300, len(data)) + data
    return out


def make_dns():
    capture = Capture()
    soa = dns_name("ns.example.go.id") + dns_name("root.example.go.id") + struct.pack(">5I", 1, 2, 3, 4, 5)
    exchanges = [
        ("www.example.go.id", 1, [(5, b"\x03web\xc0\x10"), (1, SERVER)], 0x8180, ()),
        ("example.go.id", 16, [(16, b"\x0bv=spf1 -all")], 0x8580, ()),
        ("example.go.id", 15, [(15, struct.pack(">H", 10) + b"\x04mail\xc0\x0c")], 0x8180, ()),
        ("tidak-ada.example.go.id", 28, [], 0x8183, [(6, soa)]),
        ("_ldap._tcp.example.go.id", 33, [(33, struct.pack(">HHH", 0, 5, 389) + dns_name("dc.example.go.id"))], 0x8180,
         ()),
    ]
    for i, (name, kind, records, flags, authorities) in enumerate(exchanges):
        capture.udp(True, 53, 40000 + i, dns_query(100 + i, name, kind))
        capture.udp(False, 53, 40000 + i, dns_answer(100 + i, name, kind, records, flags, authorities))
    capture.write("dns", "udp")
    capture = Capture()

    def framed(message):
        return struct.pack(">H", len(message)) + message
    capture.tcp(53, 41000, [(True, framed(dns_query(1, "a.example.go.id", 1)) + framed(dns_query(2, "b.example.go.id", 28))),
                            (False, framed(dns_answer(1, "a.example.go.id", 1, [(1, SERVER)]))
                             + framed(dns_answer(2, "b.example.go.id", 28, [(28, bytes(15) + b"\1")])))])
    capture.write("dns", "tcp")
    capture = Capture()
    capture.udp(True, 53, 42000, struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + b"\xc0\x0c" + struct.pack(">HH", 1, 1))
    capture.udp(True, 53, 42000, dns_query(8, "sesudah.example.go.id", 1))
    capture.write("dns", "compression_loop")


if __name__ == "__main__":
    make_dns()
