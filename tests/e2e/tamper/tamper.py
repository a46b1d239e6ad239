#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every tamper case, by four verifiers: persandian-verify, verify-log.sh, the Go program, the Python program.

    tamper.py --verify PROGRAM --script verify-log.sh --go-source FOLDER [--make-ledger PROGRAM --persandian PROGRAM] [-v]
              [--script-cases N] [--exhaustive] [--only WORD]

Each case starts from a good ledger, changes it, and says what must come out: 1 tampered, 2 not checkable, 0 still valid.
All verifiers that a case names must agree; the script sees at most N cases of each number and expected code (default 3, 0
for all) and those that are marked for it. Exit 0 only when nothing was missed. --exhaustive: every byte of a tiny ledger
also by the Python and the Go program (persandian-verify does that in flips_test.cc).
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import case_list
import cases_history
import cases_notes
import cases_proofs
import cases_records
import ledger_check
import make_ledger
import merkle_check

SMALL, SEGMENT = 18, 256


class Verifiers:
    def __init__(self, arguments, folder):
        self.arguments, self.folder, self.go = arguments, folder, folder / "gocheck"
        self.keys = {"key": make_ledger.Key("log"), "stranger": make_ledger.Key("stranger"), "nobody": cases_notes.Nobody()}
        self.seconds = dict.fromkeys(case_list.ALL, 0.0)
        for name, key in self.keys.items():
            (folder / (name + ".pem")).write_bytes(key.pem())
        environment = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "",
                       "GOCACHE": os.environ.get("GOCACHE", str(folder / "gocache"))}
        sources = sorted(str(path) for path in pathlib.Path(arguments.go_source).glob("*.go"))
        subprocess.run(["go", "build", "-o", self.go, *sources], env=environment, check=True)

    def key_path(self, name):
        return name if name.startswith("/") else str(self.folder / (name + ".pem"))

    def run(self, who, command):
        begin = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
        self.seconds[who] += time.monotonic() - begin
        return done

    def cpp(self, one, path):
        done = self.run("cpp", [self.arguments.verify, path, "--key", self.key_path(one["key"]), "--json", *one["arguments"]])
        try:
            report = json.loads(done.stdout)
        except ValueError:  # no report: it refuses to begin, or it broke
            return (done.returncode if done.returncode == 2 else -1), None, done.stderr
        return (done.returncode if report["exit"] == done.returncode else -1), report.get("first_bad"), done.stdout

    def shell(self, one, path):
        return self.run("shell", ["bash", self.arguments.script, path, self.key_path(one["key"])]).returncode

    def python(self, one, _path):
        begin = time.monotonic()
        try:
            ledger_check.check(one["files"], self.keys[one["key"]].public)
            return 0
        except ledger_check.Tampered:
            return 1
        except ledger_check.Unchecked:
            return 2
        finally:
            self.seconds["python"] += time.monotonic() - begin

    def go_all(self, rows):
        """One process for all folders of one key: {path: code}."""
        codes = {}
        for key in self.keys:
            paths = [str(path) for one, path in rows if one["key"] == key and "go" in one["who"]]
            if not paths:
                continue
            for line in self.run("go", [self.go, self.key_path(key), *paths]).stdout.splitlines():
                path, word, _ = line.split("\t")
                codes[path] = {"VALID": 0, "TAMPERED": 1, "UNVERIFIABLE": 2}[word]
        return codes


def run_case(verifiers, one, path):
    faults, results = [], {}
    if "cpp" in one["who"]:
        code, first_bad, text = verifiers.cpp(one, str(path))
        results["cpp"] = code
        if one["index"] is not None and (first_bad is None or (first_bad["exact"] and first_bad["index"] != one["index"])):
            faults.append(f"first bad record {first_bad}, expected {one['index']}")
        if one["says"] and one["says"] not in text:
            faults.append(f"the report does not say {one['says']!r}")
    if "python" in one["who"] and not one["key"].startswith("/"):
        results["python"] = verifiers.python(one, path)
    if "shell" in one["who"]:
        results["shell"] = verifiers.shell(one, str(path))
    return results, faults


