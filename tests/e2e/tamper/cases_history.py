# SPDX-License-Identifier: Apache-2.0
"""Tamper cases 29 to 56: history, keys, values, evidence."""
import base64
import copy
import struct

import make_ledger
from case_list import ENT, IDX, LEAF, LINES, case, rebuild, with_file
from make_ledger import b64, leaf_hash


def history(folder, ledger, good, other):
    older, newer = [k for k in good if "/commit." in k]
    part = make_ledger.sample("x", 18)  # the same log, earlier: 18 records and the checkpoint of 16
    earlier = copy.deepcopy(part)
    earlier.records, earlier.commits = part.records[:17], part.commits[:1]
    earlier.tree = make_ledger.Tree()
    for record in earlier.records:
        earlier.tree.append(leaf_hash(record))
    earlier.disclosures = [d for d in part.disclosures if d[0] < 17]
    earlier.commits = [part.commits[0]]
    rolled = earlier.files()
    saved = folder / "saved.head"
    saved.write_bytes(ledger.commits[-1])
    old = folder / "old.head"
    old.write_bytes(ledger.commits[0])
    forked = folder / "forked.head"
    fork = make_ledger.Ledger("x")
    fork.add_sample(2)
    fork.commit()
    forked.write_bytes(fork.commits[-1])
    case(29, "cut back to an old checkpoint, no saved head: cannot be known, and the report says so", rolled, code=0,
         says="CANNOT be known")
    case(29, "the same with a saved head", rolled, who=("cpp",), arguments=["--head", str(saved)], index=17)
    case(30, "saved head older than the log", good, code=0, who=("cpp",), arguments=["--head", str(old)])
    case(30, "two saved heads, one newer", rolled, who=("cpp",), arguments=["--head", str(old), "--head", str(saved)])
    slots = {k: v for k, v in good.items() if "/commit." not in k}
    case(31, "only the slots put back", {**slots, **{k: v for k, v in rolled.items() if "/commit." in k}}, code=2, says="UNSIGNED TAIL")
    case(31, "only the entries put back", {**good, ENT: rolled[ENT], LEAF: rolled[LEAF], IDX: rolled[IDX], LINES: rolled[LINES]}, index=17)
    case(31, "the older slot emptied", {**good, older: bytes(16384)})
    case(31, "the newer slot removed: records beyond the older one", {k: v for k, v in good.items() if k != newer}, code=2,
         says="UNSIGNED TAIL")
    case(31, "the slots exchanged", {**good, older: good[newer], newer: good[older]})
    records = list(ledger.records)
    records[5] = records[5].replace(b'"interval_s":10', b'"interval_s":11')
    assert records != ledger.records
    rewritten = rebuild(ledger)(records)
    case(34, "rewritten with the key, no saved head: cannot be known, and the report says so", rewritten, code=0, says="CANNOT be known")
    for head, code in ((saved, 1), (old, 1)):
        case(34, f"rewritten with the key, {head.stem} head", rewritten, code=code, who=("cpp",), arguments=["--head", str(head)])
    case(35, "whole history rebuilt with the key, saved head", fork.files(), who=("cpp",), arguments=["--head", str(saved)])
    case(36, "a fork, against the other's head", good, who=("cpp",), arguments=["--head", str(forked)])
    case(39, "the log removed", {k: v for k, v in good.items() if not k.startswith("log/")}, code=2)
    case(42, "no checkpoint at all, records there", slots, code=2)
    case(43, "a wrong key", good, key="stranger")
    case(43, "whole log rebuilt with another key", make_ledger.sample("x", 18, key=make_ledger.Key("stranger")).files())
    generations(folder, ledger, good)


def generations(folder, ledger, good):
    second = make_ledger.Ledger("x", generation=2, previous='{"origin":"%s","size":%d,"root":"%s"},"reason":"lost"' % (
        ledger.origin, ledger.tree.size, b64(ledger.tree.root())))
    second.add_sample(0)
    second.commit()
    two = {**good, **second.files()}
    case(0, "two generations", two, code=0)
    case(39, "the first generation removed", {k: v for k, v in two.items() if not k.startswith("log/00000001/")}, script=True)
    lying = make_ledger.Ledger("x", generation=2, previous='{"origin":"%s","size":%d,"root":"%s"},"reason":"lost"' % (
        ledger.origin, ledger.tree.size - 1, b64(ledger.tree.root())))
    lying.commit()
    case(39, "the second names another end of the first", {**good, **lying.files()})
    silent = make_ledger.Ledger("x", generation=2)
    silent.commit()
    case(39, "the second names no generation before", {**good, **silent.files()})
    elsewhere = make_ledger.Ledger("x", generation=2, log="example.go.id/gorontalo/sensor-9", previous='{"origin":"%s","size":%d,"root":"%s"},"reason":"lost"' % (
        ledger.origin, ledger.tree.size, b64(ledger.tree.root())))
    elsewhere.commit()
    case(20, "the second generation is of another log, same key", {**good, **elsewhere.files()})
    before = make_ledger.Ledger("x", previous='{"origin":"%s","size":%d,"root":"%s"},"reason":"lost"' % (
        ledger.origin, ledger.tree.size, b64(ledger.tree.root())))
    before.commit()
    case(39, "the first generation names one before it", before.files())
    vkey = folder / "second.vkey"
    vkey.write_text(ledger.key.vkey(second.origin) + "\n")
    case(39, "the latest generation removed, key file knows it", good, who=("cpp",), key=str(vkey))


