#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A second writer of the ledger format, made from docs/formats/ledger.md alone, for tests.

    make_ledger.py DIR N [--segment-records R] [--heartbeats]

The same arguments give the same bytes. As a module it also writes what an attacker with the key could write:
`Ledger.add_raw` takes any bytes as a record.
"""
import argparse
import base64
import hashlib
import json
import pathlib
import struct

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

LOG = "example.go.id/sulteng/sensor-1"
MAX_LINES = 1 << 20


def sha(data):
    return hashlib.sha256(data).digest()


def leaf_hash(record):
    return sha(b"\x00" + record)


class Tree:
    """RFC 6962 root of a growing list of leaf hashes."""

    def __init__(self):
        self.size, self.peaks = 0, []

    def append(self, leaf):
        full = self.size
        while full & 1:
            leaf = sha(b"\x01" + self.peaks.pop() + leaf)
            full >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self):
        if not self.peaks:
            return sha(b"")
        out = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            out = sha(b"\x01" + peak + out)
        return out


def inclusion_proof(leaves, index):
    """RFC 6962 2.1.1, as it stands there."""
    if len(leaves) == 1:
        return []
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    if index < half:
        return inclusion_proof(leaves[:half], index) + [root_of(leaves[half:])]
    return inclusion_proof(leaves[half:], index - half) + [root_of(leaves[:half])]


def root_of(leaves):
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


CRC_TABLE = []
for byte in range(256):
    for _ in range(8):
        byte = byte >> 1 ^ 0x82F63B78 if byte & 1 else byte >> 1
    CRC_TABLE.append(byte)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def key_id(name, public, kind=1):
    return sha(name.encode() + b"\n" + bytes([kind]) + public)[:4]


def b64(data):
    return base64.b64encode(data).decode()


class Key:
    def __deepcopy__(self, memo):
        return self  # never changes; older libraries cannot copy it

    def __init__(self, seed):
        self.private = Ed25519PrivateKey.from_private_bytes(sha(seed.encode()))
        self.public = self.private.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def pem(self):
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def note_line(self, name, text, kind=1):
        return f"\u2014 {name} {b64(key_id(name, self.public, kind) + self.private.sign(text.encode()))}\n"

    def vkey(self, name):
        return f"{name}+{key_id(name, self.public).hex()}+{b64(bytes([1]) + self.public)}"


def checkpoint_text(origin, size, root):
    return f"{origin}\n{size}\n{b64(root)}\n"


def slot(sequence, note):
    body = b"PSDCMT01" + struct.pack(">QI", sequence, len(note)) + note
    return (body + struct.pack(">I", crc32c(body))).ljust(16384, b"\0")


def json_string(text):
    out = '"'
    for c in text:
        if c in '"\\':
            out += "\\" + c
        elif c == "\n":
            out += "\\n"
        elif ord(c) < 0x20 or ord(c) == 0x7F:
            out += f"\\u{ord(c):04x}"
        else:
            out += c
    return out + '"'


class Ledger:
    """One generation. Commits go to the slots as they are made; files are written by save()."""

    def __init__(self, folder, generation=1, key=None, segment_records=1 << 20, log=LOG, previous="null"):
        self.folder, self.number = pathlib.Path(folder), f"{generation:08d}"
        self.origin = f"{log}/{self.number}"
        self.key, self.officer = key or Key("log"), Key("officer")
        self.segment_records = segment_records
        self.records, self.disclosures, self.evidence = [], [], {}
        self.tree, self.commits = Tree(), []
        self.boot, self.mono, self.salts = sha(b"boot" + self.number.encode())[:16].hex(), 0, 0
        self.add("genesis", f',"product":"persandian","version":"0.1.0","pub":"{b64(self.key.public)}"'
                            f',"machine":{{{self.commit_value("machine", b"m")}}},"previous":{previous}')

    def record(self, kind, members, seq=None):
        self.mono += 1_000_000
        seconds = 1_786_760_000 + self.mono // 1_000_000_000
        stamp = f"2026-08-15T{seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{self.mono % 10**9:09d}Z"
        seq = len(self.records) if seq is None else seq
        return (f'{{"v":1,"kind":"{kind}","log":"{self.origin}","seq":{seq},"boot":"{self.boot}","ts":"{stamp}",'
                f'"mono":{self.mono},"clk":{{"src":"system","err_ns":-1}}{members}}}').encode()

    def add(self, kind, members):
        self.add_raw(self.record(kind, members))

    def add_raw(self, record):
        self.records.append(record)
        self.tree.append(leaf_hash(record))

    def commit_value(self, path, value):
        self.salts += 1
        salt = sha(b"salt%d" % self.salts)[:16]
        digest = sha(b"persandian/c1\0" + salt + path.encode() + b"\0" + value).hex()
        try:
            shown = '"value":' + json_string(value.decode())
        except UnicodeDecodeError:
            shown = f'"value_b64":"{b64(value)}"'
        self.disclosures.append((len(self.records),
                                 f'{{"seq":{len(self.records)},"path":"{path}","salt":"{salt.hex()}",{shown}}}\n'))
        return f'"p":"{path}","c":"{digest}"'

    def attach(self, data, kind="text/plain"):
        name = sha(data).hex()
        self.evidence[name] = data
        return f'{{"sha256":"{name}","size":{len(data)},"type":"{kind}"}}'

    def add_sample(self, number):
        """The same mixture of kinds that any ledger has."""
        if number == 0:
            self.add("config", f',"ruleset":"{"0" * 64}","rules":1,"refused":0,"binary":"0.1.0","config":"{"1" * 64}"')
        elif number == 1:
            self.add("key", f',"action":"add","role":"officer","key_id":"{sha(self.officer.public).hex()[:16]}"'
                            f',"pub":"{b64(self.officer.public)}","name":{{{self.commit_value("name", b"Petugas 1")}}}')
        elif number % 4 == 3:
            members = (f'"incident":"INC-2026-{number:06d}","action":"acknowledge","status":"in_progress",'
                       f'"officer":"{sha(self.officer.public).hex()[:16]}","name":{{{self.commit_value("name", b"Petugas 1")}}}')
            signature = self.officer.private.sign(f"persandian/decision/v1\n{self.origin}\n{members}".encode())
            self.add("decision", f',{members},"sig":"{b64(signature)}"')
        elif number % 2:
            who = self.commit_value("entity/0/value", b"203.0.113.%d" % (number % 250))
            why = self.commit_value("why/0/value", b"\xff\xfe" if number % 3 else b'a"\\\n\x1b[31mb')
            files = self.attach(b"title: rule\n", "application/yaml") + "," + self.attach(b"line %d\n" % number)
            self.add("incident", f',"id":"INC-2026-{number:06d}","rev":1,"entity":[{{"field":"src_ip",{who}}}]'
                                 f',"why":[{{"field":"raw",{why}}}],"ev":[{files}]')
        else:
            self.add("heartbeat", f',"coverage":{{"lines_read":{number}}},"interval_s":10')

    def commit(self):
        text = checkpoint_text(self.origin, self.tree.size, self.tree.root())
        self.commits.append((text + "\n" + self.key.note_line(self.origin, text)).encode())

    def files(self):
        """Path -> bytes of everything a ledger folder holds."""
        base = f"log/{self.number}"
        out = {"log.pub.pem": self.key.pem(), "log.vkey": (self.key.vkey(self.origin) + "\n").encode()}
        for sequence, note in list(enumerate(self.commits, 1))[-2:]:
            out[f"{base}/commit.{'ba'[sequence % 2]}"] = slot(sequence, note)
        lines = {}
        for seq, line in self.disclosures:
            lines.setdefault(seq // self.segment_records, []).append(line)
        for number, start in enumerate(range(0, max(len(self.records), 1), self.segment_records)):
            part = self.records[start:start + self.segment_records]
            name, entries, offsets = f"{base}/seg/{number:08d}", [], b""
            at = 0
            for i, record in enumerate(part):
                if i % 256 == 0:
                    offsets += struct.pack(">Q", at)
                entries.append(struct.pack(">H", len(record)) + record)
                at += 2 + len(record)
            out[name + ".ent"] = b"".join(entries)
            out[name + ".leaf"] = b"".join(leaf_hash(r) for r in part)
            out[name + ".idx"] = offsets
            if number in lines:
                out[f"disclosure/{self.number}/{number:08d}.jsonl"] = "".join(lines[number]).encode()
        for name, data in self.evidence.items():
            out[f"evidence/{name[:2]}/{name}"] = data
        return out

    def bundle(self, index):
        """Path -> bytes of the proof bundle of one record."""
        leaves = [leaf_hash(r) for r in self.records]
        proof = f"c2sp.org/tlog-proof@v1\nindex {index}\n" + "".join(b64(h) + "\n" for h in inclusion_proof(leaves, index))
        record = self.records[index]
        out = {"record.json": record, "checkpoint": self.commits[-1], "log.pub.pem": self.key.pem(),
               "log.vkey": (self.key.vkey(self.origin) + "\n").encode(),
               "record.tlog-proof": proof.encode() + b"\n" + self.commits[-1],
               "disclosures.jsonl": "".join(line for seq, line in self.disclosures if seq == index).encode()}
        for reference in json.loads(record).get("ev", []):
            out["evidence/" + reference["sha256"]] = self.evidence[reference["sha256"]]
        return out


def save(files, folder):
    for name, data in files.items():
        path = pathlib.Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def sample(folder, count, **options):
    ledger = Ledger(folder, **options)
    for number in range(count):
        ledger.add_sample(number)
        if number % 16 == 15:
            ledger.commit()
    ledger.add("close", ',"reason":"end"')
    ledger.commit()
    return ledger


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("count", type=int)
    parser.add_argument("--segment-records", type=int, default=1 << 20)
    parser.add_argument("--heartbeats", action="store_true", help="nothing but heartbeats, for speed tests")
    arguments = parser.parse_args()
    if arguments.heartbeats:
        ledger = Ledger(arguments.folder, segment_records=arguments.segment_records)
        padding = json.dumps({f"counter_{i:02d}": 10**9 + i for i in range(20)}, separators=(",", ":"))
        for _ in range(arguments.count):
            ledger.add("heartbeat", f',"coverage":{padding},"interval_s":10')
        ledger.commit()
    else:
        ledger = sample(arguments.folder, arguments.count, segment_records=arguments.segment_records)
    save(ledger.files(), arguments.folder)
    print(ledger.commits[-1].decode(), end="")


if __name__ == "__main__":
    main()
