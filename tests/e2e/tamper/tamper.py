#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every tamper case, by four verifiers: persandian-verify, verify-log.sh, the Go program, the Python program.

    tamper.py --verify PROGRAM --script verify-log.sh --go-source main.go [--make-ledger PROGRAM] [-v]

Each case starts from a good ledger, changes it, and says what must come out: 1 tampered, 2 not checkable, 0 still valid.
All verifiers that a case names must agree. Exit 0 only when nothing was missed; 77 when Python's cryptography is absent.
"""
import argparse
import concurrent.futures
import copy
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "oracles"))
try:
    import ledger_check
    import make_ledger
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)
from make_ledger import b64, leaf_hash, sha  # noqa: E402

ALL = ("cpp", "python", "go", "shell")
RULES = ("cpp", "python")  # what needs the whole of the record's rules
BASE = "log/00000001/"
ENT, LEAF, IDX = BASE + "seg/00000000.ent", BASE + "seg/00000000.leaf", BASE + "seg/00000000.idx"
LINES = "disclosure/00000001/00000000.jsonl"
CASES = []


def case(number, name, files, code=1, index=None, who=ALL, key="key", arguments=(), says=None):
    CASES.append(dict(number=number, name=name, files=files, code=code, index=index, who=who, key=key,
                      arguments=list(arguments), says=says))


def split(entries):
    out, at = [], 0
    while at < len(entries):
        length = struct.unpack(">H", entries[at:at + 2])[0]
        out.append(entries[at + 2:at + 2 + length])
        at += 2 + length
    return out


def join(records):
    return b"".join(struct.pack(">H", len(r)) + r for r in records)


def with_records(files, records, thorough, segment="00000000"):
    """`thorough`: who changes the records also rewrites the files that derive from them."""
    out, base = dict(files), BASE + "seg/" + segment
    out[base + ".ent"] = join(records)
    if thorough:
        out[base + ".leaf"] = b"".join(map(leaf_hash, records))
        offsets, at = b"", 0
        for i, record in enumerate(records):
            if i % 256 == 0:
                offsets += struct.pack(">Q", at)
            at += 2 + len(record)
        out[base + ".idx"] = offsets
    return out


def with_file(files, name, data):
    return {**files, name: data}


def bytes_and_framing(good, other, big):
    records = split(good[ENT])
    n = len(records)
    both = ((False, ""), (True, ", derived files rewritten"))
    for at in (3, len(good[ENT]) // 2, len(good[ENT]) - 1):  # all of them: flips_test.cc, go -flip, below
        data = bytearray(good[ENT])
        data[at] ^= 4
        case(1, f"flip byte {at} of the entries", with_file(good, ENT, bytes(data)))
    start = len(join(records[:5]))
    for label, length in (("+1", len(records[5]) + 1), ("-1", len(records[5]) - 1), ("0", 0), ("65535", 65535)):
        data = good[ENT][:start] + struct.pack(">H", length) + good[ENT][start + 2:]
        case(2, f"length of record 5: {label}", with_file(good, ENT, data), index=5)
    for label, size, index in (("at a border", start, 5), ("inside a length", start + 1, 5), ("inside a record", start + 9, 5),
                               ("everything", 0, 0), ("the last byte", len(good[ENT]) - 1, n - 1)):
        case(3, f"entries cut {label}", with_file(good, ENT, good[ENT][:size]), index=index)
    case(3, "entries file removed", {k: v for k, v in good.items() if k != ENT}, index=0)
    case(4, "garbage appended", with_file(good, ENT, good[ENT] + b"garbage"), code=2, says="UNSIGNED TAIL")
    forged = records[-1].replace(b'"seq":%d' % (n - 1), b'"seq":%d' % n)
    case(4, "a valid-looking record appended", with_file(good, ENT, good[ENT] + join([forged])), code=2, says="UNSIGNED TAIL")
    case(4, "the same with leaf file", with_records(good, records + [forged], True), code=2, says="UNSIGNED TAIL")
    case(4, "the same in a new segment", {**good, BASE + "seg/00000001.ent": join([forged])}, code=2 if n % 256 == 0 else 2,
         who=("cpp",), says="UNSIGNED TAIL")
    case(4, "a byte appended to the leaf file", with_file(good, LEAF, good[LEAF] + b"\0"))
    for size in (512, 4096):
        data = good[ENT][:512] + b"\0" * size + good[ENT][512 + size:]
        case(5, f"a sector of {size} bytes zeroed", with_file(good, ENT, data[:max(len(good[ENT]), 512 + size)]))
    pair = next((i, j) for i in range(1, n) for j in range(i + 1, n) if len(records[i]) == len(records[j]))
    odd = next((i, j) for i in range(1, n) for j in range(i + 1, n) if len(records[i]) != len(records[j]))
    for thorough, how in both:
        for label, (i, j) in (("equal length", pair), ("other length", odd)):
            swapped = list(records)
            swapped[i], swapped[j] = swapped[j], swapped[i]
            case(6, f"two records swapped, {label}{how}", with_records(good, swapped, thorough), index=i)
        case(7, "a record twice" + how, with_records(good, records[:4] + [records[3]] + records[4:], thorough), index=4)
        case(7, "a record in place of the next" + how, with_records(good, records[:4] + [records[3]] + records[5:], thorough), index=4)
        for label, i in (("first", 0), ("middle", n // 2), ("last", n - 1)):
            case(8, f"{label} record deleted" + how, with_records(good, records[:i] + records[i + 1:], thorough), index=i)
        renamed = [r.replace(b'"seq":%d,' % (i + 1), b'"seq":%d,' % i) if i >= 4 else r
                   for i, r in enumerate(records[:4] + records[5:])]
        case(8, "a record deleted, the others renumbered" + how, with_records(good, renamed, thorough), index=None if thorough else 4)
    # two segments
    first, second = split(big[ENT]), split(big[BASE + "seg/00000001.ent"])
    for thorough, how in both:
        moved = with_records(big, first[:-1], thorough)
        moved = with_records(moved, [first[-1]] + second, thorough, "00000001")
        case(9, "a record moved to the next segment" + how, moved, who=("cpp", "python", "go"), index=255 if thorough else None)
    swapped = dict(big)
    for suffix in (".ent", ".leaf", ".idx"):
        swapped[BASE + "seg/00000000" + suffix], swapped[BASE + "seg/00000001" + suffix] = \
            big[BASE + "seg/00000001" + suffix], big[BASE + "seg/00000000" + suffix]
    case(10, "two segments swapped", swapped, who=("cpp", "python", "go"), index=0)
    missing = {k: v for k, v in big.items() if "seg/00000001" not in k}
    case(10, "a segment removed", missing, who=("cpp", "python", "go"), index=256)
    case(10, "entries of another log of the same key", {**good, **{k: other[k] for k in (ENT, LEAF, IDX)}})
    case(10, "one record of another log of the same key",
         with_records(good, records[:3] + [split(other[ENT])[3]] + records[4:], True), index=3)
    # a record whose leaf hash begins with the same two bytes
    wanted = leaf_hash(records[3])[:2]
    for salt in range(1 << 20):
        twin = records[3].replace(b'"err_ns":-1', b'"err_ns":%d' % salt).replace(b'"err_ns":250000', b'"err_ns":%d' % salt)
        if leaf_hash(twin)[:2] == wanted and twin != records[3]:
            break
    case(11, "a record with the same first bytes of the leaf hash", with_records(good, records[:3] + [twin] + records[4:], True))
    node = leaf_hash(records[0]) + leaf_hash(records[1])
    case(12, "two records replaced by their node (64-byte leaf)", with_records(good, [node] + records[2:], True), index=0)
    case(12, "the same with a leaf file of node hashes",
         with_file(with_records(good, [node] + records[2:], True), LEAF,
                   sha(b"\1" + node) + b"".join(map(leaf_hash, records[2:]))), index=0)


def json_tricks(good, build):
    """First unsigned, then signed by an attacker who has the key: then only the rules of records help."""
    records = split(good[ENT])
    tricks = {
        "duplicate member": lambda r: r[:-1] + b',"kind":"gap"}',
        "duplicate member inside": lambda r: r.replace(b'"coverage":{', b'"coverage":{"a":1,"a":2,').replace(b',}', b'}'),
        "number with fraction": lambda r: r.replace(b'"interval_s":10', b'"interval_s":10.0'),
        "number with exponent": lambda r: r.replace(b'"interval_s":10', b'"interval_s":1e1'),
        "number with leading zero": lambda r: r.replace(b'"interval_s":10', b'"interval_s":010'),
        "number minus zero": lambda r: r.replace(b'"interval_s":10', b'"interval_s":-0'),
        "byte order mark": lambda r: b"\xef\xbb\xbf" + r,
        "invalid UTF-8": lambda r: r[:-1] + b',"x":"\xff"}',
        "overlong UTF-8": lambda r: r[:-1] + b',"x":"\xc0\xaf"}',
        "surrogate in UTF-8": lambda r: r[:-1] + b',"x":"\xed\xa0\x80"}',
        "half a surrogate pair escaped": lambda r: r[:-1] + b',"x":"\\ud800"}',
        "NUL inside": lambda r: r[:-1] + b',"x":"\x00"}',
        "NUL at the end": lambda r: r + b"\0",
        "line feed at the end": lambda r: r + b"\n",
        "blank between members": lambda r: r.replace(b',"interval_s"', b', "interval_s"'),
        "two objects": lambda r: r + b"{}",
        "too deep": lambda r: r[:-1] + b',"x":' + b"[" * 500 + b"]" * 500 + b"}",
        "members in another order": lambda r: r.replace(b'{"v":1,"kind":"heartbeat",', b'{"kind":"heartbeat","v":1,'),
        "name written with an escape": lambda r: r.replace(b'"interval_s"', b'"interval\\u005fs"'),
        "seq of another place": lambda r: r.replace(b'"seq":3,', b'"seq":4,'),
        "another log": lambda r: r.replace(b"sensor-1", b"sensor-2"),
        "mono backwards": lambda r: r[:r.index(b'"mono":')] + b'"mono":1' + r[r.index(b',"clk"'):],
        "not JSON at all": lambda r: b"hello",
        "empty record": lambda r: b"",
        "a second genesis": lambda r: r.replace(b'"kind":"heartbeat"', b'"kind":"genesis"'),
    }
    for name, trick in tricks.items():
        bad = trick(records[3])
        assert bad != records[3], name
        case(13, name, with_records(good, records[:3] + [bad] + records[4:], True))
        who = RULES if name != "name written with an escape" else ("cpp",)
        case(13, name + ", signed with the key", build(records[:3] + [bad] + records[4:]), index=3, who=who)
    homoglyph = records[3].replace(b"heartbeat", "heartbe\u0430t".encode())
    case(13, "homoglyph", with_records(good, records[:3] + [homoglyph] + records[4:], True))


def tree_and_proofs(ledger, good, other):
    records = split(good[ENT])
    forged = bytearray(good[LEAF])
    forged[32 * 4:32 * 5] = leaf_hash(b"forged")
    case(14, "one forged hash in the leaf file", with_file(good, LEAF, bytes(forged)), index=4)
    case(14, "forged record with its forged leaf hash", with_records(good, records[:4] + [b"forged"] + records[5:], True), index=4)
    case(14, "leaf file of zeros", with_file(good, LEAF, bytes(len(good[LEAF]))), index=0)
    case(14, "leaf file removed", {k: v for k, v in good.items() if k != LEAF})
    case(14, "index file points elsewhere", with_file(good, IDX, struct.pack(">Q", 2)))
    bundle = ledger.bundle(5)
    case(0, "the untouched bundle", bundle, code=0)
    proof = bundle["record.tlog-proof"]
    head, note = proof.split(b"\n\n", 1)
    lines = head.split(b"\n")
    zero = b64(bytes(32)).encode()

    def proven(index, hashes, **changes):
        out = dict(bundle)
        out["record.tlog-proof"] = b"\n".join([b"c2sp.org/tlog-proof@v1", b"index " + index] + hashes) + b"\n\n" + note
        out.update(changes)
        return out
    hashes = lines[2:]
    for name, changed in {"extra": hashes + [zero], "extra first": [zero] + hashes, "missing last": hashes[:-1], "missing first": hashes[1:],
                          "none": [], "swapped": hashes[1:2] + hashes[:1] + hashes[2:], "zero": hashes[:1] + [zero] + hashes[2:],
                          "doubled": hashes + hashes, "reversed": hashes[::-1],
                          "64 of them": (hashes * 20)[:64], "one short hash": hashes[:-1] + [b"AAAA"]}.items():
        case(15, "proof: " + name, proven(b"5", changed))
    size = len(records)
    for index in (4, 6, 5 ^ 2, 5 ^ 8, 10, 2, 0, size, size + 5, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 1):
        case(16, f"index {index} for 5", proven(b"%d" % index, hashes))
    for index in (b"-1", b"05", b"+5", b"5 ", b"", b"0x5", b"99999999999999999999"):
        case(19, f"index spelled {index.decode()!r}", proven(index, hashes))
    case(17, "another record's bytes", proven(b"5", hashes, **{"record.json": records[6]}))
    case(17, "record changed", proven(b"5", hashes, **{"record.json": bundle["record.json"].replace(b"203.", b"204.") + b" "}))
    foreign = dict(bundle)
    their = other.bundle(5)
    foreign["record.tlog-proof"], foreign["checkpoint"] = their["record.tlog-proof"], their["checkpoint"]
    case(18, "proof of another log", foreign)
    case(18, "checkpoint file of another log", {**bundle, "checkpoint": their["checkpoint"]})
    left, right = leaf_hash(records[4]), leaf_hash(records[5])
    case(12, "bundle: an inner node passed off as the record", proven(b"2", hashes[1:], **{"record.json": left + right}))
    for name in ("log.pub.pem", "log.vkey"):
        data = bytearray(bundle[name])
        data[40] ^= 1
        case(1, f"bundle: {name} changed", {**bundle, name: bytes(data)})


def notes(ledger, good):
    """Each note stands in the newest slot with a right checksum."""
    origin, key, size = ledger.origin, ledger.key, ledger.tree.size
    text = make_ledger.checkpoint_text(origin, size, ledger.tree.root())
    good_line, stranger = key.note_line(origin, text), make_ledger.Key("stranger")
    sequence = len(ledger.commits)
    name = BASE + "commit." + "ba"[sequence % 2]

    def slot(note):
        note = note if isinstance(note, bytes) else note.encode()
        body = b"PSDCMT01" + struct.pack(">QI", sequence, len(note)) + note
        return with_file(good, name, (body + struct.pack(">I", make_ledger.crc32c(body))).ljust(16384, b"\0"))

    def signed(changed, signer=key, line_name=None):
        return slot(changed + "\n" + signer.note_line(line_name or changed.split("\n")[0], changed))
    ident = make_ledger.key_id(origin, key.public)

    def raw_line(line_name, blob):
        return f"\u2014 {line_name} {b64(blob)}\n"
    signature = key.private.sign(text.encode())
    case(0, "the untouched slot, built again", slot(text + "\n" + good_line), code=0)
    for size_text in (size * 2, size // 2, size + 1, size - 1, 0, 1 << 62, (1 << 63) - 1, 1 << 63, 1 << 64):
        case(16 if size_text < 1 << 60 else 19, f"size {size_text}, signed with the key",
             signed(text.replace(f"\n{size}\n", f"\n{size_text}\n")))
        case(16, f"size {size_text}, old signature", slot(text.replace(f"\n{size}\n", f"\n{size_text}\n") + "\n" + good_line))
    case(17, "another root, signed with the key", signed(make_ledger.checkpoint_text(origin, size, sha(b"x"))))
    case(17, "root of the older slot", signed(make_ledger.checkpoint_text(origin, size, make_ledger.root_of([leaf_hash(r) for r in ledger.records[:16]]))))
    other_origin = text.replace("sensor-1", "sensor-2")
    case(20, "other origin, same key", signed(other_origin))
    case(20, "other generation in the origin", signed(text.replace("/00000001", "/00000002")))
    case(21, "key id of ours, signature of a stranger", slot(text + "\n" + raw_line(origin, ident + stranger.private.sign(text.encode()))))
    case(22, "a bad line of our key after a good one", slot(text + "\n" + good_line + raw_line(origin, ident + bytes(64))),
         who=("cpp", "python", "shell"))  # Go's note looks at the first line of a key only
    case(22, "a bad line of our key before a good one", slot(text + "\n" + raw_line(origin, ident + bytes(64)) + good_line))
    case(23, "CRLF", slot((text + "\n" + good_line).replace("\n", "\r\n")))
    case(23, "no line feed at the end", slot((text + "\n" + good_line)[:-1]))
    case(23, "second blank line", slot(text + "\n\n" + good_line))
    case(23, "blank line at the end", slot(text + "\n" + good_line + "\n"))
    case(23, "leading zero in the size", signed(text.replace(f"\n{size}\n", f"\n0{size}\n")))
    case(23, "extension line", signed(text + "extension\n"))
    case(23, "blank before the size", signed(text.replace(f"\n{size}\n", f"\n {size}\n")))
    case(23, "unused bits in the signature's base64", slot(text + "\n" + good_line[:-3] + chr(ord(good_line[-3]) + 1) + good_line[-2:]))
    case(23, "base64 without padding", slot(text + "\n" + good_line.rstrip("=\n") + "\n"))
    case(23, "tab for a blank", slot(text + "\n" + good_line.replace(" ", "\t")))
    case(23, "hyphen for the dash", slot(text + "\n" + good_line.replace("\u2014", "-")))
    case(23, "control character", slot(text + "\n" + good_line + "\u2014 a\x01b " + b64(bytes(68)) + "\n"))
    for count in (0, 1, 15, 16, 40):
        extra = "".join(stranger.note_line(f"w{i}", text) for i in range(count))
        case(24, f"{count} foreign lines and ours", slot(text + "\n" + extra + good_line), code=0)
        case(28, f"{count} foreign lines and not ours", slot(text + "\n" + extra))
    case(24, "150 signature lines", slot(text + "\n" + "".join(f"\u2014 w{i} {b64(bytes(5))}\n" for i in range(150)) + good_line),
         who=("cpp", "python", "go"))
    order = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(signature[32:], "little")
    case(25, "S + L", slot(text + "\n" + raw_line(origin, ident + signature[:32] + (s + order).to_bytes(32, "little"))))
    case(25, "signature of zeros", slot(text + "\n" + raw_line(origin, ident + bytes(64))))
    case(25, "signature cut", slot(text + "\n" + raw_line(origin, ident + signature[:63])))
    case(25, "signature with a byte more", slot(text + "\n" + raw_line(origin, ident + signature + b"\0")))
    case(26, "our signature offered as a cosignature", slot(text + "\n" + key.note_line(origin, text, 4)))
    cosigned = struct.pack(">Q", 1786760000) + key.private.sign(f"cosignature/v1\ntime 1786760000\n{text}".encode())
    case(26, "a cosignature offered as our signature", slot(text + "\n" + raw_line(origin, ident + cosigned)))
    case(26, "a cosignature alone", slot(text + "\n" + raw_line(origin, make_ledger.key_id(origin, key.public, 4) + cosigned)))
    case(28, "signed by a stranger only", slot(text + "\n" + stranger.note_line(origin, text)))


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
    case(36, "a fork, against the other's head", good, who=("cpp",), arguments=["--head", str(forked)])
    case(39, "the log removed", {k: v for k, v in good.items() if not k.startswith("log/")}, code=2)
    case(42, "no checkpoint at all, records there", slots, code=None)
    case(43, "a wrong key", good, key="stranger")
    case(43, "whole log rebuilt with another key", make_ledger.sample("x", 18, key=make_ledger.Key("stranger")).files())
    second = make_ledger.Ledger("x", generation=2, previous='{"origin":"%s","size":%d,"root":"%s"},"reason":"lost"' % (
        ledger.origin, ledger.tree.size, b64(ledger.tree.root())))
    second.add_sample(0)
    second.commit()
    two = {**good, **second.files()}
    case(0, "two generations", two, code=0)
    case(39, "the first generation removed", {k: v for k, v in two.items() if not k.startswith("log/00000001/")})
    lying = make_ledger.Ledger("x", generation=2, previous='{"origin":"%s","size":%d,"root":"%s"},"reason":"lost"' % (
        ledger.origin, ledger.tree.size - 1, b64(ledger.tree.root())))
    lying.commit()
    case(39, "the second names another end of the first", {**good, **lying.files()}, who=("cpp",))
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
    case(51, "a value nobody committed to", disclosed(lines[:at] + [lines[at]] + lines[at:]), index=seq)
    case(52, "a value moved to another record", disclosed(lines[:at] + [lines[at].replace(b'"seq":%d' % seq, b'"seq":%d' % (seq + 1))] + lines[at + 1:]))
    case(52, "lines out of order", disclosed(lines[1:] + lines[:1]))
    case(51, "a line that is not one", disclosed(lines + [b"hello"]))
    case(51, "a blank in a line", disclosed(lines[:at] + [lines[at].replace(b',"path"', b', "path"')] + lines[at + 1:]))
    case(51, "the same value in another spelling", disclosed(lines[:at] + [lines[at].replace(b"203", b"\\u00320" b"3")] + lines[at + 1:]),
         who=("cpp", "python", "go"))
    case(51, "no line feed at the end", with_file(good, LINES, good[LINES][:-1]))
    case(51, "for a record beyond the log", disclosed(lines + [lines[-1].replace(lines[-1].split(b",")[0], b'{"seq":999')]), code=2,
         who=("cpp", "python", "go"))
    case(54, "one value redacted: still valid", disclosed(lines[:at] + lines[at + 1:]), code=0)
    case(54, "all values redacted: still valid", {k: v for k, v in good.items() if k != LINES}, code=0)
    evidence = sorted(k for k in good if k.startswith("evidence/"))
    case(56, "two evidence files exchanged", {**good, evidence[0]: good[evidence[1]], evidence[1]: good[evidence[0]]})
    case(56, "evidence cut", {**good, evidence[0]: good[evidence[0]][:-1]})
    case(56, "evidence emptied", {**good, evidence[0]: b""})
    case(56, "evidence removed: reported, not hidden", {k: v for k, v in good.items() if k != evidence[0]}, code=0, says="MISSING")


def rebuild(source):
    """Files of a ledger with these records, signed with the log's key: what its holder could write."""
    def build(records):
        ledger = copy.copy(source)
        ledger.records, ledger.tree, ledger.commits = list(records), make_ledger.Tree(), []
        for record in records:
            ledger.tree.append(leaf_hash(record))
        ledger.commit()
        return ledger.files()
    return build


