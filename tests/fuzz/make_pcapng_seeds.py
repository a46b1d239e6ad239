#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes seeds for fuzz_pcapng: every kind of block that is read, in both byte orders. Run it when another kind is."""
import os
import struct

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "seeds", "pcapng")


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def option(order, code, value):
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def capture(order):
    end = bytes(4)
    return b"".join([
        block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1)),
        block(order, 1, struct.pack(order + "HHI", 1, 0, 96) + option(order, 9, b"\x09") + option(order, 14, struct.pack(order + "q", 60)) + end),
        block(order, 1, struct.pack(order + "HHI", 101, 0, 0) + option(order, 9, b"\x9e") + end),
        block(order, 6, struct.pack(order + "IIIII", 0, 1, 2, 5, 60) + b"first"),
        block(order, 2, struct.pack(order + "HHIIII", 1, 0, 1, 3, 3, 3) + b"old"),
        block(order, 3, struct.pack(order + "I", 6) + b"simple"),
        block(order, 5, struct.pack(order + "III", 0, 1, 4) + option(order, 5, struct.pack(order + "Q", 7)) + option(order, 7, struct.pack(order + "Q", 8)) + end),
        block(order, 0xBAD, b"unknown"),
    ])


def main():
    os.makedirs(FOLDER, exist_ok=True)
    seeds = {"little": capture("<"), "big": capture(">"), "sections": capture("<") + capture(">")}
    for name, data in seeds.items():
        with open(os.path.join(FOLDER, name), "wb") as out:
            out.write(data)


if __name__ == "__main__":
    main()
