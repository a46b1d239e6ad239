#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes seeds for fuzz_protocol_* out of the golden captures: each flow as a conversation in the fuzzer's format
(protocols_fuzzer.cc). Run it after the captures have changed."""
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "..", "golden", "protocols")


def payloads(path):
    """(flow, udp, to_client, payload) of our own captures: Ethernet, IPv4 without options, client first."""
    data = open(path, "rb").read()
    at, clients = 24, {}
    while at < len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        ip = data[at + 16 + 14:at + 16 + size]
        at += 16 + size
        udp = ip[9] == 17
        ends = (ip[12:16] + ip[20:22], ip[16:20] + ip[22:24])
        flow = tuple(sorted(ends))
        client = clients.setdefault(flow, ends[0])
        header = 8 if udp else (ip[32] >> 4) * 4
        payload = ip[20 + header:struct.unpack_from(">H", ip, 2)[0]]
        if payload:
            yield flow, udp, ends[0] != client, payload


def main():
    for protocol in sorted(os.listdir(GOLDEN)):
        if not os.path.isdir(os.path.join(GOLDEN, protocol)):
            continue
        folder = os.path.join(HERE, "seeds", "protocol_" + protocol.replace("-", "_"))
        os.makedirs(folder, exist_ok=True)
        for name in sorted(os.listdir(os.path.join(GOLDEN, protocol))):
            if not name.endswith(".pcap"):
                continue
            flows = {}
            for flow, udp, to_client, payload in payloads(os.path.join(GOLDEN, protocol, name)):
                seed = flows.setdefault(flow, bytearray([8 | (1 if udp else 0)]))
                pieces = [payload] if udp else [payload[i:i + 240] for i in range(0, len(payload), 240)]
                for piece in pieces:
                    seed += bytes([1 if to_client else 0, min(len(piece), 255)]) + piece[:255]
            for i, seed in enumerate(flows.values()):
                with open(os.path.join(folder, f"{name[:-5]}_{i}"), "wb") as out:
                    out.write(seed)


if __name__ == "__main__":
    main()
