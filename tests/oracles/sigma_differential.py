#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Generates rules and events from a seed and compares `persandian match` with the reference.

    sigma_differential.py PERSANDIAN [--seed N[..M]] [--rules N] [--events N]

Values of events are made from those of the rules (changed a little), so that about half of the tests
hold. Exits 1 and prints the first differences when the two disagree, when one of them refuses
what the other loads, or when a chain of modifiers was never met or never not met.
"""
import argparse
import collections
import json
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
try:
    import sigma_generate
    import sigma_reference
except ModuleNotFoundError as missing:
    print(f"skipped: {missing} (Debian: python3-yaml)")
    sys.exit(77)


def items_of(prepared):
    if isinstance(prepared, sigma_reference.Item):
        yield prepared
    else:
        for part in prepared[1]:
            yield from items_of(part)


class Coverage:
    """Whether each chain of modifiers was met and not met, on fields and as keywords."""

    def __init__(self):
        self.seen = collections.defaultdict(set)

    def note(self, rule, event):
        for selection in rule.selections.values():
            for item in items_of(selection):
                chain = ("" if item.field else "keywords ") + "|".join(item.modifiers)
                if len(self.seen[chain]) < 2:
                    self.seen[chain].add(item.holds(event, event.plain))

    def problems(self):
        for chain in sigma_generate.CHAINS:
            for what in {True, False} - self.seen[chain]:
                yield f"'{chain}' was never {'met' if what else 'not met'}"


def one_seed(program, seed, options, coverage):
    chance = random.Random(seed)
    rules = sigma_generate.rules(chance, options.rules)
    with tempfile.TemporaryDirectory() as folder:
        top = pathlib.Path(folder)
        (top / "rules").mkdir()
        for number, text in enumerate(rules):
            (top / "rules" / f"{number:06d}.yml").write_text(text, encoding="utf-8")
        checked = json.loads(subprocess.run([program, "rules", "check", "--json", str(top / "rules")],
                                            stdout=subprocess.PIPE, check=False).stdout)
        refused = {pathlib.Path(one["file"]).stem for one in checked["refused"]}
        # The reference reads the same texts, so both know the rules by what YAML says.
        loaded, doubtful = [], []
        for number in range(options.rules):
            name = f"{number:06d}"
            try:
                loaded += list(sigma_reference.load([top / "rules" / f"{name}.yml"]))
                doubtful += [name] if name in refused else []
            except sigma_reference.Refused:
                doubtful += [] if name in refused else [name]
        lines = sigma_generate.events(chance, loaded, options.events)
        (top / "events.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        found = subprocess.run([program, "match", "-S", str(top / "rules"), "--format", "json", "--logsource",
                                "category=generated", str(top / "events.jsonl")], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, check=True).stdout
    engine = {(one["line"], one["rule"]) for one in map(json.loads, found.splitlines())}
    reference = set()
    for number, line in enumerate(lines, 1):
        event = sigma_reference.Event(line)
        for rule in loaded:
            if rule.holds(event, event.plain):
                reference.add((number, rule.id))
            coverage.note(rule, event)
    for what, pairs in (("only the engine", engine - reference), ("only the reference", reference - engine)):
        for number, rule_id in sorted(pairs)[:5]:
            print(f"{what}: {rules[int(rule_id[-12:])]}    on {lines[number - 1]}")
    for name in doubtful[:5]:
        reason = next((one["reason"] for one in checked["refused"] if pathlib.Path(one["file"]).stem == name), "")
        print(f"only one of the two refuses ({reason}): {rules[int(name)]}")
    print(f"seed {seed}: {len(loaded)} rules x {len(lines)} events = {len(loaded) * len(lines)} pairs, "
          f"{len(reference)} matches, {len(refused)} rules refused, {len(engine ^ reference)} differences", flush=True)
    return len(engine ^ reference) + len(doubtful) + (0 if reference else 1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("persandian")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--rules", type=int, default=200)
    parser.add_argument("--events", type=int, default=500)
    options = parser.parse_args()
    first, _, last = options.seed.partition("..")
    coverage = Coverage()
    faults = sum(one_seed(options.persandian, seed, options, coverage)
                 for seed in range(int(first), int(last or first) + 1))
    missing = list(coverage.problems())
    for one in missing:
        print(one)
    return 1 if faults or missing else 0


if __name__ == "__main__":
    sys.exit(main())