class Verifiers:
    def __init__(self, arguments, folder):
        self.arguments, self.folder, self.go = arguments, folder, None
        self.keys = {"key": make_ledger.Key("log"), "stranger": make_ledger.Key("stranger")}
        for name, key in self.keys.items():
            (folder / (name + ".pem")).write_bytes(key.pem())
        if arguments.go_source and shutil.which("go"):
            self.go = folder / "gocheck"
            environment = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "",
                           "GOCACHE": os.environ.get("GOCACHE", str(folder / "gocache"))}
            built = subprocess.run(["go", "build", "-o", self.go, arguments.go_source], env=environment, capture_output=True, text=True)
            if built.returncode:
                print("skipped: Go:", built.stderr.strip().splitlines()[-1:])
                self.go = None

    def key_path(self, name):
        return name if name.startswith("/") else str(self.folder / (name + ".pem"))

    def cpp(self, one, path):
        done = subprocess.run([self.arguments.verify, path, "--key", self.key_path(one["key"]), "--json", *one["arguments"]],
                              capture_output=True, text=True)
        report = json.loads(done.stdout)
        assert report["exit"] == done.returncode, report
        return done.returncode, report.get("first_bad"), done.stdout

    def shell(self, one, path):
        return subprocess.run(["bash", self.arguments.script, path, self.key_path(one["key"])], capture_output=True).returncode

    def python(self, one, _path):
        try:
            ledger_check.check(one["files"], self.keys[one["key"]].public)
        except ledger_check.Tampered:
            return 1
        except ledger_check.Unchecked:
            return 2
        return 0

    def go_all(self, rows):
        """One process for all folders of one key: {path: code}."""
        codes = {}
        for key in ("key", "stranger"):
            paths = [str(path) for one, path in rows if one["key"] == key and "go" in one["who"]]
            if self.go and paths:
                done = subprocess.run([self.go, self.key_path(key), *paths], capture_output=True, text=True)
                for line in done.stdout.splitlines():
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


