#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads EXECVE records of audit logs without any code of the product.

usage: audit_reference.py FILE…
Prints one line per event with an EXECVE record: serial, then each argument in hexadecimal.
"""
import re
import sys

for path in sys.argv[1:]:
    events = {}
    for line in open(path, "rb").read().split(b"\n"):
        found = re.search(rb"type=EXECVE msg=audit\(([\d.]+):(\d+)\): (.*)", line)
        if not found:
            continue
        parts = events.setdefault(found[2], {})
        for name, index, quoted, bare in re.findall(
                rb'\ba(\d+)(?:\[(\d+)\])?=(?:"([^"]*)"|([^\s"]\S*))', found[3]):
            value = quoted if not bare else bytes.fromhex(bare.decode())
            parts[(int(name), int(index or 0))] = value
    for serial, parts in events.items():
        arguments = {}
        for (name, _), value in sorted(parts.items()):
            arguments[name] = arguments.get(name, b"") + value
        print(serial.decode(), *[arguments[i].hex() or "-" for i in range(len(arguments))])