def collect(folder):
    """Fills CASES; returns the good ledger's files."""
    ledger = make_ledger.sample("x", SMALL)
    other = make_ledger.sample("x", SMALL, log="example.go.id/gorontalo/sensor-9")
    big = make_ledger.Ledger("x", segment_records=SEGMENT)
    for number in range(SEGMENT + 20):  # two segments, the second one not full
        big.add_sample(number if number < 2 else 2)
    big.commit()
    good = ledger.files()
    case_list.case(0, "the untouched ledger", good, code=0)
    case_list.case(0, "the untouched ledger of two segments", big.files(), code=0)
    cases_records.bytes_and_framing(good, other.files(), big.files())
    cases_records.json_tricks(good, case_list.rebuild(ledger))
    cases_proofs.tree_and_proofs(ledger, good, other, big.files())
    cases_notes.notes(folder, ledger, good)
    cases_notes.small_order_keys()
    cases_history.history(folder, ledger, good, other)
    cases_history.privacy(ledger, good)
    return good


def thin_out(cases, limit):
    seen = collections.Counter()
    for one in cases:
        if "shell" in one["who"] and not one["script"]:
            seen[one["number"], one["code"]] += 1
            if seen[one["number"], one["code"]] > limit:
                one["who"] = [who for who in one["who"] if who != "shell"]


def judge(arguments, verifiers, folder):
    """Runs all cases; returns the number of those that did not come out as they must."""
    cases = [one for one in case_list.CASES if arguments.only in one["name"]]
    if arguments.script_cases:
        thin_out(cases, arguments.script_cases)
    rows = []
    for number, one in enumerate(cases):
        path = folder / f"case{number:03d}"
        path.mkdir()
        make_ledger.save(one["files"], path)
        rows.append((one, path))
    go_codes = verifiers.go_all(rows)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda row: run_case(verifiers, *row), rows))
    failed, checks = 0, dict.fromkeys(case_list.ALL, 0)
    for (one, path), (results, faults) in zip(rows, outcomes):
        if "go" in one["who"]:
            results["go"] = go_codes.get(str(path))
        for name, code in results.items():
            checks[name] += 1
            if code != one["code"]:
                faults.append(f"{name} says {code}, expected {one['code']}")
        failed += bool(faults)
        if faults or arguments.verbose:
            print(f"{'FAILED' if faults else 'ok    '} ({one['number']}) {one['name']}: {results} {'; '.join(faults)}")
    unseen = [number for number in case_list.TITLES if number not in {one["number"] for one in case_list.CASES}]
    if unseen:
        print("FAILED: no case for", unseen)
        failed += 1
    bad = sum(one["code"] != 0 for one in cases)
    print(f"{len(cases)} cases ({bad} must be refused, {len(cases) - bad} must pass): {failed} not as expected; checks by "
          + ", ".join(f"{name} {count} ({verifiers.seconds[name]:.0f} s)" for name, count in checks.items()))
    return failed


def own_ledger(arguments, verifiers, folder):
    """The project's own ledger is accepted by all, and what is exported from it also; returns the number of faults."""
    path, key = folder / "own", folder / "own.pem"
    subprocess.run([arguments.make_ledger, path, "280"], check=True, capture_output=True)
    shutil.copy(path / "log.pub.pem", key)
    faults = accepted_by_all(verifiers, path, key, "our own writer's ledger", big=True) + saved_heads(verifiers, path, key, folder)
    if not arguments.persandian:
        return faults
    with_values = 6  # an incident with values and evidence
    exported = export(arguments, path, with_values, folder / "exported")
    faults += int(exported != 0) + accepted_by_all(verifiers, folder / "exported", key, "a record exported from it")
    leaves = path / case_list.LEAF
    good = leaves.read_bytes()
    # Case 14 through the program's own readers of tiles: nothing false may come out, whichever hash is forged.
    for forged in (4, 100, 255, 256, 279):
        leaves.write_bytes(good[:32 * forged] + make_ledger.leaf_hash(b"forged") + good[32 * forged + 32:])
        for index in (with_values, forged):
            out = folder / f"exported-{forged}-{index}"
            code = export(arguments, path, index, out)
            one = dict(key=str(key), arguments=[])
            if code == 0 and verifiers.cpp(one, str(out))[0] != 0:
                print(f"FAILED (14) leaf {forged} forged: the export of record {index} succeeds and is not valid")
                faults += 1
    leaves.write_bytes(good)
    return faults


