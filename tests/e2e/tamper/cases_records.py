# SPDX-License-Identifier: Apache-2.0
"""Tamper cases 1 to 13: bytes, framing, records."""
import struct

from case_list import ALL, BASE, ENT, IDX, LEAF, LINES, QUICK, RULES, case, join, split, with_file, with_records
from make_ledger import leaf_hash, sha


def bytes_and_framing(good, other, big):
    changed_bytes(good)
    value_lines(good)
    appended(good)
    moved_records(good)
    segments_and_logs(good, other, big)


def changed_bytes(good):
    for name in good:
        for at in (3, len(good[name]) // 2, len(good[name]) - 1):
            data = bytearray(good[name])
            data[at] ^= 4
            case(1, f"byte {at} of {name.split('/')[-1][:12]}", with_file(good, name, bytes(data)),
                 who=ALL if at == len(good[name]) // 2 else QUICK)
    records = split(good[ENT])
    start = len(join(records[:5]))
    for label, length in (("+1", len(records[5]) + 1), ("-1", len(records[5]) - 1), ("0", 0), ("65535", 65535)):
        data = good[ENT][:start] + struct.pack(">H", length) + good[ENT][start + 2:]
        case(2, f"length of record 5: {label}", with_file(good, ENT, data), index=5)
    for label, size, index in (("at a border", start, 5), ("inside a length", start + 1, 5), ("inside a record", start + 9, 5),
                               ("everything", 0, 0), ("the last byte", len(good[ENT]) - 1, len(records) - 1)):
        case(3, f"entries cut {label}", with_file(good, ENT, good[ENT][:size]), index=index)
    for name in (LEAF, IDX, BASE + "commit.a", BASE + "commit.b", "log.pub.pem", "log.vkey"):
        case(3, f"{name.split('/')[-1]} cut", with_file(good, name, good[name][:-1]))
    case(3, "entries file removed", {k: v for k, v in good.items() if k != ENT}, index=0)
    for size in (512, 4096):
        slot, data = BASE + "commit.a", good[ENT][:512] + b"\0" * size + good[ENT][512 + size:]
        case(5, f"a sector of {size} bytes of a slot zeroed", with_file(good, slot, bytes(size) + good[slot][size:]))
        case(5, f"a sector of {size} bytes zeroed", with_file(good, ENT, data[:max(len(good[ENT]), 512 + size)]))


def value_lines(good):
    """The file of disclosed values, cut and continued."""
    lines, n = good[LINES], len(split(good[ENT]))
    last = lines.rindex(b"\n", 0, -1) + 1
    case(3, "last value cut off whole", with_file(good, LINES, lines[:last]), code=0)
    case(3, "last value cut inside its number", with_file(good, LINES, lines[:last + 8]), code=2, says="UNSIGNED TAIL")
    case(3, "last value cut before its number", with_file(good, LINES, lines[:last + 3]), code=2, says="UNSIGNED TAIL")
    case(3, "last value cut inside", with_file(good, LINES, lines[:last + 40]))
    case(3, "last value cut behind its number", with_file(good, LINES, lines[:lines.index(b",", last) + 1]))
    case(3, "last value without its line feed", with_file(good, LINES, lines[:-1]))
    begun = lines[last:].replace(lines[last:lines.index(b",", last)], b'{"seq":%d' % (n + 1))
    for label, tail in (("a value beyond the log", begun), ("a value beyond the log, torn", begun[:40]), ("zeros", bytes(900)),
                        ("a value beyond the log, torn, then zeros", begun[:40] + bytes(900)), ("the number of a record", b'{"seq":%d' % (n - 1))):
        case(4, f"values: {label}", with_file(good, LINES, lines + tail), code=2, says="UNSIGNED TAIL")
    for label, tail in (("garbage", b"garbage"), ("a line of garbage", b"garbage\n"), ("an empty line", b"\n"), ("zeros and a line feed", bytes(9) + b"\n"),
                        ("a torn line of a signed record", b'{"seq":%d,"pa' % (n - 1)), ("number 0", b'{"seq":0')):
        case(4, f"values: {label}", with_file(good, LINES, lines + tail))
    case(4, "values: a signed record's line behind one beyond the log", with_file(good, LINES, lines[:last] + begun + lines[last:]))
    for name in ("00000001.jsonl", "00000004.jsonl", "0000000-.jsonl", "notes"):
        case(4, f"values: a file {name}", {**good, f"disclosure/00000001/{name}": lines[last:]}, code=2, says="UNSIGNED TAIL")
    for size in (512, 4096):
        kept = lines[:max(0, len(lines) - size)]
        case(5, f"the last {size} bytes of the values zeroed", with_file(good, LINES, kept + bytes(len(lines) - len(kept))),
             code=1 if b"," in kept[kept.rfind(b"\n") + 1:] else 2)


def appended(good):
    records = split(good[ENT])
    n = len(records)
    case(4, "garbage appended", with_file(good, ENT, good[ENT] + b"garbage"), code=2, says="UNSIGNED TAIL")
    forged = records[-1].replace(b'"seq":%d' % (n - 1), b'"seq":%d' % n)
    case(4, "a valid-looking record appended", with_file(good, ENT, good[ENT] + join([forged])), code=2, says="UNSIGNED TAIL")
    case(4, "the same with leaf file", with_records(good, records + [forged], True), code=2, says="UNSIGNED TAIL")
    for name in ("00000001.ent", "00000003.ent", "copy.ent"):
        case(4, f"the same in {name}", {**good, BASE + "seg/" + name: join([forged])}, code=2, says="UNSIGNED TAIL")
    for name in (LEAF, IDX, BASE + "commit.a", "log.pub.pem", "log.vkey"):
        case(4, f"a zero byte appended to {name.split('/')[-1]}", with_file(good, name, good[name] + b"\0"))


BOTH = ((False, ""), (True, ", derived files rewritten"))


def moved_records(good):
    records = split(good[ENT])
    n = len(records)
    pair = next((i, j) for i in range(1, n) for j in range(i + 1, n) if len(records[i]) == len(records[j]))
    odd = next((i, j) for i in range(1, n) for j in range(i + 1, n) if len(records[i]) != len(records[j]))
    for thorough, how in BOTH:
        for label, (i, j) in (("equal length", pair), ("other length", odd)):
            swapped = list(records)
            swapped[i], swapped[j] = swapped[j], swapped[i]
            case(6, f"two records swapped, {label}{how}", with_records(good, swapped, thorough), index=i, who=ALL if thorough else QUICK)
        case(7, "a record twice" + how, with_records(good, records[:4] + [records[3]] + records[4:], thorough), index=4,
             who=ALL if thorough else QUICK)
        case(7, "a record in place of the next" + how, with_records(good, records[:4] + [records[3]] + records[5:], thorough), index=4,
             who=ALL if thorough else QUICK)
        for label, i in (("first", 0), ("middle", n // 2), ("last", n - 1)):
            case(8, f"{label} record deleted" + how, with_records(good, records[:i] + records[i + 1:], thorough), index=i,
                 who=ALL if thorough else QUICK)
        renamed = [r.replace(b'"seq":%d,' % (i + 1), b'"seq":%d,' % i) if i >= 4 else r
                   for i, r in enumerate(records[:4] + records[5:])]
        case(8, "a record deleted, the others renumbered" + how, with_records(good, renamed, thorough), index=None if thorough else 4)


def segments_and_logs(good, other, big):
    """`big`: two segments."""
    records = split(good[ENT])
    first, second = split(big[ENT]), split(big[BASE + "seg/00000001.ent"])
    for thorough, how in BOTH:
        moved = with_records(big, first[:-1], thorough)
        moved = with_records(moved, [first[-1]] + second, thorough, "00000001")
        case(9, "a record moved to the next segment" + how, moved, index=255 if thorough else None,
             who=ALL if thorough else QUICK)
        moved = with_records(big, first + second[:1], thorough)
        moved = with_records(moved, second[1:], thorough, "00000001")
        case(9, "a record moved to the segment before" + how, moved, who=QUICK)
    swapped = dict(big)
    for suffix in (".ent", ".leaf", ".idx"):
        swapped[BASE + "seg/00000000" + suffix], swapped[BASE + "seg/00000001" + suffix] = \
            big[BASE + "seg/00000001" + suffix], big[BASE + "seg/00000000" + suffix]
    case(10, "two segments swapped", swapped, index=0)
    missing = {k: v for k, v in big.items() if "seg/00000001" not in k}
    case(10, "a segment removed", missing, who=QUICK, index=256)
    case(10, "entries of another log of the same key", {**good, **{k: other[k] for k in (ENT, LEAF, IDX)}})
    case(10, "one record of another log of the same key",
         with_records(good, records[:3] + [split(other[ENT])[3]] + records[4:], True), index=3)
    hash_tricks(good, records)


def hash_tricks(good, records):
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
        case(13, name, with_records(good, records[:3] + [bad] + records[4:], True),
             who=ALL if name in ("duplicate member", "NUL inside", "NUL at the end", "empty record") else QUICK)
        who = RULES if name != "name written with an escape" else ("cpp",)
        case(13, name + ", signed with the key", build(records[:3] + [bad] + records[4:]), index=3, who=who)
    homoglyph = records[3].replace(b"heartbeat", "heartbe\u0430t".encode())
    case(13, "homoglyph", with_records(good, records[:3] + [homoglyph] + records[4:], True))
    case(13, "homoglyph in the kind, signed with the key: shown as what it is", build(records[:3] + [homoglyph] + records[4:]), code=0,
         says="unknown_kind")
    lookalike = records[3].replace(b"example.go.id", "ex\u0430mple.go.id".encode())
    case(13, "homoglyph in the log's name, signed with the key", build(records[:3] + [lookalike] + records[4:]), index=3)
