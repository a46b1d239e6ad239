#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes seeds for fuzz_wire: each message of daemon/runtime/wire.h once, and one stream of several. Run it after the
format has changed."""
import os
import struct

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "seeds", "wire")
VERSION = 1


def u8(value):
    return bytes([value])


def u32(value):
    return struct.pack(">I", value)


def u64(value):
    return struct.pack(">q" if value < 0 else ">Q", value)


def text(value):
    raw = value if isinstance(value, bytes) else value.encode()
    return u32(len(raw)) + raw


def listing(items):
    return u32(len(items)) + b"".join(items)


DIGEST = bytes(range(32))
RULE = text("id-1") + text("Title") + DIGEST + u8(3) + listing([text("attack.t1190"), text("attack.t1505.003")])
EVIDENCE = [u8(0) + text("frame") + u32(1) + u32(60) + u64(5) + text("eth0") + u64(9),
            u8(1) + text(b"a\x00line\xff") + u32(0) + u32(0) + u64(-6) + text("/var/log/a") + u64(10)]
MESSAGES = {
    "hello": (1, DIGEST + u64(77)),
    "progress": (2, b"".join(u64(i) for i in range(10)) + u64(-5)),
    "cursor": (3, u32(3) + u64(1) + u64(2) + u64(3) + u64(-4) + u32(5) + DIGEST),
    "loss": (4, text("log") + text("gone") + u64(1) + u64(2) + u64(3)),
    "note": (5, u8(2) + text("text")),
    "bye": (6, b""),
    "finding": (7, RULE + u8(1) + u64(123456789) + u32(7) + u64(42) + text("http")
                + listing([text("src_ip") + text("192.0.2.1"), text("http.url") + text("/a?b=union")])
                + listing([text("selection") + text("cs-uri-query") + text("contains 'union'") + text("union")])
                + listing(EVIDENCE)),
    "finding_empty": (7, text("") + text("") + DIGEST + u8(0) + u32(0) + u8(0) + u64(0) + u32(0) + u64(0) + text("")
                      + u32(0) + u32(0) + u32(0)),
    "config": (15, text("/etc/p.yaml") + text("version: 1\n") + listing([text("a=b"), text("c+=d")])),
    "rule": (16, u8(0) + u8(0) + text("a.yml") + text("title: x\n")),
    "rule_more": (16, u8(1) + u8(1) + text("a.yml") + text("id: x\n")),
    "rules_end": (17, DIGEST),
    "drain": (18, b""),
    "request": (32, text("append") + text("decision") + text(',"id":"INC-2026-000001"')
                + listing([text("comment") + text(bytes(range(16))) + text("value")])),
    "reply": (33, u32(77) + text("no")),
}


def main():
    os.makedirs(FOLDER, exist_ok=True)
    contents = {name: u8(VERSION) + u8(kind) + payload for name, (kind, payload) in MESSAGES.items()}
    # The fuzzer's stream: a byte that gives the length of the pieces, then frames with their lengths.
    contents["stream"] = u8(6) + b"".join(text(contents[name]) for name in ("hello", "bye", "note", "finding"))
    for name, content in contents.items():
        with open(os.path.join(FOLDER, name), "wb") as out:
            out.write(content)


if __name__ == "__main__":
    main()
