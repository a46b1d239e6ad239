#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the captures of this folder: conversations of ours between documentation addresses, in classic pcap.

Run it only to change a capture: TLS handshakes hold random values, so the files differ from run to run. After a run,
write the expected events anew (see README.md) and read the difference.

    tests/golden/protocols/make_captures.py [dns|http|ssh|tls]…
"""
import gzip
import os
import ssl
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CLIENT, SERVER = bytes([192, 0, 2, 10]), bytes([198, 51, 100, 20])


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Capture:
    def __init__(self):
        self.packets = []
        self.time_us = 1_790_000_000_000_000

    def add(self, protocol, source, destination, segment):
        pseudo = source + destination + struct.pack(">BBH", 0, protocol, len(segment))
        at = 16 if protocol == 6 else 6
        segment = segment[:at] + struct.pack(">H", checksum(pseudo + segment)) + segment[at + 2:]
        header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), len(self.packets), 0x4000, 64, protocol, 0,
                             source, destination)
        header = header[:10] + struct.pack(">H", checksum(header)) + header[12:]
        self.packets.append((self.time_us, bytes(12) + b"\x08\x00" + header + segment))
        self.time_us += 1500

    def udp(self, to_server, port, client_port, payload):
        ports = (client_port, port) if to_server else (port, client_port)
        ends = (CLIENT, SERVER) if to_server else (SERVER, CLIENT)
        self.add(17, *ends, struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload)

    def tcp(self, port, client_port, turns, close=True):
        """turns: (from_client, bytes) in order; long ones are cut into segments."""
        sequence = {True: 1000, False: 9000}

        def send(to_server, flags, payload=b""):
            ports = (client_port, port) if to_server else (port, client_port)
            ends = (CLIENT, SERVER) if to_server else (SERVER, CLIENT)
            self.add(6, *ends, struct.pack(">HHIIBBHHH", *ports, sequence[to_server],
                                           0 if flags == 2 else sequence[not to_server], 0x50, flags, 64000, 0, 0)
                     + payload)
            sequence[to_server] += len(payload) + (1 if flags & 3 else 0)

        send(True, 0x02)
        send(False, 0x12)
        send(True, 0x10)
        for from_client, data in turns:
            for at in range(0, len(data), 1400):
                send(from_client, 0x18, data[at:at + 1400])
        if close:
            send(True, 0x11)
            send(False, 0x11)
            send(True, 0x10)

    def write(self, protocol, name):
        folder = os.path.join(HERE, protocol)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, name + ".pcap"), "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            for time_us, frame in self.packets:
                out.write(struct.pack("<IIII", time_us // 1_000_000, time_us % 1_000_000, len(frame), len(frame)))
                out.write(frame)


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


def make_http():
    def request(line, *headers, body=b""):
        return "\r\n".join([line, *headers, "", ""]).encode() + body

    def response(status, *headers, body=b""):
        return "\r\n".join(["HTTP/1.1 " + status, *headers, f"Content-Length: {len(body)}", "", ""]).encode() + body

    page = b"<html><body>Selamat datang</body></html>"
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(page[i:i + 9]), page[i:i + 9]) for i in range(0, len(page), 9))
    capture = Capture()
    capture.tcp(80, 40000, [
        (True, request("GET /beranda?x=1 HTTP/1.1", "Host: www.example.go.id", "User-Agent: curl/7.88.1")),
        (False, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
         + b"0\r\n\r\n"),
        (True, request("POST /masuk HTTP/1.1", "Host: www.example.go.id", "Content-Length: 27",
                       "Content-Type: application/x-www-form-urlencoded", "Referer: http://www.example.go.id/",
                       body=b"username=admin&password=123")),
        (False, response("302 Found", "Location: /beranda")),
        (True, request("GET /gzip HTTP/1.1", "Host: www.example.go.id", "Authorization: Basic YnVkaTpyYWhhc2lh")),
        (False, response("200 OK", "Content-Encoding: gzip", body=gzip.compress(page * 20, mtime=0))),
        (True, request("HEAD /besar HTTP/1.1", "Host: www.example.go.id")),
        (False, b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"),
        (True, request("GET /akhir HTTP/1.1", "Host: www.example.go.id")),
        (False, b"HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n" + b"tidak ada " * 200),
    ])
    capture.write("http", "keep_alive")
    capture = Capture()
    capture.tcp(8080, 40001, [
        (True, request("GET /1 HTTP/1.1", "Host: a") + request("GET /2 HTTP/1.1", "Host: b")),
        (False, response("200 OK", body=b"satu") + response("200 OK", body=b"dua")),
        (True, request("POST / HTTP/1.1", "Host: c", "Content-Length: 6", "Transfer-Encoding: chunked", body=b"0\r\n\r\nG")
         + b"ET /selundup HTTP/1.1\nHost: d\n\n"),
    ])
    capture.write("http", "pipelined_and_smuggled")


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
    makers = {"dns": make_dns, "http": make_http, "ssh": make_ssh, "tls": make_tls}
    for wanted in sys.argv[1:] or makers:
        makers[wanted]()
