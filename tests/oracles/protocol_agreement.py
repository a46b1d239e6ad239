#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the fields of our protocol events with tshark's, field by field, over a folder of captures.

The tables agreement/NAME.txt say what is compared: lines of

    OUR_FIELD  TSHARK_FIELD  [DISPLAY FILTER of tshark]

OUR_FIELD is dotted ("ftp.command"); a value that is a list counts as its entries. Both sides are multisets of texts in lower case
with odd bytes as '?', per capture; with "set" before OUR_FIELD only whether a value occurs in the capture counts. Lines
"skip FILE REASON" name captures (by the end of their path) that are understood. Lines "option NAME:VALUE" go to tshark -o, lines
"decode RULE" to -d; "prefix OUR_FIELD TEXT" takes TEXT off the front of tshark's values. Prints per field how many values agree and what only one side has (--verbose: with files); exits 1 below
--at-least percent, 77 without tshark or captures.

    tests/oracles/protocol_agreement.py --program build/asan/bin/capture_events [--tables a,b] [--files GLOB] [--verbose] [FOLDER]

FOLDER defaults to $PERSANDIAN_SHARED_DATA/pcaps.
"""
import argparse
import collections
import concurrent.futures
import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TABLES = os.path.join(HERE, "agreement")
SEPARATOR = "\x1f"


class Table:
    def __init__(self, name):
        self.name, self.rows, self.skip, self.options, self.prefixes = name, [], {}, [], {}
        with open(os.path.join(TABLES, name + ".txt"), encoding="utf-8") as lines:
            for line in lines:
                words = line.split(None, 2)
                if not words or words[0].startswith("#"):
                    continue
                if words[0] == "skip":
                    self.skip[words[1]] = words[2].strip()
                elif words[0] == "prefix":
                    self.prefixes[words[1]] = words[2].strip().lower()
                elif words[0] in ("option", "decode"):
                    self.options += ["-o" if words[0] == "option" else "-d", words[1]]
                else:
                    as_set = words[0] == "set"
                    words = line.split(None, 3)[1:] if as_set else words
                    self.rows.append((words[0], words[1], words[2].strip() if len(words) > 2 else "", as_set))

    def reason(self, path):
        return next((why for end, why in self.skip.items() if path.endswith(end)), None)


def normal(text):
    text = re.sub(r"\\x[0-9a-f]{2}|\\[0-7]{3}|\\[tnrabvf\"\\]", "?", str(text))
    return re.sub(r"[^\x20-\x7e]", "?", text).strip().lower()


def dig(value, names):
    if isinstance(value, list):
        for entry in value:
            yield from dig(entry, names)
    elif not names:
        yield json.dumps(value) if isinstance(value, (bool, dict)) else str(value)
    elif isinstance(value, dict) and names[0] in value:
        yield from dig(value[names[0]], names[1:])


def ours(program, path, rows):
    done = subprocess.run([program, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600)
    if done.returncode < 0:
        raise RuntimeError(f"{path}: ended by signal {-done.returncode}: {done.stderr[-500:]}")
    counts = [collections.Counter() for _ in rows]
    for line in done.stdout.decode("utf-8").splitlines():
        event = json.loads(line)
        for i, row in enumerate(rows):
            counts[i].update(filter(None, map(normal, dig(event, row[0].split(".")))))
    return counts


def theirs(path, table):
    """One run of tshark per display filter."""
    counts = [collections.Counter() for _ in table.rows]
    for wanted in sorted({row[2] for row in table.rows}):
        here = [(i, row) for i, row in enumerate(table.rows) if row[2] == wanted]
        command = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "separator=/t", "-E", "aggregator=" + SEPARATOR,
                   "-E", "occurrence=a", "-Y", wanted or " or ".join(sorted({row[1] for _, row in here})), *table.options]
        for _, row in here:
            command += ["-e", row[1]]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600)
        for line in done.stdout.decode("utf-8", "replace").splitlines():
            for (i, row), cell in zip(here, line.split("\t")):
                prefix = table.prefixes.get(row[0], "")
                counts[i].update(normal(value).removeprefix(prefix).strip() for value in cell.split(SEPARATOR) if value)
    return counts


def compare(job):
    path, program, table = job
    return path, ours(program, path, table.rows), theirs(path, table)


def captures(folder, pattern):
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(place, name)
            if name.endswith((".pcap", ".pcapng", ".cap", ".trace")) and fnmatch.fnmatch(path, pattern):
                yield path


def run(table, args, paths):
    agree, only_ours, only_theirs = ([0] * len(table.rows) for _ in range(3))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, mine, other in pool.map(compare, ((path, args.program, table) for path in paths)):
            reason = table.reason(path)
            for i, row in enumerate(table.rows):
                a, b = mine[i], other[i]
                if row[3]:
                    a, b = collections.Counter(set(a)), collections.Counter(set(b))
                agree[i] += sum((a & b).values())
                if reason:
                    continue
                only_ours[i] += sum((a - b).values())
                only_theirs[i] += sum((b - a).values())
                if args.verbose and a != b:
                    print(f"{path}: {row[0]}: only ours {dict(a - b)}, only tshark {dict(b - a)}"[:600])
    worst = 100.0
    for i, row in enumerate(table.rows):
        total = agree[i] + only_ours[i] + only_theirs[i]
        share = 100 * agree[i] / total if total else 100.0
        worst = min(worst, share)
        print(f"{table.name:10} {row[0]:34} agree {agree[i]:7}  only ours {only_ours[i]:5}  only tshark "
              f"{only_theirs[i]:5}  {share:6.2f} %")
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--tables", default="")
    parser.add_argument("--files", default="*")
    parser.add_argument("--at-least", type=float, default=0)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("folder", nargs="?", default=os.path.join(os.environ.get("PERSANDIAN_SHARED_DATA", ""), "pcaps"))
    args = parser.parse_args()
    paths = list(captures(args.folder, args.files)) if os.path.isdir(args.folder) else []
    if not paths or not shutil.which("tshark"):
        print("skipped: no captures or no tshark")
        return 77
    names = args.tables.split(",") if args.tables else sorted(name[:-4] for name in os.listdir(TABLES) if name.endswith(".txt"))
    worst = min(run(Table(name), args, paths) for name in names)
    return 0 if worst >= args.at_least else 1


if __name__ == "__main__":
    sys.exit(main())
