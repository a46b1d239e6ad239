#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the captures of this folder; see ../README.md."""
import base64
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from capture_writer import Capture  # noqa: E402

MAIL = [
    "From: Budi <budi@example.go.id>", "To: siti@example.org,", " joko@example.org", "Cc: arsip@example.go.id",
    "Subject: =?utf-8?Q?Laporan_keuangan_=E2=80=93_rahasia?=", "Date: Fri, 27 Nov 2026 10:00:00 +0700",
    "Message-ID: <1@example.go.id>", "X-Mailer: Surat 1.0", "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="batas"', "", "--batas", "Content-Type: text/plain", "", "Terlampir.",
    "..titik", "--batas", "Content-Type: application/pdf; name=laporan.pdf", "Content-Transfer-Encoding: base64",
    'Content-Disposition: attachment; filename="laporan.pdf"', "",
    *[base64.b64encode(b"%PDF-1.4 isi laporan " * 20)[i:i + 76].decode() for i in range(0, 560, 76)], "--batas",
    "Content-Disposition: attachment; filename*=utf-8''gaji%20%C3%A9.csv", "Content-Transfer-Encoding: quoted-printable", "",
    "nama,gaji=0D=0Abudi,=", "1", "--batas--", "."]


def make_smtp():
    capture = Capture()
    capture.tcp(25, 40000, [
        (False, b"220 mail.example.go.id ESMTP\r\n"), (True, b"EHLO pc-budi\r\n"),
        (False, b"250-mail.example.go.id\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n"),
        (True, b"AUTH PLAIN " + base64.b64encode(b"\0budi\0rahasia") + b"\r\n"), (False, b"235 ok\r\n"),
        (True, b"MAIL FROM:<budi@example.go.id>\r\nRCPT TO:<siti@example.org>\r\nRCPT TO:<joko@example.org>\r\nDATA\r\n"),
        (False, b"250 ok\r\n250 ok\r\n250 ok\r\n354 silakan\r\n"), (True, "\r\n".join([*MAIL, "QUIT", ""]).encode()),
        (False, b"250 diterima\r\n221 dah\r\n")])
    capture.tcp(587, 40001, [(False, b"220 mail ESMTP\r\n"), (True, b"EHLO x\r\n"), (False, b"250 STARTTLS\r\n"),
                             (True, b"STARTTLS\r\n"), (False, b"220 siap\r\n")])
    capture.write("smtp", "mail_with_attachments")


if __name__ == "__main__":
    make_smtp()
