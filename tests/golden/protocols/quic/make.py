#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the captures of this folder; see ../README.md. The Initial packets are sealed with Python's cryptography, which shares nothing
with the parser. ClientHellos hold random values: the files differ from run to run."""
import hashlib
import hmac
import os
import ssl
import struct
import sys

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from capture_writer import Capture  # noqa: E402

SALTS = {1: "38762cf7f55934b34d179ae6a4c80cadccbb7f0a", 0x6B3343CF: "0dede3def700a6db819381be6e269dcbf9bd2ed9"}


def expand(secret, label, size):
    label = b"tls13 " + label.encode()
    info = struct.pack(">HB", size, len(label)) + label + b"\0"
    return hmac.new(secret, info + b"\1", hashlib.sha256).digest()[:size]


def varint(value):
    return struct.pack(">H", 0x4000 | value)


def initial(version, destination, number, frames, size):
    prefix = "quicv2" if version != 1 else "quic"
    secret = expand(hmac.new(bytes.fromhex(SALTS[version]), destination, hashlib.sha256).digest(), "client in", 32)
    key, iv, protection = (expand(secret, f"{prefix} {what}", n) for what, n in (("key", 16), ("iv", 12), ("hp", 16)))
    head = bytes([0xC3 if version == 1 else 0xD3]) + struct.pack(">IB", version, len(destination)) + destination + b"\0\0"
    payload = frames + bytes(size - len(frames) - len(head) - 2 - 4 - 16)
    head += varint(4 + len(payload) + 16) + struct.pack(">I", number)
    nonce = (int.from_bytes(iv, "big") ^ number).to_bytes(12, "big")
    sealed = AESGCM(key).encrypt(nonce, payload, head)
    mask = Cipher(algorithms.AES(protection), modes.ECB()).encryptor().update(sealed[:16])
    head = bytes([head[0] ^ mask[0] & 15]) + head[1:-4] + bytes(a ^ b for a, b in zip(head[-4:], mask[1:5]))
    return head + sealed


def crypto(offset, data):
    return b"\x06" + varint(offset) + varint(len(data)) + data


def client_hello(name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols(["h3"])
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        context.wrap_bio(incoming, outgoing, server_hostname=name).do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()[5:]  # without the record's header


def make_quic():
    destination = bytes(range(1, 9))
    for name, version in (("version_1", 1), ("version_2", 0x6B3343CF)):
        hello = client_hello("www.example.go.id")
        capture = Capture()
        # the second half first, as some clients send it
        capture.udp(True, 443, 40000, initial(version, destination, 0, crypto(200, hello[200:]), 1200))
        capture.udp(True, 443, 40000, initial(version, destination, 1, crypto(0, hello[:100]) + b"\0\1" + crypto(100, hello[100:200]), 1200))
        capture.write("quic", name)


if __name__ == "__main__":
    make_quic()
