# SPDX-License-Identifier: Apache-2.0
"""Writes BER for the captures of SNMP, Kerberos and LDAP."""


def tlv(tag, *parts):
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = (len(body).bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + len(body).to_bytes(size, "big") + body


def integer(value, tag=2):
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def octets(text, tag=4):
    return tlv(tag, text if isinstance(text, bytes) else text.encode())


def sequence(*parts):
    return tlv(0x30, *parts)


def context(number, *parts):
    return tlv(0xA0 | number, *parts)
