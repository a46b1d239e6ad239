#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks every #include of our own headers against the allow-list in cmake/Layers.cmake."""
import pathlib
import re
import sys

top = pathlib.Path(__file__).resolve().parent.parent
allowed = {}
text = re.sub(r"#.*", "", (top / "cmake/Layers.cmake").read_text())
for room, names in re.findall(r"set\(persandian_may_use_(\S+?)((?:\s+\S+?)*)\)", text):
    allowed[room] = set(names.replace('""', '').split()) | {room}
rooms = sorted(allowed, key=len, reverse=True)


def room_of(path):
    return next((room for room in rooms if path.startswith(room + "/")), None)


faults = []
checked = 0
for folder in ("detectors", "daemon", "tools/verify"):
    for source in sorted((top / folder).rglob("*")):
        if source.suffix not in (".h", ".cc"):
            continue
        relative = source.relative_to(top).as_posix()
        room = room_of(relative)
        if room is None:
            continue
        checked += 1
        for number, line in enumerate(source.read_text().splitlines(), 1):
            match = re.match(r'#include "([^"]+)"', line)
            if not match or not match[1].startswith(("detectors/", "daemon/", "tools/")):
                continue
            if room_of(match[1]) not in allowed[room]:
                faults.append(f"{relative}:{number}: {room} may not include {match[1]}")
print("\n".join(faults) or f"{checked} files respect cmake/Layers.cmake")
sys.exit(1 if faults or checked == 0 else 0)
