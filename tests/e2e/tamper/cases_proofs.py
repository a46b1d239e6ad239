# SPDX-License-Identifier: Apache-2.0
"""Tamper cases 12 and 14 to 19: tree and proofs."""
import struct

import make_ledger
from case_list import ENT, IDX, LEAF, QUICK, case, split, with_file, with_records
from make_ledger import b64, leaf_hash, sha


def tree_and_proofs(ledger, good, other, big):
    records = split(good[ENT])
    forged = bytearray(good[LEAF])
    forged[32 * 4:32 * 5] = leaf_hash(b"forged")
    case(14, "one forged hash in the leaf file", with_file(good, LEAF, bytes(forged)), index=4)
    case(14, "forged record with its forged leaf hash", with_records(good, records[:4] + [b"forged"] + records[5:], True), index=4)
    case(14, "leaf file of zeros", with_file(good, LEAF, bytes(len(good[LEAF]))), index=0)
    case(14, "leaf file removed", {k: v for k, v in good.items() if k != LEAF})
    case(14, "index file points elsewhere", with_file(good, IDX, struct.pack(">Q", 2)))
    part = big[LEAF]  # one whole tile
    case(14, "one forged hash in a whole tile", with_file(big, LEAF, part[:32 * 100] + leaf_hash(b"forged") + part[32 * 101:]), index=100,
         who=QUICK)
    second = LEAF.replace("00000000.leaf", "00000001.leaf")
    case(14, "the last hash of a partial tile forged", with_file(big, second, big[second][:-32] + leaf_hash(b"forged")),
         index=len(part + big[second]) // 32 - 1, who=QUICK)
    bundles(ledger, records, good, other)


def bundles(ledger, records, good, other):
    bundle = ledger.bundle(6)
    case(0, "the untouched bundle", bundle, code=0)
    case(0, "the untouched bundle of a record without values", ledger.bundle(5), code=0)
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
        case(15, "proof: " + name, proven(b"6", changed))
    size = len(records)
    for index in (5, 7, 6 ^ 1, 6 ^ 2, 6 ^ 8, 12, 3, 0, size, size + 6, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 1):
        case(16 if index < 1 << 60 else 19, f"index {index} for 6", proven(b"%d" % index, hashes))
    # One proof cannot tell sizes apart that give it the same shape; such a head contradicts the signer's others.
    for count in (size * 2, size // 2, 6, 0, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 1):
        text = make_ledger.checkpoint_text(ledger.origin, count, ledger.tree.root())
        changed = (text + "\n" + ledger.key.note_line(ledger.origin, text)).encode()
        case(16 if count < 1 << 60 else 19, f"bundle: size {count}, signed with the key",
             {**bundle, "checkpoint": changed, "record.tlog-proof": head + b"\n\n" + changed})
    text = make_ledger.checkpoint_text(ledger.origin, size, sha(b"x"))
    changed = (text + "\n" + ledger.key.note_line(ledger.origin, text)).encode()
    case(17, "bundle: another root, signed with the key", {**bundle, "checkpoint": changed, "record.tlog-proof": head + b"\n\n" + changed})
    for index in (b"-1", b"06", b"+6", b"6 ", b" 6", b"6\t", b"", b"0x6", b"6\x00", b"99999999999999999999"):
        case(19, f"index spelled {index.decode()!r}", proven(index, hashes), script=b" " in index or b"\t" in index)
    case(15, "proof: a blank behind a hash", proven(b"6", [hashes[0] + b" "] + hashes[1:]))
    case(15, "proof: unused bits in a hash", proven(b"6", [hashes[0][:-2] + bytes([hashes[0][-2] + 1]) + b"="] + hashes[1:]))
    case(15, "proof: CRLF", {**bundle, "record.tlog-proof": proof.replace(b"\n", b"\r\n")})
    case(17, "another record's bytes", proven(b"6", hashes, **{"record.json": records[7]}))
    case(17, "a record that is too long", proven(b"6", hashes, **{"record.json": bytes(70_000)}))
    case(17, "record changed", proven(b"6", hashes, **{"record.json": bundle["record.json"].replace(b"203.", b"204.") + b" "}))
    foreign = dict(bundle)
    their = other.bundle(6)
    foreign["record.tlog-proof"], foreign["checkpoint"] = their["record.tlog-proof"], their["checkpoint"]
    case(18, "proof of another log", foreign)
    case(18, "checkpoint file of another log", {**bundle, "checkpoint": their["checkpoint"]})
    left, right = leaf_hash(records[6]), leaf_hash(records[7])
    case(12, "bundle: an inner node passed off as the record", proven(b"3", hashes[1:], **{"record.json": left + right}))
    bundle_files(bundle)
    case(18, "a good bundle laid into a bad log", {**bundle, **with_records(good, records[:4] + [b"forged"] + records[5:], True)})
    case(0, "a good bundle laid into a good log", {**bundle, **good}, code=0)


def bundle_files(bundle):
    for name, data in bundle.items():
        at = len(data) // 2
        case(1, f"bundle: {name[:20]} changed", {**bundle, name: data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]})
        case(3, f"bundle: {name[:20]} cut", {**bundle, name: data[:-1]})
    for name in ("record.json", "record.tlog-proof", "checkpoint", [n for n in bundle if n.startswith("evidence/")][0]):
        case(3, f"bundle: {name[:20]} missing", {k: v for k, v in bundle.items() if k != name}, code=2)
    values = bundle["disclosures.jsonl"]
    for label, changed in (("of another record", values.replace(b'"seq":6', b'"seq":7')), ("beyond the log", values.replace(b'"seq":6', b'"seq":999')),
                           ("begun", values + b'{"seq":'), ("and zeros", values + bytes(9))):
        case(52, f"bundle: values {label}", {**bundle, "disclosures.jsonl": changed})
    case(53, "bundle: values withheld", {**bundle, "disclosures.jsonl": b""}, code=0)
