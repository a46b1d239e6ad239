# SPDX-License-Identifier: Apache-2.0
"""Writes captures of conversations of ours between documentation addresses, in classic pcap. Used by the make.py of each
protocol's folder."""
import os
import struct

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

    def tcp(self, port, client_port, turns, close=True, client=CLIENT, server=SERVER):
        """turns: (from_client, bytes) in order; long ones are cut into segments."""
        sequence = {True: 1000, False: 9000}

        def send(to_server, flags, payload=b""):
            ports = (client_port, port) if to_server else (port, client_port)
            ends = (client, server) if to_server else (server, client)
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
        self.save(os.path.join(folder, name + ".pcap"))

    def save(self, path):
        with open(path, "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            for time_us, frame in self.packets:
                out.write(struct.pack("<IIII", time_us // 1_000_000, time_us % 1_000_000, len(frame), len(frame)))
                out.write(frame)