def python_flips(files, key):
    """Every byte of a tiny ledger, by the Python program, in memory."""
    tried = missed = 0
    for name, data in files.items():
        used = len(data.rstrip(b"\0")) + 8 if "/commit." in name else len(data)
        for at in range(min(used, len(data))):
            changed = bytearray(data)
            changed[at] ^= 1
            try:
                ledger_check.check({**files, name: bytes(changed)}, key)
                missed += 1
                print(f"MISSED by Python: {name} byte {at}")
            except (ledger_check.Tampered, ledger_check.Unchecked):
                pass
            tried += 1
    return tried, missed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--verify", required=True)
    parser.add_argument("--script", required=True)
    parser.add_argument("--go-source")
    parser.add_argument("--make-ledger", help="the project's own writer: its ledger must be accepted by all")
    parser.add_argument("-v", action="store_true", dest="verbose")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        return run(arguments, pathlib.Path(temporary))


def run(arguments, folder):
    verifiers = Verifiers(arguments, folder)
    ledger, other = make_ledger.sample("x", 18), make_ledger.sample("x", 18, log="example.go.id/gorontalo/sensor-9")
    big = make_ledger.Ledger("x", segment_records=256)
    for number in range(600):
        big.add_sample(number if number < 2 else 2)
    big.commit()
    good = ledger.files()
    case(0, "the untouched ledger", good, code=0)
    case(0, "the untouched ledger of three segments", big.files(), code=0, who=("cpp", "python", "go"))
    bytes_and_framing(good, other.files(), big.files())
    json_tricks(good, rebuild(ledger))
    tree_and_proofs(ledger, good, other)
    notes(ledger, good)
    history(folder, ledger, good, other)
    privacy(ledger, good)
    rows = []
    for number, one in enumerate(CASES):
        path = folder / f"case{number:03d}"
        path.mkdir()
        make_ledger.save(one["files"], path)
        rows.append((one, path))
    go_codes = verifiers.go_all(rows)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda row: run_case(verifiers, *row), rows))
    failed = 0
    checks = dict.fromkeys(ALL, 0)
    for (one, path), (results, faults) in zip(rows, outcomes):
        if str(path) in go_codes:
            results["go"] = go_codes[str(path)]
        for name, code in results.items():
            checks[name] += 1
            if (one["code"] is None and code == 0) or (one["code"] is not None and code != one["code"]):
                faults.append(f"{name} says {code}, expected {one['code'] if one['code'] is not None else '1 or 2'}")
        failed += bool(faults)
        if faults or arguments.verbose:
            print(f"{'FAILED' if faults else 'ok    '} ({one['number']}) {one['name']}: {results} {'; '.join(faults)}")
    tiny = make_ledger.sample("x", 6).files()
    tried, missed = python_flips(tiny, verifiers.keys["key"].public)
    print(f"every byte changed, Python: {tried} changes, {tried - missed} detected")
    if verifiers.go:
        make_ledger.save(tiny, folder / "tiny")
        done = subprocess.run([verifiers.go, "-flip", folder / "key.pem", folder / "tiny"], capture_output=True, text=True)
        print("every byte changed, Go:", done.stdout.strip().splitlines()[-1].split("\t", 1)[1])
        missed += done.returncode
    failed += own_writer(arguments, verifiers, folder)
    bad = sum(one["code"] != 0 for one in CASES)
    print(f"{len(CASES)} cases ({bad} must be refused, {len(CASES) - bad} must pass): {len(CASES) - failed} as expected; checks by "
          + ", ".join(f"{name} {count}" for name, count in checks.items()))
    return 1 if failed or missed else 0


def own_writer(arguments, verifiers, folder):
    """The project's own ledger, accepted by all; returns the number of faults."""
    if not arguments.make_ledger:
        return 0
    path = folder / "own"
    subprocess.run([arguments.make_ledger, path, "40"], check=True, capture_output=True)
    key = folder / "own.pem"
    shutil.copy(path / "log.pub.pem", key)
    verifiers.keys[str(key)] = type("PublicKey", (), {"public": ledger_check.raw_key(key.read_bytes())})
    one = dict(files=ledger_check.load(path), key=str(key), arguments=[])
    results = {"cpp": verifiers.cpp(one, str(path))[0], "python": verifiers.python(one, path), "shell": verifiers.shell(one, str(path))}
    if verifiers.go:
        results["go"] = subprocess.run([verifiers.go, key, path], capture_output=True).returncode
    print("our own writer's ledger:", results)
    return int(any(results.values()))


if __name__ == "__main__":
    sys.exit(main())
