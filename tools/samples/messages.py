# SPDX-License-Identifier: Apache-2.0
#
# Messages of application protocols: DNS, HTTP, TLS handshakes, SSH. Built field by field after RFC 1035,
# 9112, 5246, 8446, 4253; what would be random comes from Noise.
"""Application messages for the sample generator."""

import ipaddress
import struct

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28}


def dns_name(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".") if part) + b"\0"


def dns(ident, name, kind, answers=None, code=0):
    """A query; with `answers` (list of (type, data)) or a code its response."""
    response = answers is not None or code != 0
    answers = answers or []
    out = struct.pack(">HHHHHH", ident, (0x8180 | code) if response else 0x0100, 1, len(answers), 0, 0)
    out += dns_name(name) + struct.pack(">HH", TYPES[kind], 1)
    for answer_kind, value in answers:
        if answer_kind in ("A", "AAAA"):
            data = ipaddress.ip_address(value).packed
        elif answer_kind == "TXT":
            data = bytes([len(value)]) + value.encode()
        elif answer_kind == "MX":
            data = struct.pack(">H", 10) + dns_name(value)
        else:
            data = dns_name(value)
        out += struct.pack(">HHHIH", 0xC00C, TYPES[answer_kind], 1, 300, len(data)) + data
    return out


def http_request(method, host, target, agent, headers=(), body=b""):
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", f"User-Agent: {agent}", "Accept: */*", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


REASONS = {200: "OK", 201: "Created", 301: "Moved Permanently", 302: "Found", 304: "Not Modified", 401: "Unauthorized",
           403: "Forbidden", 404: "Not Found", 500: "Internal Server Error"}


def gzip_stored(data):
    """A gzip member with a stored block: the same bytes whatever compressor a machine has."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xEDB88320 if crc & 1 else 0)
    block = struct.pack("<BHH", 1, len(data), len(data) ^ 0xFFFF) + data
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + block + struct.pack("<II", crc ^ 0xFFFFFFFF, len(data))


def http_response(status, body=b"", kind="text/html; charset=UTF-8", headers=(), chunked=False, gzip=False):
    if isinstance(body, str):
        body = body.encode()
    lines = [f"HTTP/1.1 {status} {REASONS[status]}", "Server: nginx", "Date: Mon, 16 Nov 2026 00:00:00 GMT", f"Content-Type: {kind}", *headers]
    if gzip:
        body = gzip_stored(body)
        lines.append("Content-Encoding: gzip")
    if chunked:
        lines.append("Transfer-Encoding: chunked")
        half = len(body) // 2
        body = b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in (body[:half], body[half:], b""))
    else:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def vector(data, width):
    return len(data).to_bytes(width, "big") + data


def record(kind, version, data):
    return struct.pack(">BH", kind, version) + vector(data, 2)


def handshake(kind, data):
    return bytes([kind]) + vector(data, 3)


def extension(kind, data):
    return struct.pack(">H", kind) + vector(data, 2)


MODERN = (0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014, 0x009C, 0x009D)
OLD = (0xC00A, 0xC014, 0x0039, 0x0035, 0xC009, 0xC013, 0x0033, 0x002F)


def client_hello(noise, name, version=0x0304, ciphers=MODERN, protocols=("h2", "http/1.1")):
    extensions = b""
    if name:
        extensions += extension(0, vector(b"\0" + vector(name.encode(), 2), 2))
    extensions += extension(23, b"") + extension(65281, b"\0")
    extensions += extension(10, vector(struct.pack(">HHH", 29, 23, 24), 2)) + extension(11, b"\x01\0") + extension(35, b"")
    if protocols:
        extensions += extension(16, vector(b"".join(vector(p.encode(), 1) for p in protocols), 2))
    if version >= 0x0303:
        extensions += extension(13, vector(struct.pack(">8H", 0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601), 2))
    if version == 0x0304:
        extensions += extension(51, vector(struct.pack(">H", 29) + vector(noise.take(32), 2), 2))
        extensions += extension(45, b"\x01\x01") + extension(43, vector(struct.pack(">HH", 0x0304, 0x0303), 1))
    body = struct.pack(">H", min(version, 0x0303)) + noise.take(32) + vector(noise.take(32) if version == 0x0304 else b"", 1)
    body += vector(struct.pack(f">{len(ciphers)}H", *ciphers), 2) + vector(b"\0", 1) + vector(extensions, 2)
    return record(22, 0x0301, handshake(1, body))


def server_hello(noise, version, cipher, session=b"", protocol=""):
    extensions = b""
    if version == 0x0304:
        extensions = extension(43, struct.pack(">H", 0x0304)) + extension(51, struct.pack(">H", 29) + vector(noise.take(32), 2))
    else:
        extensions = extension(65281, b"\0") + extension(11, b"\x01\0")
        if protocol:
            extensions += extension(16, vector(vector(protocol.encode(), 1), 2))
    return handshake(2, struct.pack(">H", min(version, 0x0303)) + noise.take(32) + vector(session, 1) + struct.pack(">H", cipher) + b"\0" + vector(extensions, 2))


def server_flight(noise, version, certificate, hello=b""):
    """The server's answer to client_hello up to where it waits for the client."""
    if version == 0x0304:
        session = hello[44:76]
        first = record(22, 0x0303, server_hello(noise, version, 0x1301, session))
        return first + record(20, 0x0303, b"\x01") + record(23, 0x0303, noise.take(980)) + record(23, 0x0303, noise.take(74))
    cipher = 0xC02B if version == 0x0303 else 0xC00A
    exchange = b"\x03" + struct.pack(">H", 29) + vector(noise.take(32), 1)
    if version == 0x0303:
        exchange += struct.pack(">H", 0x0403)
    exchange += vector(b"\x30\x44\x02\x20" + b"\x11" + noise.take(31) + b"\x02\x20" + b"\x12" + noise.take(31), 2)
    return b"".join(record(22, version, message) for message in (
        server_hello(noise, version, cipher, protocol="http/1.1" if version == 0x0303 else ""),
        handshake(11, vector(vector(certificate, 3), 3)), handshake(12, exchange), handshake(14, b"")))


def client_flight(noise, version):
    if version == 0x0304:
        return record(20, 0x0303, b"\x01") + record(23, 0x0303, noise.take(53))
    return record(22, version, handshake(16, vector(noise.take(32), 1))) + record(20, version, b"\x01") + record(22, version, noise.take(40))


def application_data(noise, version, count):
    return record(23, min(version, 0x0303), noise.take(count))


def ssh_string(data):
    return vector(data if isinstance(data, bytes) else data.encode(), 4)


def ssh_packet(payload):
    padding = 8 - (5 + len(payload)) % 8
    padding += 8 if padding < 4 else 0
    return struct.pack(">IB", 1 + len(payload) + padding, padding) + payload + bytes(padding)


def ssh_key_exchange_init(noise):
    lists = ("curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256", "ssh-ed25519,rsa-sha2-512", "chacha20-poly1305@openssh.com,aes128-ctr",
             "chacha20-poly1305@openssh.com,aes128-ctr", "umac-64-etm@openssh.com,hmac-sha2-256", "umac-64-etm@openssh.com,hmac-sha2-256", "none", "none", "", "")
    return ssh_packet(b"\x14" + noise.take(16) + b"".join(ssh_string(item) for item in lists) + b"\0" + bytes(4))


def ssh_exchange(noise):
    """The client's and the server's message of a Curve25519 key exchange, each with what follows it."""
    host_key = ssh_string("ssh-ed25519") + ssh_string(noise.take(32))
    signature = ssh_string("ssh-ed25519") + ssh_string(noise.take(64))
    reply = ssh_packet(b"\x1f" + ssh_string(host_key) + ssh_string(noise.take(32)) + ssh_string(signature))
    return ssh_packet(b"\x1e" + ssh_string(noise.take(32))), reply + ssh_packet(b"\x15")
