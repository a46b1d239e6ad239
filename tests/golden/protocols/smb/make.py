#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the captures of this folder; see ../README.md."""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from capture_writer import Capture  # noqa: E402

NEGOTIATE, SETUP, TREE, CREATE, CLOSE, READ, SET_INFO = 0, 1, 3, 5, 6, 8, 17
FILE = bytes(range(16))


def wide(text):
    return text.encode("utf-16-le")


def frame(message):
    return struct.pack(">I", len(message)) + message


def smb(command, number, body, response=False, status=0, tree=0):
    return frame(b"\xfeSMB" + struct.pack("<HHIHHIIQIIQ", 64, 1, status, command, 1, 1 if response else 0, 0, number, 0xFEFF, tree,
                                          0x77) + bytes(16) + body)


def ntlm(kind, user="", host=""):
    if kind == 3:
        domain, user, host = wide("CONTOH"), wide(user), wide(host)
        at, fields = 72, b""
        for value in (b"", bytes(24), domain, user, host, b""):
            fields += struct.pack("<HHI", len(value), len(value), at)
            at += len(value)
        return b"NTLMSSP\0" + struct.pack("<I", 3) + fields + struct.pack("<I", 0x02000001) + bytes(
            [10, 0, 0x63, 0x45, 0, 0, 0, 15]) + bytes(24) + domain + user + host
    return b"NTLMSSP\0" + struct.pack("<I", kind) + bytes(28)


def setup(blob):
    return struct.pack("<HBBIIHHQ", 25, 0, 1, 0, 0, 64 + 24, len(blob), 0) + blob


def create(name):
    return struct.pack("<HBBIQQIIIIIHHII", 57, 0, 0, 2, 0, 0, 0x12019F, 0x80, 7, 5, 0, 64 + 56, len(wide(name)), 0, 0) + wide(name)


def make_smb():
    challenge = struct.pack("<HHHH", 9, 0, 64 + 8, 36) + ntlm(2)[:36]
    login = ntlm(3, "budi", "PC-KEUANGAN")
    rename = struct.pack("<B7xQI", 0, 0, len(wide("laporan.locked"))) + wide("laporan.locked")
    share = wide("\\\\arsip\\data")
    capture = Capture()
    capture.tcp(445, 40000, [
        (True, smb(NEGOTIATE, 0, struct.pack("<HHHHI", 36, 2, 1, 0, 0) + bytes(24) + struct.pack("<HH", 0x0210, 0x0302))),
        (False, smb(NEGOTIATE, 0, struct.pack("<HHHH", 65, 1, 0x0302, 0) + bytes(56), True)),
        (True, smb(SETUP, 1, setup(ntlm(1)))), (False, smb(SETUP, 1, challenge, True, 0xC0000016)),
        (True, smb(SETUP, 2, setup(login))), (False, smb(SETUP, 2, struct.pack("<HHHH", 9, 0, 72, 0), True, 0xC000006D)),
        (True, smb(SETUP, 3, setup(login))), (False, smb(SETUP, 3, struct.pack("<HHHH", 9, 0, 72, 0), True)),
        (True, smb(TREE, 4, struct.pack("<HHHH", 9, 0, 72, len(share)) + share)),
        (False, smb(TREE, 4, struct.pack("<HBBIII", 16, 1, 0, 0, 0, 0x1F01FF), True, tree=5)),
        (True, smb(CREATE, 5, create("laporan.docx"), tree=5)),
        (False, smb(CREATE, 5, struct.pack("<HBBI32xQQII", 89, 0, 0, 1, 0, 4321, 0x80, 0) + FILE + bytes(8), True, tree=5)),
        (True, smb(READ, 6, struct.pack("<HBBIQ", 49, 0, 0, 100000, 0) + FILE + bytes(17), tree=5)),
        (False, smb(READ, 6, struct.pack("<HBBII", 17, 80, 0, 100000, 0) + bytes(4) + bytes(100000), True, tree=5)),
        (True, smb(SET_INFO, 7, struct.pack("<HBBIHHI", 33, 1, 10, len(rename), 96, 0, 0) + FILE + rename, tree=5)),
        (False, smb(SET_INFO, 7, struct.pack("<H", 2), True, tree=5))])
    capture.write("smb", "share")
    capture = Capture()
    old = b"\xffSMB\x72" + bytes(27) + b"\0" + struct.pack("<H", 24) + b"\x02NT LM 0.12\0\x02SMB 2.???\0"
    capture.tcp(445, 40001, [(True, frame(old)), (True, frame(b"\xfdSMB" + bytes(60)))])
    capture.write("smb", "old_and_encrypted")


if __name__ == "__main__":
    make_smb()
