#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the captures of this folder; see ../README.md."""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from ber_writer import context, integer, octets, sequence, tlv  # noqa: E402
from capture_writer import Capture  # noqa: E402

REALM = "CONTOH.GO.ID"


def general(text):
    return octets(text, 0x1B)


def principal(kind, *parts):
    return sequence(context(0, integer(kind)), context(1, sequence(*map(general, parts))))


def request(kind, cname, sname, etypes, padata=b""):
    time = octets("20371231235959Z", 0x18)
    body = sequence(context(0, octets(b"\0\x40\x81\0\x10", 3)), *([context(1, cname)] if cname else []), context(2, general(REALM)),
                    context(3, sname), context(5, time), context(7, integer(77)), context(8, sequence(*map(integer, etypes))))
    return tlv(0x60 | kind, sequence(context(1, integer(5)), context(2, integer(kind)), *([padata] if padata else []), context(4, body)))


def reply(kind, cname, sname, ticket_etype, etype):
    def encrypted(number):
        return sequence(context(0, integer(number)), context(1, integer(2)), context(2, octets(bytes(48))))
    ticket = tlv(0x61, sequence(context(0, integer(5)), context(1, general(REALM)), context(2, sname), context(3, encrypted(ticket_etype))))
    return tlv(0x60 | kind, sequence(context(0, integer(5)), context(1, integer(kind)), context(3, general(REALM)), context(4, cname),
                                     context(5, ticket), context(6, encrypted(etype))))


def error(code, sname):
    return tlv(0x7E, sequence(context(0, integer(5)), context(1, integer(30)), context(4, octets("20261127000000Z", 0x18)),
                              context(5, integer(1)), context(6, integer(code)), context(9, general(REALM)), context(10, sname)))


def make_krb5():
    budi, krbtgt, sql = principal(1, "budi"), principal(2, "krbtgt", REALM), principal(2, "MSSQLSvc", "db.contoh.go.id")
    proof = context(3, sequence(sequence(context(1, integer(2)), context(2, octets(sequence(context(0, integer(18)), context(2, octets(bytes(20)))))))))
    capture = Capture()
    capture.udp(True, 88, 40000, request(10, budi, krbtgt, [18, 17, 23]))
    capture.udp(False, 88, 40000, error(25, krbtgt))
    capture.udp(True, 88, 40001, request(10, budi, krbtgt, [18, 17, 23], proof))
    capture.udp(False, 88, 40001, reply(11, budi, krbtgt, 18, 18))
    capture.write("krb5", "udp")

    def framed(message):
        return struct.pack(">I", len(message)) + message
    capture = Capture()
    capture.tcp(88, 40002, [(True, framed(request(12, None, sql, [23]))), (False, framed(reply(13, budi, sql, 23, 18)))])
    capture.write("krb5", "kerberoasting")


if __name__ == "__main__":
    make_krb5()
