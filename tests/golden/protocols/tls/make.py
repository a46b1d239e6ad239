#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the captures of this folder; see ../README.md. Handshakes hold random values: the files differ from run to run."""
import os
import ssl
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from capture_writer import Capture  # noqa: E402


def handshake(version, sni, alpns):
    """Turns of a real handshake between two ends of Python's ssl module."""
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = os.path.join(folder, "key"), os.path.join(folder, "certificate")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", key, "-out", certificate, "-days", "3650", "-subj", "/C=ID/O=Contoh/CN=" + sni,
                        "-addext", "subjectAltName=DNS:" + sni], check=True, stderr=subprocess.DEVNULL)
        server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server_context.load_cert_chain(certificate, key)
        server_context.set_alpn_protocols(alpns)
    client_context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client_context.check_hostname = False
    client_context.verify_mode = ssl.CERT_NONE
    client_context.set_alpn_protocols(alpns)
    client_context.minimum_version = client_context.maximum_version = version
    pipes = {side: (ssl.MemoryBIO(), ssl.MemoryBIO()) for side in (True, False)}
    ends = {True: client_context.wrap_bio(*pipes[True], server_hostname=sni),
            False: server_context.wrap_bio(*pipes[False], server_side=True)}
    turns, done = [], set()
    while len(done) < 2:
        for side in (True, False):
            try:
                ends[side].do_handshake()
                done.add(side)
            except ssl.SSLWantReadError:
                pass
            data = pipes[side][1].read()
            if data:
                turns.append((side, data))
                pipes[not side][0].write(data)
    ends[True].write(b"rahasia")
    turns.append((True, pipes[True][1].read()))
    return turns


def make_tls():
    for name, version in (("tls12", ssl.TLSVersion.TLSv1_2), ("tls13", ssl.TLSVersion.TLSv1_3)):
        capture = Capture()
        capture.tcp(443, 40000, handshake(version, "www.example.go.id", ["h2", "http/1.1"]))
        capture.write("tls", name)
    capture = Capture()
    tunnel = handshake(ssl.TLSVersion.TLSv1_3, "mail.example.go.id", ["http/1.1"])
    capture.tcp(3128, 40001, [
        (True, b"CONNECT mail.example.go.id:443 HTTP/1.1\r\nHost: mail.example.go.id:443\r\n\r\n"),
        (False, b"HTTP/1.1 200 Connection established\r\n\r\n")] + tunnel)
    capture.write("tls", "in_http_tunnel")


if __name__ == "__main__":
    make_tls()
