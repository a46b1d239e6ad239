# SPDX-License-Identifier: Apache-2.0
#
# Frames byte by byte: Ethernet, VLAN, IPv4, IPv6, TCP, UDP, ICMP, and a capture that collects them.
# Standard library only; the same calls give the same bytes on every machine.
"""Frames and captures for the sample generator."""

import datetime
import hashlib
import ipaddress
import struct

ZONE = datetime.timezone(datetime.timedelta(hours=8), "WITA")
MAX_SEGMENT = 1400


def at(text):
    """'17 08:05:00.5' in November 2026, WITA, to microseconds since 1970."""
    moment = datetime.datetime.strptime("2026-11-" + text.split(".")[0], "%Y-%m-%d %H:%M:%S")
    micros = int((text.split(".") + ["0"])[1].ljust(6, "0"))
    return int(moment.replace(tzinfo=ZONE).timestamp()) * 1_000_000 + micros


class Noise:
    """Bytes that look random and are always the same: SHA-256 in counter mode."""

    def __init__(self, seed):
        self.seed, self.counter, self.rest = seed.encode(), 0, b""

    def take(self, count):
        while len(self.rest) < count:
            block = hashlib.sha256(self.seed + struct.pack(">Q", self.counter)).digest()
            self.rest, self.counter = self.rest + block, self.counter + 1
        out, self.rest = self.rest[:count], self.rest[count:]
        return out

    def number(self, low, high):
        """A whole number, low <= n <= high."""
        return low + int.from_bytes(self.take(6), "big") % (high - low + 1)

    def pick(self, items):
        return items[self.number(0, len(items) - 1)]


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def mac_of(address):
    """The gateway's for everything outside, the documentation range for our own."""
    packed = ipaddress.ip_address(address).packed
    inside = packed[0] == 10 or packed[:6] == bytes.fromhex("20010db80020")
    return bytes.fromhex("00005e0053") + (bytes([16 + packed[-1] % 224]) if inside else b"\x01")


def ethernet(source, target, kind, payload, vlans=()):
    tags = b""
    for vlan in vlans:
        tags += struct.pack(">HH", 0x8100, vlan)
    frame = target + source + tags + struct.pack(">H", kind) + payload
    return frame.ljust(60, b"\0")


def pseudo_header(source, target, protocol, length):
    first, second = ipaddress.ip_address(source), ipaddress.ip_address(target)
    if first.version == 4:
        return first.packed + second.packed + struct.pack(">BBH", 0, protocol, length)
    return first.packed + second.packed + struct.pack(">IHBB", length, 0, 0, protocol)


def ip(source, target, protocol, payload, ident=0, ttl=64, flags=0x4000):
    first, second = ipaddress.ip_address(source), ipaddress.ip_address(target)
    if first.version == 6:
        return struct.pack(">IHBB", 0x60000000, len(payload), protocol, ttl) + first.packed + second.packed + payload
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), ident, flags, ttl, protocol, 0, first.packed, second.packed)
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def udp(source, source_port, target, target_port, payload):
    head = struct.pack(">HHHH", source_port, target_port, 8 + len(payload), 0)
    total = checksum(pseudo_header(source, target, 17, 8 + len(payload)) + head + payload) or 0xFFFF
    return head[:6] + struct.pack(">H", total) + payload


def tcp(source, source_port, target, target_port, seq, ack, flags, payload=b"", window=64240, options=b""):
    words = (20 + len(options)) // 4
    head = struct.pack(">HHIIBBHHH", source_port, target_port, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, words << 4, flags, window, 0, 0) + options
    total = checksum(pseudo_header(source, target, 6, len(head) + len(payload)) + head + payload)
    return head[:16] + struct.pack(">H", total) + head[18:] + payload


