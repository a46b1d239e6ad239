#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the captures of this folder; see ../README.md."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from ber_writer import integer, octets, sequence, tlv  # noqa: E402
from capture_writer import Capture  # noqa: E402


def message(number, operation):
    return sequence(integer(number), operation)


def result(tag, code, text=""):
    return tlv(tag, integer(code, 10), octets(""), octets(text))


def make_ldap():
    bind = tlv(0x60, integer(3), octets("cn=budi,dc=contoh,dc=go,dc=id"), octets("rahasia", 0x80))
    search = tlv(0x63, octets("dc=contoh,dc=go,dc=id"), integer(2, 10), integer(0, 10), integer(0), integer(0), tlv(1, b"\0"),
                 octets("objectClass", 0x87), sequence(octets("servicePrincipalName"), octets("cn")))
    entry = tlv(0x64, octets("cn=sql,dc=contoh,dc=go,dc=id"), sequence())
    capture = Capture()
    capture.tcp(389, 40000, [
        (True, message(1, bind)), (False, message(1, result(0x61, 49, "salah"))),
        (True, message(2, bind)), (False, message(2, result(0x61, 0))),
        (True, message(3, search)), (False, message(3, entry) + message(3, entry) + message(3, result(0x65, 0))),
        (True, message(4, octets("cn=x,dc=contoh", 0x4A))), (False, message(4, result(0x6B, 50))),
        (True, message(5, tlv(0x42)))])
    capture.write("ldap", "bind_and_search")
    capture = Capture()
    capture.udp(True, 389, 40001, message(1, search))
    capture.udp(False, 389, 40001, message(1, entry) + message(1, result(0x65, 0)))
    capture.write("ldap", "cldap")


if __name__ == "__main__":
    make_ldap()
