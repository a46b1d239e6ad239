#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the captures of this folder; see ../README.md."""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from capture_writer import Capture  # noqa: E402


def make_ssh():
    def kexinit(*lists):
        body = b"\x14" + bytes(range(16)) + b"".join(struct.pack(">I", len(text)) + text for text in lists) + bytes(5)
        padding = 8 - (5 + len(body)) % 8 + 4
        return struct.pack(">IB", 1 + len(body) + padding, padding) + body + bytes(padding)

    ours = kexinit(b"curve25519-sha256,ext-info-c", b"ssh-ed25519", b"aes128-ctr", b"aes128-ctr", b"hmac-sha2-256",
                   b"hmac-sha2-256", b"none", b"none", b"", b"")
    theirs = kexinit(b"curve25519-sha256", b"ssh-ed25519,rsa-sha2-256", b"aes256-ctr", b"aes128-ctr", b"hmac-sha2-512",
                     b"hmac-sha1", b"none,zlib@openssh.com", b"none", b"", b"")
    capture = Capture()
    capture.tcp(22, 40000, [(False, b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"), (True, b"SSH-2.0-Go\r\n"),
                            (True, ours), (False, theirs), (True, bytes(64))])
    capture.tcp(2222, 40001, [(False, b"Resmi saja!\r\nSSH-2.0-ROSSSH\r\n")])
    capture.write("ssh", "banners")


if __name__ == "__main__":
    make_ssh()