def privacy(ledger, good):
    lines = good[LINES].split(b"\n")[:-1]

    def disclosed(changed):
        return with_file(good, LINES, b"".join(line + b"\n" for line in changed))
    at = next(i for i, line in enumerate(lines) if b'"value":"203.' in line)
    seq = int(lines[at].split(b":")[1].split(b",")[0])
    case(51, "another value", disclosed(lines[:at] + [lines[at].replace(b"203.0", b"204.0")] + lines[at + 1:]), index=seq)
    salt = lines[at].split(b'"salt":"')[1][:32]
    case(51, "another salt", disclosed(lines[:at] + [lines[at].replace(salt, salt[::-1])] + lines[at + 1:]), index=seq)
    case(51, "salt in capitals", disclosed(lines[:at] + [lines[at].replace(salt, salt.upper())] + lines[at + 1:]))
    case(51, "another path", disclosed(lines[:at] + [lines[at].replace(b"entity/0", b"entity/1")] + lines[at + 1:]), index=seq)
    case(51, "a value nobody committed to", disclosed(lines[:at] + [lines[at]] + lines[at:]), index=seq, script=True)
    case(52, "a value moved to another record", disclosed(lines[:at] + [lines[at].replace(b'"seq":%d' % seq, b'"seq":%d' % (seq + 1))] + lines[at + 1:]))
    case(52, "lines out of order", disclosed(lines[1:] + lines[:1]), script=True)
    case(51, "a line that is not one", disclosed(lines + [b"hello"]))
    case(51, "a blank in a line", disclosed(lines[:at] + [lines[at].replace(b',"path"', b', "path"')] + lines[at + 1:]))
    case(51, "the same value in another spelling", disclosed(lines[:at] + [lines[at].replace(b"203", b"\\u00320" b"3")] + lines[at + 1:]), script=True)
    case(51, "the same value, a letter as \\x", disclosed(lines[:at] + [lines[at].replace(b"203", b"\\x3203")] + lines[at + 1:]))
    coded = next(i for i, line in enumerate(lines) if b'"value_b64"' in line)
    case(51, "a value in base64 with unused bits", disclosed(lines[:coded] + [lines[coded].replace(b"//4=", b"//5=")] + lines[coded + 1:]))
    case(51, "a text in base64", disclosed(lines[:at] + [lines[at][:lines[at].index(b'"value"')] + b'"value_b64":"%s"}' % base64.b64encode(
        lines[at].split(b'"value":"')[1][:-2])] + lines[at + 1:]))
    case(51, "a zero byte in a value", disclosed(lines[:at] + [lines[at].replace(b"203.", b"203.\0")] + lines[at + 1:]), script=True)
    case(51, "a control character in a value", disclosed(lines[:at] + [lines[at].replace(b"203.", b"203.\x01")] + lines[at + 1:]))
    case(51, "invalid UTF-8 in a value", disclosed(lines[:at] + [lines[at].replace(b"203.", b"203.\xff")] + lines[at + 1:]))
    case(51, "a carriage return at the end of a line", disclosed(lines[:at] + [lines[at] + b"\r"] + lines[at + 1:]))
    case(51, "no line feed at the end", with_file(good, LINES, good[LINES][:-1]))
    case(51, "for a record beyond the log", disclosed(lines + [lines[-1].replace(lines[-1].split(b",")[0], b'{"seq":999')]), code=2)
    case(52, "the last value renumbered beyond the log", disclosed(lines[:-1] + [lines[-1].replace(lines[-1].split(b",")[0], b'{"seq":999')]), code=2)
    case(52, "a value renumbered beyond the log", disclosed(lines[:at] + [lines[at].replace(b'"seq":%d' % seq, b'"seq":999')] + lines[at + 1:]))
    case(53, "one value redacted: still valid", disclosed(lines[:at] + lines[at + 1:]), code=0)
    case(54, "all values redacted: still valid", {k: v for k, v in good.items() if k != LINES}, code=0)
    evidence = sorted(k for k in good if k.startswith("evidence/"))
    case(56, "two evidence files exchanged", {**good, evidence[0]: good[evidence[1]], evidence[1]: good[evidence[0]]})
    case(56, "evidence cut", {**good, evidence[0]: good[evidence[0]][:-1]})
    case(56, "evidence emptied", {**good, evidence[0]: b""})
    case(56, "evidence with a byte more", {**good, evidence[0]: good[evidence[0]] + b"x"})
    case(56, "evidence removed: not a pass", {k: v for k, v in good.items() if k != evidence[0]}, code=2, says="evidence_absent")
    case(56, "all evidence removed: not a pass", {k: v for k, v in good.items() if not k.startswith("evidence/")}, code=2)
    case(56, "evidence removed and a record changed", with_file({k: v for k, v in good.items() if k != evidence[0]}, ENT,
                                                               good[ENT].replace(b'"interval_s":10', b'"interval_s":11')))
    case(44, "index file points to another record", with_file(good, IDX, struct.pack(">Q", len(good[ENT]) // 2)))
    case(44, "index file emptied", with_file(good, IDX, b""))
