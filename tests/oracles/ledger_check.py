#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An independent verifier of a ledger folder or a proof bundle, from docs/formats/ledger.md; the second opinion in tests.

    ledger_check.py FOLDER PUBLIC_KEY.pem        exit 0 valid, 1 tampered, 2 could not check
"""
import base64
import json
import pathlib
import re
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from merkle_check import is_included, root_of, sha


class Tampered(Exception):
    def __init__(self, why, index=None):
        super().__init__(why)
        self.index = index


class Unchecked(Exception):
    pass


MAX_DEPTH = 32


class Open(list):
    """What could not be checked; raised only when nothing turned out to be tampered with."""

    def close(self):
        if self:
            raise Unchecked("; ".join(self))


def need(condition, why, index=None):
    if not condition:
        raise Tampered(why, index)


def unbase64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Tampered("base64") from None
    need(base64.b64encode(data).decode() == text, "base64 in another spelling")
    return data


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def check_note(note, key):
    """Returns (origin, size, root)."""
    try:
        text = note.decode()
    except UnicodeDecodeError:
        raise Tampered("note is not UTF-8") from None
    match = re.fullmatch(r"([!-*,-~]{1,128})\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/=]{44})\n\n((?:\u2014 [^\s+\x00-\x1f\x7f]+ [A-Za-z0-9+/=]+\n){1,64})", text)
    need(match, "note is not a checkpoint")
    origin, size, root, lines = match.groups()
    signed, good = f"{origin}\n{size}\n{root}\n".encode(), False
    ident = sha(origin.encode() + b"\n\x01" + key)[:4]
    for line in lines.splitlines():
        _, name, blob = line.split(" ")
        blob = unbase64(blob)
        need(len(blob) >= 5, "signature line")
        if (name, blob[:4]) != (origin, ident):
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(blob[4:], signed)
        except InvalidSignature:
            raise Tampered("wrong signature") from None
        good = True
    need(good, "not signed by the key given")
    root = unbase64(root)
    need(len(root) == 32 and int(size) <= 1 << 62, "root or size")
    return origin, int(size), root


def check_slot(data):
    """Returns (sequence, note), or None for a slot never written."""
    if not data or not any(data):
        return None
    need(len(data) == 16384 and data[:8] == b"PSDCMT01", "slot form")
    length = int.from_bytes(data[16:20], "big")
    need(1 <= length <= 16352, "slot length")
    need(crc32c(data[:20 + length]) == int.from_bytes(data[20 + length:24 + length], "big"), "slot checksum")
    need(not any(data[24 + length:]), "slot tail")
    return int.from_bytes(data[8:16], "big"), data[20:20 + length]


def strict_json(text):
    def pairs(items):
        need(len({k for k, _ in items}) == len(items), "duplicate member")
        return dict(items)

    def refuse(value):
        raise Tampered("number " + value)
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)
    need(not re.search(r"\s|(?<![0-9])-0|(?<![0-9])0[0-9]", bare), "blanks or numbers")
    depth = 0
    for letter in bare:
        depth += (letter in "[{") - (letter in "]}")
        need(depth <= MAX_DEPTH, "nested too deep")
    try:
        value = json.loads(text, object_pairs_hook=pairs, parse_float=refuse, parse_constant=refuse)
    except ValueError:
        raise Tampered("not JSON") from None
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Tampered("half a surrogate pair") from None
    return value


def commitments_of(value):
    if isinstance(value, dict):
        if "p" in value:
            need(re.fullmatch(r"[0-9a-f]{64}", str(value.get("c"))), "commitment")
            yield value["p"], value["c"]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from commitments_of(item)


class Records:
    """The rules of records, one after the other."""

    def __init__(self, origin, key, alone=False):
        self.origin, self.key, self.alone = origin, key, alone
        self.boots, self.mono, self.officers, self.previous = [], 0, {}, None

    def check(self, record, index):
        try:
            text = record.decode()
        except UnicodeDecodeError:
            raise Tampered("record is not UTF-8", index) from None
        try:
            value = strict_json(text)
            need(isinstance(value, dict), "not an object")
            need(list(value)[:8] == ["v", "kind", "log", "seq", "boot", "ts", "mono", "clk"], "members")
            need(value["v"] == 1 and value["log"] == self.origin and value["seq"] == index, "log or seq")
            need(isinstance(value["mono"], int) and value["mono"] >= 0, "mono")
            need(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", value["ts"]), "ts")
            if not self.boots or value["boot"] != self.boots[-1]:
                need(value["boot"] not in self.boots and re.fullmatch("[0-9a-f]{32}", value["boot"]), "boot")
                self.boots.append(value["boot"])
            else:
                need(value["mono"] >= self.mono, "mono")
            self.mono = value["mono"]
            need(self.alone or (index == 0) == (value["kind"] == "genesis"), "genesis")
            if value["kind"] == "genesis":
                need(unbase64(value["pub"]) == self.key, "genesis names another key")
                self.previous = value["previous"]
            if value["kind"] == "key":
                need(not is_small_order(unbase64(value["pub"])), "officer's key of small order")
                self.officers[value["key_id"]] = unbase64(value["pub"]) if value["action"] == "add" else None
            if value["kind"] == "decision" and not self.alone:
                self.decision(value, text)
            found = list(commitments_of(value))
            need(len({p for p, _ in found}) == len(found), "paths")
            return dict(found), value.get("ev", [])
        except Tampered as error:
            raise Tampered(str(error), index) from None
        except (KeyError, TypeError):
            raise Tampered("members", index) from None

    def decision(self, value, text):
        officer = self.officers.get(value["officer"])
        need(officer, "unknown or revoked officer")
        need(list(value)[8] == "incident" and list(value)[-1] == "sig", "decision members")
        members = text[text.index('"incident":'):text.rindex(',"sig":')]
        try:
            Ed25519PublicKey.from_public_bytes(officer).verify(
                unbase64(value["sig"]), f"persandian/decision/v1\n{self.origin}\n{members}".encode())
        except InvalidSignature:
            raise Tampered("officer's signature") from None


LINE = re.compile(r'\{"seq":(0|[1-9][0-9]*),"path":"([A-Za-z0-9_./-]+)","salt":"([0-9a-f]{32})",("value":("[^\n]*")|"value_b64":"([A-Za-z0-9+/=]*)")\}')
STRING = re.compile(r'"(?:[^"\\\x00-\x1f\x7f]|\\["\\n]|\\u00(?:0[0-9b-f]|1[0-9a-f]|7f))*"')


def is_begun_beyond(torn, size):
    """Whether a last line without its end was begun beyond the log: it says so, or breaks off before it could say."""
    if b'{"seq":'.startswith(torn):
        return True
    match = re.match(rb'\{"seq":([1-9][0-9]*)', torn)
    return bool(match) and (match.end() == len(torn) or int(match[1]) >= size)


def check_disclosures(data, by_seq, size, still_open):
    """by_seq: {seq: {path: commitment}}. still_open: None in a bundle."""
    if not data:
        return
    whole, torn = data[:data.rfind(b"\n") + 1], data[data.rfind(b"\n") + 1:]
    try:
        lines = whole.decode().split("\n")[:-1]
    except UnicodeDecodeError:
        raise Tampered("disclosures: not UTF-8") from None
    last, seen, beyond = 0, set(), 0
    for line in lines:
        match = LINE.fullmatch(line)
        need(match and (match[5] is None or STRING.fullmatch(match[5])), "disclosure line: " + line)
        seq, path = int(match[1]), match[2]
        value = json.loads(match[5]).encode() if match[5] is not None else unbase64(match[6])
        if match[5] is None:
            try:
                value.decode()
            except UnicodeDecodeError:
                pass
            else:
                raise Tampered("value_b64 of UTF-8")
        need(seq >= last, "disclosures out of order", seq)
        last = seq
        need(seq < size or still_open is not None, "disclosure for another record", seq)
        if seq >= size:
            beyond += 1
            continue
        need((seq, path) not in seen, "disclosed twice", seq)
        seen.add((seq, path))
        digest = sha(b"persandian/c1\0" + bytes.fromhex(match[3]) + path.encode() + b"\0" + value).hex()
        need(by_seq.get(seq, {}).get(path) == digest, "value is not the committed one", seq)
    if torn:  # zeros at the end: what a power cut leaves
        need(still_open is not None and is_begun_beyond(torn.rstrip(b"\0"), size), "disclosures: last line")
    if beyond or torn:
        still_open.append("UNSIGNED TAIL: disclosures")


def check_evidence(files, references, flat, index, still_open):
    for reference in references:
        name = reference["sha256"]
        data = files.get(f"evidence/{name}" if flat else f"evidence/{name[:2]}/{name}")
        if data is None:
            still_open.append(f"evidence MISSING: {name}")
        else:
            need(sha(data).hex() == name and len(data) == reference["size"], "evidence altered", index)


def is_small_order(key):
    """y coordinates of the points of order 1, 2, 4, 8, also unreduced, whatever the sign bit."""
    y, p = int.from_bytes(key, "little") & (1 << 255) - 1, (1 << 255) - 19
    eighth = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
    return y % p in (0, 1, p - 1, eighth, p - eighth)


def check_key_files(files, key, origin):
    der = bytes.fromhex("302a300506032b6570032100") + key
    pem = f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(der).decode()}\n-----END PUBLIC KEY-----\n"
    vkey = f"{origin}+{sha(origin.encode() + bytes([10, 1]) + key)[:4].hex()}+{base64.b64encode(bytes([1]) + key).decode()}\n"
    need(files.get("log.pub.pem", pem.encode()) == pem.encode(), "log.pub.pem")
    need(files.get("log.vkey", vkey.encode()) == vkey.encode(), "log.vkey")


def read_heads(files, name, key):
    """[(sequence, (origin, size, root))] of the slots that were written, the newest last."""
    heads = []
    for which in "ab":
        found = check_slot(files.get(f"log/{name}/commit.{which}", b""))
        if found:
            need(found[0] % 2 == (which == "a"), "slot parity")
            heads.append((found[0], check_note(found[1], key)))
            need(heads[-1][1][0].endswith("/" + name), "slot of another generation")
    heads.sort()
    need(len(heads) != 1 or heads[0][0] == 1, "a slot was emptied")
    if len(heads) == 2:
        need(heads[0][0] + 1 == heads[1][0] and heads[0][1][1] <= heads[1][1][1], "slots contradict")
        need(heads[0][1][0] == heads[1][1][0], "slots of two logs")
    return heads


def check_generation(files, name, key, before, still_open):
    """`before`: (origin, size, root) of the generation before, or None."""
    base, heads = f"log/{name}/", read_heads(files, name, key)
    if not heads:
        still_open.append(f"nothing was ever signed in generation {name}")
        return None
    origin, size, root = heads[-1][1]
    need(before is None or before[0].rpartition("/")[0] == origin.rpartition("/")[0], "generations of two logs")
    rules, leaves, tail = Records(origin, key), [], 0
    segment = 0
    while f"{base}seg/{segment:08d}.ent" in files:
        data, at, first, by_seq, offsets = files[f"{base}seg/{segment:08d}.ent"], 0, len(leaves), {}, []
        while at < len(data) and len(leaves) < size:
            index, length = len(leaves), int.from_bytes(data[at:at + 2], "big")
            record = data[at + 2:at + 2 + length]
            need(len(record) == length and at + 2 <= len(data), "record cut off", index)
            if (index - first) % 256 == 0:
                offsets.append(at)
            leaves.append(sha(b"\0" + record))
            by_seq[index], references = rules.check(record, index)
            check_evidence(files, references, False, index, still_open)
            at += 2 + length
        tail += len(data) - at
        stored, mine = files.get(f"{base}seg/{segment:08d}.leaf", b""), b"".join(leaves[first:])
        places = b"".join(o.to_bytes(8, "big") for o in offsets)
        pointers = files.get(f"{base}seg/{segment:08d}.idx", b"")
        if at < len(data):  # what derives from unsigned records may follow
            stored, pointers = stored[:len(mine)], pointers[:len(places)]
        for i in range(first, len(leaves)):
            need(stored[32 * (i - first):32 * (i - first) + 32] == leaves[i], "leaf file", i)
        need(stored == mine, "leaf file length")
        need(pointers == places, "idx", first)
        need(len(leaves) == size or (by_seq and (len(leaves) - first) % 256 == 0), "segment border", len(leaves))
        check_disclosures(files.get(f"disclosure/{name}/{segment:08d}.jsonl"), by_seq, size, still_open)
        segment += 1
        if len(leaves) == size:
            break
    need(len(leaves) == size, "records missing", len(leaves))
    for _, (_, at_size, at_root) in heads:
        need(root_of(leaves[:at_size]) == at_root, f"root of {at_size} records")
    previous = before and {"origin": before[0], "size": before[1], "root": base64.b64encode(before[2]).decode()}
    need(size == 0 or rules.previous == previous, "genesis names another end of the generation before", 0)
    if tail:
        still_open.append(f"UNSIGNED TAIL: {tail} bytes")
    for path, data in files.items():
        match = re.fullmatch(rf"(?:{base}seg/(.*)\.ent|disclosure/{name}/(.*))", path)
        if match and data and not path.endswith(".tmp"):
            number = re.fullmatch(r"([0-9]{8})(?:\.jsonl)?", match[1] or match[2] or "")
            if not number or int(number[1]) >= segment or (match[2] or "").isdigit():
                still_open.append(f"UNSIGNED TAIL: {path}")
    return origin, size, root


def check_bundle(files, key, still_open):
    for name in ("record.json", "record.tlog-proof", "checkpoint"):
        if name not in files:
            raise Unchecked(f"{name} is missing")
    match = re.fullmatch(rb"c2sp\.org/tlog-proof@v1\nindex (0|[1-9][0-9]{0,18})\n((?:[A-Za-z0-9+/=]{44}\n){0,63})\n(.*)",
                         files.get("record.tlog-proof", b""), re.S)
    need(match, "not a tlog-proof")
    need(match[3] == files.get("checkpoint"), "checkpoints differ")
    origin, size, root = check_note(match[3], key)
    index, record = int(match[1]), files["record.json"]
    hashes = [unbase64(line) for line in match[2].decode().split()]
    need(index < size and is_included(index, size, sha(b"\0" + record), hashes, root), "proof", index)
    commitments, references = Records(origin, key, alone=True).check(record, index)
    check_disclosures(files.get("disclosures.jsonl"), {index: commitments}, size, None)
    check_evidence(files, references, True, index, still_open)
    check_key_files(files, key, origin)


def check(files, key):
    """files: {path: bytes}. Raises Tampered or Unchecked."""
    try:
        return check_all(files, key)
    except (KeyError, TypeError, AttributeError) as error:  # a member that must be there has another name or type
        raise Tampered(f"a record is not of the format: {error!r}") from error


def check_all(files, key):
    if is_small_order(key):
        raise Unchecked("a key for which anybody can make signatures")
    still_open, end = Open(), None
    names = sorted({name.split("/")[1] for name in files if name.startswith("log/")})
    if names:
        need(names == [f"{i:08d}" for i in range(1, len(names) + 1)], "a generation is missing")
        for name in names:
            end = check_generation(files, name, key, end, still_open)
        if end:
            check_key_files(files, key, end[0])
    elif "record.tlog-proof" in files or "record.json" in files:
        check_bundle(files, key, still_open)
    else:
        raise Unchecked("no log there")
    still_open.close()


def load(folder):
    folder = pathlib.Path(folder)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def raw_key(pem):
    return serialization.load_pem_public_key(pem).public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def main():
    try:
        check(load(sys.argv[1]), raw_key(pathlib.Path(sys.argv[2]).read_bytes()))
    except Tampered as error:
        print(f"TAMPERED: {error}" + ("" if error.index is None else f" (record {error.index})"))
        return 1
    except Unchecked as error:
        print(f"UNVERIFIABLE: {error}")
        return 2
    print("VALID BUT NOT WITNESSED")
    return 0


if __name__ == "__main__":
    sys.exit(main())
