#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Generates rules and events from a seed and compares `persandian match` with the reference.

    sigma_differential.py PERSANDIAN [--seed N] [--rules N] [--events N]

Values of events are made from those of the rules (changed a little), so that about half of the tests
hold. Exits 1 and prints the first differences when the two disagree.
"""
import argparse
import base64
import json
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
try:
    import sigma_reference  # noqa: E402
except ModuleNotFoundError as missing:
    print(f"skipped: {missing} (Debian: python3-yaml)")
    sys.exit(77)

FIELDS = ["a", "b", "c", "d.e", "f g", "list", "ip", "when", "n"]
PIECES = ["foo", "BAR", "Größe", "é", "\\", "\\\\", "*", "?", " ", "-x", "/q", "x", "4624", "", "ПРИВЕТ", "\n", ".exe",
          "C:\\Windows\\", "cmd", "\u212a", "-", "0", "a-b", "100%"]
NETWORKS = ["10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32", "::1/128", "198.51.100.7/32"]
ADDRESSES = ["10.1.2.3", "192.0.2.9", "192.0.3.9", "2001:db8::5", "2001:0db8:0:0:0:0:0:5", "::1", "::ffff:10.1.1.1", "x"]
TIMES = ["2026-02-03T04:05:06Z", "2026-12-31 23:59:59", "2027-01-01", "1770000000", "x", "2024-02-29T00:00:00+07:00"]
REGEXES = ["fo+", "^C:", "exe$", "b.r", "[0-9]{3}", "(foo|cmd)", "x\\b", "^$", "\\\\", "gr.ße", "a.*b"]


def text(chance):
    return "".join(chance.choice(PIECES) for _ in range(chance.randint(0, 4)))


def value(chance):
    kind = chance.random()
    if kind < 0.7:
        return text(chance)
    return chance.choice([1, 4624, 0, -5, 1.5, 2.0, True, False, None, "", "true", "4624", "1"])


def some(chance, make, most=3):
    count = chance.choice([1, 1, 2, most])
    made = [make() for _ in range(count)]
    return made[0] if count == 1 else made


def item(chance):
    field = chance.choice(FIELDS)
    kind = chance.randint(0, 13)
    if kind <= 2:
        return field.replace(" ", ""), some(chance, lambda: value(chance), 6)
    if kind <= 6:
        chain = chance.choice(["contains", "startswith", "endswith", "contains|all", "contains|cased", "cased",
                               "endswith|cased", "contains|neq", "neq", "startswith|all", "windash|contains",
                               "contains|windash", "windash|contains|all"])
        make = (lambda: text(chance) or "x") if chance.random() < 0.9 or "windash" in chain else (lambda: 46)
        return f"{field.replace(' ', '')}|{chain}", some(chance, make, 14)
    if kind == 7:
        chain = chance.choice(["re", "re|i", "re|s", "re|m", "re|i|m", "re|all"])
        return f"{field.replace(' ', '')}|{chain}", some(chance, lambda: chance.choice(REGEXES))
    if kind == 8:
        return "ip|cidr", some(chance, lambda: chance.choice(NETWORKS))
    if kind == 9:
        return f"n|{chance.choice(['lt', 'lte', 'gt', 'gte'])}", chance.choice([0, 1, 1.5, 4624, -5])
    if kind == 10:
        part, numbers = chance.choice([("minute", [0, 5, 59]), ("hour", [0, 4, 23]), ("day", [1, 3, 31]),
                                       ("week", [1, 6, 53]), ("month", [2, 12]), ("year", [2026, 2027])])
        return f"when|{part}", some(chance, lambda: chance.choice(numbers))
    if kind == 11:
        return f"{field.replace(' ', '')}|exists", chance.random() < 0.5
    if kind == 12:
        chain = chance.choice(["fieldref", "fieldref|endswith", "fieldref|startswith", "fieldref|contains",
                               "fieldref|neq", "fieldref|cased"])
        return f"{field.replace(' ', '')}|{chain}", chance.choice(["a", "b", "c", "d.e"])
    chain = chance.choice(["base64offset|contains", "base64|contains", "wide|base64offset|contains", "utf16|base64"])
    return f"a|{chain}", chance.choice(["foobar", "größe", "cmd.exe", "abc"])


def keyword(chance):
    return chance.choice(["foo", "BAR", "4624", "größe", "привет", "cmd*exe", "x?b", "-x"])


def selection(chance):
    kind = chance.random()
    if kind < 0.65:
        return dict(item(chance) for _ in range(chance.randint(1, 3)))
    if kind < 0.85:
        return [dict([item(chance)]) for _ in range(chance.randint(1, 3))]
    if kind < 0.93:
        return [keyword(chance) for _ in range(chance.randint(1, 3))]
    return {"|all": [keyword(chance), keyword(chance)]}


def condition(chance, names):
    def term(depth):
        kind = chance.random()
        if kind < 0.5 or depth > 2:
            return chance.choice(names)
        if kind < 0.6:
            return "not " + term(depth + 1)
        if kind < 0.75:
            return chance.choice(["1 of ", "all of "]) + chance.choice(["sel*", "them", "*_1"])
        return "(" + f" {chance.choice(['and', 'or', 'and not'])} ".join(term(depth + 1) for _ in range(2)) + ")"
    return f" {chance.choice(['and', 'or', 'and not'])} ".join(term(0) for _ in range(chance.randint(1, 3)))


def rule(chance, number):
    names = ["sel_1", "sel_2", "filter_1"][:chance.randint(1, 3)]
    detection = {name: selection(chance) for name in names}
    detection["condition"] = condition(chance, names)
    return {"title": f"rule {number}", "id": f"00000000-0000-4000-8000-{number:012d}",
            "logsource": {"category": "generated"}, "detection": detection}


def encoded(chance, text_value):
    wide = chance.random() < 0.5
    data = text_value.encode("utf-16-le" if wide else "utf-8")
    return base64.b64encode(b"x" * chance.randint(0, 2) + data + b"y" * chance.randint(0, 2)).decode()


def event(chance, seen):
    out = {}
    for field in FIELDS:
        if chance.random() < 0.25:
            continue
        kind = chance.random()
        if field == "ip":
            made = chance.choice(ADDRESSES)
        elif field == "when":
            made = chance.choice(TIMES)
        elif field == "n":
            made = chance.choice([0, 1, 1.5, "1.5", "4624", 4624, -5, "x", None, "", True, 2.0])
        elif kind < 0.5 and seen:
            made = change(chance, chance.choice(seen))
        elif kind < 0.6:
            made = encoded(chance, chance.choice(["foobar", "größe", "cmd.exe", "abc"]))
        else:
            made = value(chance)
        if field == "list" and chance.random() < 0.7:
            made = [made, value(chance)]
        if field == "d.e" and chance.random() < 0.5:
            out.setdefault("d", {})["e"] = made
            continue
        out[field] = made
    return out


def change(chance, seen):
    if not isinstance(seen, str):
        return seen
    seen = seen.replace("*", chance.choice(["", "zz", "\n"])).replace("?", chance.choice(["z", "é", ""]))
    kind = chance.random()
    if kind < 0.3:
        return seen.swapcase()
    if kind < 0.4:
        return "p" + seen + "s"
    if kind < 0.5:
        return seen + "s"
    if kind < 0.6:
        return "p" + seen
    if kind < 0.7:
        return seen.replace("-", chance.choice("/\u2013"))
    return seen


def values_of(rules):
    seen = []

    def walk(body):
        if isinstance(body, dict):
            for inner in body.values():
                walk(inner)
        elif isinstance(body, list):
            for inner in body:
                walk(inner)
        else:
            seen.append(body)

    for one in rules:
        for name, body in one["detection"].items():
            if name != "condition":
                walk(body)
    return seen


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("persandian")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rules", type=int, default=200)
    parser.add_argument("--events", type=int, default=500)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    rules = [rule(chance, number) for number in range(options.rules)]
    with tempfile.TemporaryDirectory() as folder:
        top = pathlib.Path(folder)
        (top / "rules").mkdir()
        for number, one in enumerate(rules):
            (top / "rules" / f"{number:06d}.yml").write_text(
                json.dumps(one, ensure_ascii=False) + "\n", encoding="utf-8")  # JSON is YAML
        checked = json.loads(subprocess.run([options.persandian, "rules", "check", "--json", str(top / "rules")],
                                            stdout=subprocess.PIPE).stdout)
        refused = {pathlib.Path(one["file"]).stem for one in checked["refused"]}
        # The reference reads the same texts, so both know the rules by what YAML says.
        loaded = [one for one in sigma_reference.load([top / "rules"])
                  if f"{int(one['id'][-12:]):06d}" not in refused]
        events = [event(chance, values_of(rules)) for _ in range(options.events)]
        lines = [json.dumps(one, ensure_ascii=chance.random() < 0.5) for one in events]
        (top / "events.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        found = subprocess.run([options.persandian, "match", "-S", str(top / "rules"), "--logsource",
                                "category=generated", str(top / "events.jsonl")], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, check=True).stdout
        engine = {(one["line"], one["rule"]) for one in map(json.loads, found.splitlines())}
        reference = set()
        for number, raw in enumerate(lines, 1):
            made = sigma_reference.Event(json.loads(raw))
            for one in loaded:
                if sigma_reference.rule_holds(one, made, {}):
                    reference.add((number, one["id"]))
    by_id = {one["id"]: one for one in loaded}
    for what, pairs in (("only the engine", engine - reference), ("only the reference", reference - engine)):
        for number, rule_id in sorted(pairs)[:5]:
            print(f"{what}: {json.dumps(by_id[rule_id]['detection'], ensure_ascii=False)}\n"
                  f"    on {lines[number - 1]}")
    pairs = len(loaded) * len(events)
    print(f"seed {options.seed}: {len(loaded)} rules x {len(events)} events = {pairs} pairs, {len(reference)} matches, "
          f"{len(refused)} rules refused, {len(engine ^ reference)} differences")
    for one in checked["refused"][:3] if len(refused) > options.rules // 4 else []:
        print("refused:", one["reason"])
    return 1 if engine ^ reference or not reference else 0


if __name__ == "__main__":
    sys.exit(main())