def saved_heads(verifiers, path, key, folder):
    """What --save-head keeps is what --head wants; nothing is kept of a log that is not valid."""
    head, other = folder / "own.head", folder / "other.head"
    one = dict(key=str(key), arguments=["--save-head", str(head)])
    faults = int(verifiers.cpp(one, str(path))[0] != 0 or not head.exists())
    one["arguments"] = ["--head", str(head), "--save-head", str(head)]
    code, _, text = verifiers.cpp(one, str(path))
    faults += int(code != 0 or "head_agrees" not in text)
    entries = path / case_list.ENT
    good = entries.read_bytes()
    entries.write_bytes(good[:400] + b"x" + good[401:])
    one["arguments"] = ["--save-head", str(other)]
    faults += int(verifiers.cpp(one, str(path))[0] != 1 or other.exists())
    entries.write_bytes(good)
    print(f"saved heads: {faults} faults")
    return faults


def export(arguments, ledger, index, out):
    return subprocess.run([arguments.persandian, "log", "export", "-l", ledger, str(index), out], capture_output=True).returncode


def accepted_by_all(verifiers, path, key, what, big=False):
    """`big`: not by the script; second_opinions_test.sh gives it a smaller one."""
    verifiers.keys[str(key)] = type("PublicKey", (), {"public": ledger_check.raw_key(key.read_bytes())})
    one = dict(files=ledger_check.load(path), key=str(key), arguments=[])
    results = {"cpp": verifiers.cpp(one, str(path))[0], "python": verifiers.python(one, path),
               "go": verifiers.run("go", [verifiers.go, key, path]).returncode}
    if not big:
        results["shell"] = verifiers.shell(one, str(path))
    print(f"{what}: {results}")
    return int(any(results.values()))


def published_vectors():
    """The published RFC 6962 vectors, good and bad, by the Python program (by ours: merkle_vectors_test.cc)."""
    root = pathlib.Path(os.environ.get("PERSANDIAN_SHARED_DATA", "")) / "merkle" / "testdata"
    if "PERSANDIAN_SHARED_DATA" not in os.environ or not root.is_dir():
        print("skipped: the published Merkle vectors (PERSANDIAN_SHARED_DATA)")
        return 0
    decode, faults, count = ledger_check.base64.b64decode, 0, 0
    for kind in ("inclusion", "consistency"):
        for path in sorted((root / kind).rglob("*.json")):
            one = json.loads(path.read_text())
            proof = [decode(text) for text in one["proof"] or []]
            if kind == "inclusion":
                good = merkle_check.is_included(one["leafIdx"], one["treeSize"], decode(one["leafHash"]), proof, decode(one["root"]))
            else:
                good = merkle_check.is_consistent(one["size1"], one["size2"], decode(one["root1"]), decode(one["root2"]), proof)
            if good == one["wantErr"]:
                print(f"FAILED (19) vector {path.relative_to(root)}: {one['desc']}")
                faults += 1
            count += 1
    print(f"published Merkle vectors, Python: {count}, {faults} wrong")
    return faults + int(count != 196)


def every_byte(verifiers, folder):
    """Every byte of a tiny ledger, by the Python and the Go program."""
    tiny, missed, tried = make_ledger.sample("x", 6).files(), 0, 0
    for name, data in tiny.items():
        used = len(data.rstrip(b"\0")) + 8 if "/commit." in name else len(data)
        for at in range(min(used, len(data))):
            changed = {**tiny, name: data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]}
            if verifiers.python(dict(files=changed, key="key"), None) == 0:
                missed += 1
                print(f"MISSED by Python: {name} byte {at}")
            tried += 1
    print(f"every byte changed, Python: {tried} changes, {missed} missed")
    make_ledger.save(tiny, folder / "tiny")
    done = verifiers.run("go", [verifiers.go, "-flip", folder / "key.pem", folder / "tiny"])
    print("every byte changed, Go:", done.stdout.strip().splitlines()[-1].split("\t", 1)[1])
    return missed + done.returncode


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--verify", required=True)
    parser.add_argument("--script", required=True)
    parser.add_argument("--go-source", required=True)
    parser.add_argument("--make-ledger", help="the project's own writer: its ledger must be accepted by all")
    parser.add_argument("--persandian", help="what it exports must be accepted by all")
    parser.add_argument("--script-cases", type=int, default=3)
    parser.add_argument("--exhaustive", action="store_true")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("-v", action="store_true", dest="verbose")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        verifiers = Verifiers(arguments, folder)
        collect(folder)
        faults = judge(arguments, verifiers, folder) + published_vectors()
        if arguments.make_ledger:
            faults += own_ledger(arguments, verifiers, folder)
        if arguments.exhaustive:
            faults += every_byte(verifiers, folder)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
