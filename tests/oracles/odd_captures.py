#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes captures of traffic that is well formed but seldom seen, one file per oddity, for tshark_agreement.py:

    tests/oracles/odd_captures.py FOLDER && tests/oracles/tshark_agreement.py --program … FOLDER

Everything is made here: addresses and names are those reserved for documentation.
"""
import gzip
import os
import struct
import sys

CLIENT, SERVER = "192.0.2.10", "198.51.100.20"
CLIENT6, SERVER6 = bytes.fromhex("20010db8" + "0" * 23 + "1"), bytes.fromhex("20010db8" + "0" * 23 + "2")
SYN, ACK, PUSH, FIN = 2, 16, 8, 1


def ipv4(protocol, payload, source, destination, identifier=1, fragment=0):
    def packed(address):
        return bytes(int(octet) for octet in address.split("."))
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), identifier, fragment, 64, protocol, 0)
    head += packed(source) + packed(destination)
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xFFFF) + (total >> 16)
    return head[:10] + struct.pack(">H", ~(total + (total >> 16)) & 0xFFFF) + head[12:] + payload


def ipv6(protocol, payload, source=CLIENT6, destination=SERVER6):
    return struct.pack(">IHBB", 0x60000000, len(payload), protocol, 64) + source + destination + payload


def tcp(source, destination, sequence, acknowledgement, flags, payload=b""):
    return struct.pack(">HHIIBBHHH", source, destination, sequence, acknowledgement, 0x50, flags, 65535, 0, 0) + payload


def udp(source, destination, payload):
    return struct.pack(">HHHH", source, destination, 8 + len(payload), 0) + payload


def ethernet(ip, tags=b"", ethertype=0x0800):
    return bytes.fromhex("020000000002020000000001") + tags + struct.pack(">H", ethertype) + ip


class Conversation:
    """A TCP connection over IPv4; packets are appended in sending order."""

    def __init__(self, port, client_port=40000, handshake=True):
        self.port, self.client_port = port, client_port
        self.next = {True: 1000, False: 900000}
        self.packets = []
        if handshake:
            self.send(True, b"", SYN)
            self.send(False, b"", SYN | ACK)
            self.send(True, b"", ACK)

    def send(self, from_client, payload, flags=PUSH | ACK):
        mine, other = self.next[from_client], self.next[not from_client]
        ports = (self.client_port, self.port) if from_client else (self.port, self.client_port)
        addresses = (CLIENT, SERVER) if from_client else (SERVER, CLIENT)
        acknowledgement = other if flags & ACK else 0
        self.packets.append(ipv4(6, tcp(*ports, mine, acknowledgement, flags, payload), *addresses))
        self.next[from_client] = mine + len(payload) + (1 if flags & (SYN | FIN) else 0)

    def client(self, *payloads):
        for payload in payloads:
            self.send(True, payload)
        return self

    def server(self, *payloads):
        for payload in payloads:
            self.send(False, payload)
        return self

    def close(self):
        self.send(True, b"", FIN | ACK)
        self.send(False, b"", FIN | ACK)
        self.send(True, b"", ACK)
        return [ethernet(packet) for packet in self.packets]


def sized(width, data):
    return len(data).to_bytes(width, "big") + data


def extension(kind, data):
    return struct.pack(">H", kind) + sized(2, data)


def client_hello(name, padding=0):
    extensions = extension(0, sized(2, b"\x00" + sized(2, name.encode())))
    extensions += extension(16, sized(2, sized(1, b"h2") + sized(1, b"http/1.1")))
    extensions += extension(10, sized(2, b"\x00\x1d\x00\x17")) + extension(11, sized(1, b"\x00"))
    if padding:
        extensions += extension(21, bytes(padding))
    body = b"\x03\x03" + bytes(range(32)) + b"\x00" + sized(2, b"\x13\x01\xc0\x2f") + b"\x01\x00" + sized(2, extensions)
    return b"\x01" + sized(3, body)


def server_hello():
    body = b"\x03\x03" + bytes(range(32, 64)) + b"\x00\xc0\x2f\x00" + sized(2, extension(16, sized(2, sized(1, b"h2"))))
    return b"\x02" + sized(3, body)


def record(payload, kind=22):
    return bytes([kind]) + b"\x03\x01" + sized(2, payload)


def pieces(data, size):
    return [data[at:at + size] for at in range(0, len(data), size)]


def question(name, identifier=1, kind=1):
    labels = b"".join(sized(1, label.encode()) for label in name.split(".")) + b"\x00"
    return struct.pack(">HHHHHH", identifier, 0x0100, 1, 0, 0, 0) + labels + struct.pack(">HH", kind, 1)


def answer(name, identifier=1):
    asked = question(name, identifier)
    records = b"\xc0\x0c" + struct.pack(">HHIH", 5, 1, 60, 6) + b"\x03cdn\xc0\x0c"
    records += b"\xc0" + bytes([len(asked) + 12]) + struct.pack(">HHIH", 1, 1, 60, 4) + b"\xc0\x00\x02\x50"
    return asked[:2] + struct.pack(">HHHHH", 0x8180, 1, 2, 0, 0) + asked[12:] + records


def request(path, host="www.example.org", method="GET", more="", body=b""):
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n".encode() + body


def response(status="200 OK", more="", body=b""):
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


def http_captures():
    yield "http_pipelined", Conversation(80).client(request("/1") + request("/2") + request("/3")).server(
        response(body=b"a") + response("404 Not Found") + response("301 Moved", "Location: /x\r\n")).close()
    yield "http_continue", Conversation(80).client(
        request("/up", method="POST", more="Expect: 100-continue\r\nContent-Length: 4\r\n")).server(
        b"HTTP/1.1 100 Continue\r\n\r\n").client(b"data").server(response("201 Created")).close()
    yield "http_head", Conversation(80).client(request("/h", method="HEAD"), request("/g")).server(
        b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + response(body=b"ok")).close()
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n5;a=b\r\nhello\r\n0\r\nX-T: 1\r\n\r\n"
    yield "http_trailers", Conversation(80).client(request("/c") + request("/d")).server(chunked + response()).close()
    twice = gzip.compress(b"first ", mtime=0) + gzip.compress(b"second", mtime=0)
    yield "http_gzip_members", Conversation(80).client(request("/z") + request("/y")).server(
        response(more="Content-Encoding: gzip\r\n", body=twice) + response("204 No Content")).close()
    yield "http_odd_port", Conversation(49999).client(request("/p")).server(response()).close()
    yield "http_one_byte_segments", Conversation(80).client(*pieces(request("/slow"), 1)).server(response()).close()
    yield "http_broken_version", Conversation(80).client(b"GET /v HTTP/1.\r\nHost: www.example.org\r\n\r\n").server(
        response("400 Bad Request")).close()
    client_only = Conversation(80).client(request("/a"), request("/b"))
    yield "http_client_side_only", [p for p in client_only.close() if p[26:30] == bytes((192, 0, 2, 10))]
    server_only = Conversation(80).client(request("/a")).server(response("403 Forbidden"))
    yield "http_server_side_only", [p for p in server_only.close() if p[26:30] != bytes((192, 0, 2, 10))]
    yield "http_midstream", Conversation(80, handshake=False).server(b"rest of a body\r\n").client(
        request("/m")).server(response()).close()
    packets = Conversation(80).client(*pieces(request("/out-of-order"), 20)).server(response()).close()
    packets[3:6] = reversed(packets[3:6])
    yield "http_out_of_order", packets
    packets = Conversation(80).client(request("/early")).server(response()).close()
    packets[0], packets[1], packets[2], packets[3] = packets[3], packets[0], packets[1], packets[2]
    yield "http_data_before_syn", packets


def tls_captures():
    hello, answered = record(client_hello("www.example.org")), record(server_hello())
    yield "tls_odd_port", Conversation(40443).client(hello).server(answered).close()
    yield "tls_records_split", Conversation(443).client(
        b"".join(record(piece) for piece in pieces(client_hello("split.example.org"), 37))).server(answered).close()
    packets = Conversation(443).client(*pieces(record(client_hello("big.example.org", 3000)), 1200)).server(answered).close()
    packets[3], packets[5] = packets[5], packets[3]
    yield "tls_hello_out_of_order", packets
    yield "tls_one_byte_segments", Conversation(443).client(*pieces(hello, 1)).server(answered).close()
    tunnel = b"CONNECT www.example.org:443 HTTP/1.1\r\nHost: www.example.org:443\r\n\r\n"
    yield "tls_connect", Conversation(3128).client(tunnel).server(
        b"HTTP/1.1 200 Connection established\r\n\r\n").client(hello).server(answered).close()
    yield "tls_smtp", Conversation(25).server(b"220 mail.example.org ESMTP\r\n").client(b"EHLO c\r\n").server(
        b"250-mail.example.org\r\n250 STARTTLS\r\n").client(b"STARTTLS\r\n").server(b"220 go\r\n").client(hello).server(
        answered).close()
    yield "tls_imap", Conversation(143).server(b"* OK ready\r\n").client(b"a STARTTLS\r\n").server(
        b"a OK begin\r\n").client(hello).server(answered).close()
    yield "tls_pop3", Conversation(110).server(b"+OK ready\r\n").client(b"STLS\r\n").server(b"+OK begin\r\n").client(
        hello).server(answered).close()
    socks = Conversation(1080).client(b"\x05\x01\x00").server(b"\x05\x00").client(
        b"\x05\x01\x00\x01\xc6\x33\x64\x14\x01\xbb").server(b"\x05\x00\x00\x01" + bytes(6))
    yield "tls_socks", socks.client(hello).server(answered).close()


def dns_captures():
    def stream(messages):
        return b"".join(sized(2, message) for message in messages)
    names = [f"n{number}.example.org" for number in range(5)]
    asked = stream(question(name, number) for number, name in enumerate(names))
    told = stream(answer(name, number) for number, name in enumerate(names))
    yield "dns_tcp_pipelined", Conversation(53).client(asked).server(told).close()
    yield "dns_tcp_cut_anywhere", Conversation(53).client(*pieces(asked, 7)).server(*pieces(told, 11)).close()
    query = udp(40000, 53, question("www.example.org"))
    plain = ipv4(17, query, CLIENT, SERVER)
    vlans = [bytes.fromhex("88a80064"), bytes.fromhex("81000065"), bytes.fromhex("81000066")]
    yield "dns_three_vlans", [ethernet(plain, b"".join(vlans))]
    yield "dns_ipv6_extensions", [ethernet(ipv6(0, b"\x3c" + bytes(7) + b"\x2b" + bytes(7) + b"\x11" + bytes(7) + query),
                                           ethertype=0x86DD)]
    large = udp(53, 40000, answer("fragments.example.org"))
    cut = len(large) // 16 * 8
    yield "dns_fragments_reversed", [ethernet(ipv4(17, large[cut:], SERVER, CLIENT, 7, cut // 8)),
                                     ethernet(ipv4(17, large[:cut], SERVER, CLIENT, 7, 0x2000))]
    yield "dns_in_mpls", [ethernet(b"\x00\x01\x00\x40\x00\x02\x01\x40" + plain, ethertype=0x8847)]
    yield "dns_in_pppoe", [ethernet(b"\x11\x00\x00\x01" + sized(2, b"\x00\x21" + plain), ethertype=0x8864)]
    yield "dns_in_gre", [ethernet(ipv4(47, b"\x00\x00\x08\x00" + plain, "203.0.113.1", "203.0.113.2"))]
    yield "dns_in_ip", [ethernet(ipv4(4, plain, "203.0.113.1", "203.0.113.2"))]
    yield "dns_6in4", [ethernet(ipv4(41, ipv6(17, query), "203.0.113.1", "203.0.113.2"))]
    yield "dns_in_vxlan", [ethernet(ipv4(17, udp(50000, 4789, b"\x08" + bytes(6) + b"\x00" + ethernet(plain)),
                                         "203.0.113.1", "203.0.113.2"))]
    yield "dns_in_gtp", [ethernet(ipv4(17, udp(2152, 2152, b"\x30\xff" + struct.pack(">HI", len(plain), 9) + plain),
                                       "203.0.113.1", "203.0.113.2"))]


def write(path, frames):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for number, frame in enumerate(frames):
            file.write(struct.pack("<IIII", 1700000000, number * 1000, len(frame), len(frame)) + frame)


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    for captures in (http_captures(), tls_captures(), dns_captures()):
        for name, frames in captures:
            write(os.path.join(folder, name + ".pcap"), frames)


if __name__ == "__main__":
    main()