class Capture:
    """Frames with their times; write() sorts them, so that stories can be told one after the other."""

    def __init__(self):
        self.frames = []
        self.noise = Noise("capture")
        self.ident = 0x1000

    def frame(self, time, data):
        self.frames.append((time, len(self.frames), data))

    def packet(self, time, source, target, protocol, payload, vlans=(), **options):
        self.ident = (self.ident + 1) & 0xFFFF
        kind = 0x0800 if ipaddress.ip_address(source).version == 4 else 0x86DD
        data = ip(source, target, protocol, payload, ident=self.ident, **options)
        self.frame(time, ethernet(mac_of(source), mac_of(target), kind, data, vlans))

    def datagram(self, time, source, source_port, target, target_port, payload, vlans=()):
        self.packet(time, source, target, 17, udp(source, source_port, target, target_port, payload), vlans)

    def fragments(self, time, source, target, protocol, payload, size):
        """One IPv4 packet in pieces of `size` bytes, the last piece first."""
        self.ident = (self.ident + 1) & 0xFFFF
        pieces = []
        for start in range(0, len(payload), size):
            more = 0x2000 if start + size < len(payload) else 0
            data = ip(source, target, protocol, payload[start:start + size], self.ident, 64, more | start // 8)
            pieces.append(ethernet(mac_of(source), mac_of(target), 0x0800, data))
        for number, piece in enumerate(reversed(pieces)):
            self.frame(time + 40 * number, piece)

    def to_bytes(self):
        """A classic capture file, microseconds, LINKTYPE_ETHERNET."""
        out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)]
        for time, _, data in sorted(self.frames):
            out.append(struct.pack("<IIII", time // 1_000_000, time % 1_000_000, len(data), len(data)) + data)
        return b"".join(out)


class Connection:
    """A TCP connection seen from the middle. Times run on by themselves; `pause` adds to them."""

    SYN, ACK, PSH, FIN, RST = 2, 16, 8, 1, 4
    OPTIONS = struct.pack(">BBH", 2, 4, 1460) + b"\x01\x01\x04\x02"

    def __init__(self, capture, time, client, client_port, server, server_port, vlans=(), delay=9_000, window=64240):
        self.capture, self.time, self.vlans, self.delay, self.window = capture, time, vlans, delay, window
        self.ends = ((client, client_port), (server, server_port))
        self.next = [capture.noise.number(1, 0xEFFFFFFF), capture.noise.number(1, 0xEFFFFFFF)]
        self.segment(0, self.SYN, options=self.OPTIONS)
        self.segment(1, self.SYN | self.ACK, options=self.OPTIONS)
        self.segment(0, self.ACK)

    def pause(self, seconds):
        self.time += int(seconds * 1_000_000)
        return self

    def segment(self, side, flags, payload=b"", options=b"", seq=None, time=None):
        (source, source_port), (target, target_port) = self.ends[side], self.ends[1 - side]
        ack = self.next[1 - side] if flags & self.ACK else 0
        number = self.next[side] if seq is None else seq
        data = tcp(source, source_port, target, target_port, number, ack, flags, payload, self.window, options)
        self.capture.packet(self.time if time is None else time, source, target, 6, data, self.vlans)
        if seq is None:
            self.next[side] += len(payload) + (1 if flags & (self.SYN | self.FIN) else 0)
        if time is None:
            self.time += self.delay

    def send(self, side, data, swap=False, repeat=False):
        """Bytes of one side. swap: the first two segments arrive in the wrong order; repeat: the first is sent twice."""
        pieces = [data[i:i + MAX_SEGMENT] for i in range(0, len(data), MAX_SEGMENT)]
        if swap and len(pieces) > 1:
            start = self.next[side]
            self.segment(side, self.ACK, pieces[1], seq=start + len(pieces[0]))
            self.segment(side, self.ACK | self.PSH, pieces[0], seq=start)
            self.next[side] = start + len(pieces[0]) + len(pieces[1])
            self.segment(1 - side, self.ACK)
            pieces = pieces[2:]
        for number, piece in enumerate(pieces):
            before = self.next[side]
            self.segment(side, self.ACK | (self.PSH if number + 1 == len(pieces) else 0), piece)
            if repeat and number == 0:
                self.segment(side, self.ACK | self.PSH, piece, seq=before)
            if number % 2 == 1 or number + 1 == len(pieces):
                self.segment(1 - side, self.ACK)
        return self

    def close(self):
        self.segment(0, self.FIN | self.ACK)
        self.segment(1, self.FIN | self.ACK)
        self.segment(0, self.ACK)
        return self

    def reset(self, side=1):
        self.segment(side, self.RST | self.ACK)
        return self
