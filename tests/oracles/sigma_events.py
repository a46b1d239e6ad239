#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares `persandian match` with the reference on real events and the public rules.

    sigma_events.py PERSANDIAN [--every N] [--only FILE]

Reads them from the folder that PERSANDIAN_SHARED_DATA names (skipped, exit code 77, without it). The engine
sees all events; the reference, of files of more than 5,000, those that the engine found something in and every
N-th of the others. Exits 1 and prints the first differences when the two disagree.
"""
import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
try:
    import sigma_logsources
    import sigma_reference
except ModuleNotFoundError as missing:
    print(f"skipped: {missing} (Debian: python3-yaml)")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ("rules", "rules-emerging-threats", "rules-threat-hunting", "rules-compliance")
FEW = 5000


def engine_matches(program, data, file):
    command = [program, "match", "--format", "json"]
    for folder in RULES:
        command += ["-S", data / "sigma" / folder]
    result = subprocess.run([*command, file], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True,
                            env={**os.environ, "PERSANDIAN_RULES": str(ROOT / "rules")})
    return {(one["line"], one["rule"]) for one in map(json.loads, result.stdout.splitlines())}


def compare(program, data, file, rules, sources, every):
    lines = dict(enumerate(file.read_text(encoding="utf-8").splitlines(), 1))
    engine = engine_matches(program, data, file)
    if len(lines) > FEW:
        found = {number for number, _ in engine}
        lines = {number: line for number, line in lines.items() if number in found or number % every == 0}
    reference = {(number, rule) for number, line in lines.items()
                 for rule in sources.matches(sigma_reference.Event(line), rules)}
    for what, pairs in (("only the engine", engine - reference), ("only the reference", reference - engine)):
        for number, rule in sorted(pairs)[:5]:
            print(f"{what}: {rule} on {lines[number][:1000]}")
    per_rule = collections.Counter(rule for _, rule in reference)
    print(f"{file.name}: {len(lines)} events, {len(reference)} matches of {len(per_rule)} rules, "
          f"{len(engine ^ reference)} differences", flush=True)
    return len(engine ^ reference) + (not reference)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("persandian")
    parser.add_argument("--every", type=int, default=40)
    parser.add_argument("--only")
    options = parser.parse_args()
    shared = os.environ.get("PERSANDIAN_SHARED_DATA")
    if not shared:
        print("skipped: PERSANDIAN_SHARED_DATA is not set")
        return 77
    data = pathlib.Path(shared)
    rules = list(sigma_reference.load(data / "sigma" / folder for folder in RULES))
    sources = sigma_logsources.Sources(ROOT / "rules" / "logsources")
    files = [file for file in sorted((data / "events").glob("*.jsonl")) if options.only in (None, file.name)]
    differences = sum(compare(options.persandian, data, file, rules, sources, options.every) for file in files)
    print(f"{len(rules)} rules, {differences} differences")
    return 1 if differences or not files else 0


if __name__ == "__main__":
    sys.exit(main())
