#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds our reader of pcapng against Wireshark's: how many packets `persandian replay` and capinfos count in each pcapng file.

    tests/oracles/pcapng_agreement.py PROGRAM [FOLDER]

FOLDER defaults to $PERSANDIAN_SHARED_DATA/pcaps. Exits 1 on any difference, 77 without capinfos or captures.
"""
import concurrent.futures
import json
import os
import shutil
import subprocess
import sys

MAGIC = b"\x0a\x0d\x0d\x0a"


def pcapng_files(folder):
    for root, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            path = os.path.join(root, name)
            with open(path, "rb") as file:
                if file.read(4) == MAGIC:
                    yield path


def our_count(program, path):
    done = subprocess.run([program, "replay", "-r", path, "--json"], capture_output=True, text=True, check=False)
    return json.loads(done.stdout)["totals"]["packets"] if done.stdout else None


def their_count(path):
    done = subprocess.run(["capinfos", "-T", "-r", "-M", "-c", path], capture_output=True, text=True, check=False)
    cells = done.stdout.rstrip("\n").split("\t")
    return int(cells[-1]) if cells[-1].isdigit() else None


def main():
    program = sys.argv[1]
    shared = os.environ.get("PERSANDIAN_SHARED_DATA")
    folder = sys.argv[2] if len(sys.argv) > 2 else os.path.join(shared, "pcaps") if shared else None
    if folder is None or shutil.which("capinfos") is None:
        print("skipped: needs capinfos and PERSANDIAN_SHARED_DATA")
        return 77
    paths = list(pcapng_files(folder))
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        counts = list(pool.map(lambda path: (path, our_count(program, path), their_count(path)), paths))
    different = [(path, ours, theirs) for path, ours, theirs in counts if ours != theirs or ours is None]
    for path, ours, theirs in different:
        print(f"{path}: we count {ours}, capinfos {theirs}")
    print(f"{len(paths)} pcapng files, {sum(ours or 0 for _, ours, _ in counts)} packets, {len(different)} differ")
    return 1 if different or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
