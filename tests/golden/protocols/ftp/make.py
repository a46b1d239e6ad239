#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the captures of this folder and of ftp-data; see ../README.md."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from capture_writer import CLIENT, SERVER, Capture  # noqa: E402

LOGIN = [(False, b"220-Selamat datang\r\n220 FTP server siap\r\n"), (True, b"USER budi\r\n"), (False, b"331 Sandi?\r\n"),
         (True, b"PASS rahasia\r\n"), (False, b"230 Masuk\r\n")]


def make_ftp():
    capture = Capture()
    capture.tcp(21, 40000, LOGIN + [
        (True, b"SYST\r\nFEAT\r\n"), (False, b"215 UNIX\r\n211-Features:\r\n EPSV\r\n UTF8\r\n211 End\r\n"),
        (True, b"CWD ../../etc\r\n"), (False, b"550 Tidak ada\r\n"), (True, b"QUIT\r\n"), (False, b"221 Dah\r\n")])
    capture.tcp(21, 40001, [(False, b"220 siap\r\n"), (True, b"AUTH TLS\r\n"), (False, b"234 lanjut\r\n")])
    capture.write("ftp", "commands")
    capture = Capture()
    capture.tcp(21, 40002, LOGIN + [
        (True, b"PASV\r\n"), (False, b"227 Entering Passive Mode (198,51,100,20,156,64).\r\n"),
        (True, b"RETR laporan.pdf\r\n"), (False, b"150 Mulai\r\n226 Selesai\r\n"),
        (True, b"PORT 192,0,2,10,160,0\r\n"), (False, b"200 baik\r\n"), (True, b"STOR gaji.csv\r\n"),
        (False, b"150 Mulai\r\n226 Selesai\r\n")])
    capture.tcp(40000, 40003, [(False, b"%PDF-1.4 isi laporan " * 200)])
    capture.tcp(40960, 20, [(False, b"nama,gaji\nbudi,1\n")], client=SERVER, server=CLIENT)
    capture.write("ftp-data", "passive_and_active")


if __name__ == "__main__":
    make_ftp()
