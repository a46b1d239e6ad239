# SPDX-License-Identifier: Apache-2.0
"""The list of tamper cases, and what changing a ledger takes: files are {path: bytes}."""
import copy
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "oracles"))
import make_ledger  # noqa: E402
from make_ledger import leaf_hash  # noqa: E402

ALL = ("cpp", "python", "go", "shell")
QUICK = ("cpp", "python", "go")  # where the script would take long, and has the case in another variant
RULES = ("cpp", "python")  # what needs the whole of the record's rules
BASE = "log/00000001/"
ENT, LEAF, IDX = BASE + "seg/00000000.ent", BASE + "seg/00000000.leaf", BASE + "seg/00000000.idx"
LINES = "disclosure/00000001/00000000.jsonl"
CASES = []

# What an attacker may try. Where it can be shown on files that lie still, it has a case; 32, 33, 37, 38, 40, 41, 45 to 50, 55 and
# from 57 on need a running writer, epochs, other keys, times or pruning.
TITLES = {
    0: "nothing: must be accepted",
    1: "every byte of every covered file changed in turn (flips_test.cc); here one byte of each",
    2: "length prefix changed", 3: "cut (at every byte: flips_test.cc)", 4: "appended", 5: "a sector zeroed",
    6: "two records swapped", 7: "a record twice", 8: "records deleted", 9: "moved between segments",
    10: "segments or logs exchanged", 11: "same first bytes of the leaf hash", 12: "leaf and node confused", 13: "JSON tricks",
    14: "forged tiles, through each path that reads them", 15: "damaged proofs", 16: "index and size", 17: "wrong root",
    18: "proof of another log", 19: "numbers at the limits; the published vectors",
    20: "other origin, same key", 21: "key id of another key", 22: "good and bad line of one key", 23: "spelling of notes",
    24: "number of signature lines", 25: "bent signatures and keys", 26: "signature types exchanged",
    27: "a witness's time changed", 28: "only foreign lines left",
    29: "cut back to an old checkpoint", 30: "rolled back", 31: "some files rolled back", 34: "rewritten with the key",
    35: "whole history rebuilt with the key", 36: "fork", 39: "log or generation removed",
    42: "nothing signed", 43: "wrong key", 44: "index file altered",
    51: "value, salt or path changed", 52: "value moved", 53: "redacted", 54: "all redacted", 56: "evidence exchanged",
}


def case(number, name, files, code=1, index=None, who=ALL, key="key", arguments=(), says=None,
         script=False):
    """`number`: of TITLES. `code`: 0 still valid, 1 tampered, 2 not checkable. `index`: first bad record.

    The script is slow and sees some cases of each number only; with `script` always this one.
    """
    assert number in TITLES, number
    CASES.append(dict(number=number, name=name, files=files, code=code, index=index, who=who, key=key,
                      arguments=list(arguments), says=says, script=script))


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
