# SPDX-License-Identifier: Apache-2.0
"""Tamper cases 16 to 28: checkpoints and their signatures."""
import struct

import make_ledger
from case_list import BASE, case, with_file
from make_ledger import b64, leaf_hash, sha


class Nobody:
    """The point of order 1 as a key: with R the same point and S = 0 it "signs" everything."""

    public = bytes([1]) + bytes(31)

    def pem(self):
        der = bytes.fromhex("302a300506032b6570032100") + self.public
        return f"-----BEGIN PUBLIC KEY-----\n{b64(der)}\n-----END PUBLIC KEY-----\n".encode()

    def note_line(self, name, _text, kind=1):
        return f"\u2014 {name} {b64(make_ledger.key_id(name, self.public, kind) + self.public + bytes(32))}\n"

    vkey = make_ledger.Key.vkey


def small_order_keys():
    case(25, "a log signed by a key of small order, which the auditor was given", make_ledger.sample("x", 6, key=Nobody()).files(),
         code=2, key="nobody")
    officer = make_ledger.Ledger("x")
    officer.officer = Nobody()
    officer.add_sample(1)
    officer.commit()
    case(25, "an officer's key of small order, signed with the key", officer.files(), who=("cpp", "python"), index=1)


def witnesses(folder, slots):
    """A witness's line says when; who changes that must be noticed, where the policy names the witness."""
    text, good_line, slot = slots.text, slots.line, slots.slot
    key, name, time = make_ledger.Key("witness"), "witness.example.go.id/1", 1786760000
    ident = make_ledger.key_id(name, key.public, 4)
    policy = folder / "policy"
    policy.write_text(f"witness w1 {name}+{ident.hex()}+{b64(bytes([4]) + key.public)}\nquorum w1\n")
    signature = key.private.sign(f"cosignature/v1\ntime {time}\n{text}".encode())

    def line(when, signed):
        return f"\u2014 {name} {b64(ident + struct.pack('>Q', when) + signed)}\n"
    asked = dict(arguments=["--policy", str(policy)], who=("cpp",))
    case(0, "a witness's line, asked for", slot(text + "\n" + good_line + line(time, signature)), code=0, says='"verdict":"VALID"', **asked)
    case(0, "a witness's line, nobody asks", slot(text + "\n" + good_line + line(time, signature)), code=0)
    case(27, "no witness's line: said", slot(text + "\n" + good_line), code=0, says='"verdict":"VALID BUT NOT WITNESSED"', **asked)
    for when in (time + 1, time - 3600, 0, (1 << 64) - 1):
        case(27, f"a witness's time changed to {when}", slot(text + "\n" + good_line + line(when, signature)), **asked)
    case(27, "a witness's line of another head", slot(text + "\n" + good_line + line(time, key.private.sign(b"x"))), **asked)
    case(26, "a witness's plain signature offered as a cosignature",
         slot(text + "\n" + good_line + line(time, key.private.sign(text.encode()))), **asked)


class Slots:
    """A good ledger whose newest slot, or the one before, holds another note with a right checksum."""

    def __init__(self, ledger, good):
        self.good, self.origin, self.key, self.size, self.root = good, ledger.origin, ledger.key, ledger.tree.size, ledger.tree.root()
        self.text = make_ledger.checkpoint_text(self.origin, self.size, self.root)
        self.line = self.key.note_line(self.origin, self.text)
        self.ident = make_ledger.key_id(self.origin, self.key.public)
        self.sequence, self.stranger = len(ledger.commits), make_ledger.Key("stranger")

    def slot(self, note, back=0):
        note = note if isinstance(note, bytes) else note.encode()
        sequence = self.sequence - back
        return with_file(self.good, BASE + "commit." + "ba"[sequence % 2], make_ledger.slot(sequence, note))

    def signed(self, changed, back=0):
        return self.slot(changed + "\n" + self.key.note_line(changed.split("\n")[0], changed), back)

    def older(self, size, root):
        return self.signed(make_ledger.checkpoint_text(self.origin, size, root), 1)

    def ours(self, blob):
        """A line of our name and key id with these bytes for a signature."""
        return f"\u2014 {self.origin} {b64(self.ident + blob)}\n"


def notes(folder, ledger, good):
    slots = Slots(ledger, good)
    sizes_and_roots(slots, ledger)
    spelling(slots)
    signature_lines(slots)
    witnesses(folder, slots)


def sizes_and_roots(slots, ledger):
    origin, size, text = slots.origin, slots.size, slots.text
    slot, signed, older = slots.slot, slots.signed, slots.older
    case(0, "the untouched slot, built again", slot(text + "\n" + slots.line), code=0)
    for size_text in (size * 2, size // 2, size + 1, size - 1, 0, 1 << 62, (1 << 63) - 1, 1 << 63, 1 << 64):
        case(16 if size_text < 1 << 60 else 19, f"size {size_text}, signed with the key",
             signed(text.replace(f"\n{size}\n", f"\n{size_text}\n")), script=size_text == 0)
        case(16, f"size {size_text}, old signature", slot(text.replace(f"\n{size}\n", f"\n{size_text}\n") + "\n" + slots.line))
    case(17, "another root, signed with the key", signed(make_ledger.checkpoint_text(origin, size, sha(b"x"))))
    case(17, "root of the older slot", signed(make_ledger.checkpoint_text(origin, size, make_ledger.root_of([leaf_hash(r) for r in ledger.records[:16]]))))
    other_origin = text.replace("sensor-1", "sensor-2")
    case(20, "other origin, same key", signed(other_origin))
    older_text = ledger.commits[-2].decode().split("\n\n")[0] + "\n"
    case(0, "the untouched older slot, built again", signed(older_text, 1), code=0)
    case(20, "other origin in the older slot, same key", signed(older_text.replace("sensor-1", "sensor-2"), 1))
    case(16, "the older slot has more records", older(size + 5, slots.root), script=True)
    case(17, "one size, two roots in the slots", older(size, sha(b"x")))
    case(17, "another root in the older slot", older(size - 3, sha(b"x")))
    case(17, "size 0 and another root in the older slot", older(0, sha(b"x")), script=True)
    case(16, "size 0 in the older slot: true of every log", older(0, sha(b"")), code=0)
    case(20, "other generation in the origin", signed(text.replace("/00000001", "/00000002")))


def spelling(slots):
    size, text, slot, signed = slots.size, slots.text, slots.slot, slots.signed
    case(23, "CRLF", slot((text + "\n" + slots.line).replace("\n", "\r\n")))
    case(23, "no line feed at the end", slot((text + "\n" + slots.line)[:-1]))
    case(23, "second blank line", slot(text + "\n\n" + slots.line))
    case(23, "blank line at the end", slot(text + "\n" + slots.line + "\n"))
    case(23, "leading zero in the size", signed(text.replace(f"\n{size}\n", f"\n0{size}\n")))
    case(23, "extension line", signed(text + "extension\n"))
    case(23, "blank before the size", signed(text.replace(f"\n{size}\n", f"\n {size}\n")))
    case(23, "unused bits in the signature's base64", slot(text + "\n" + slots.line[:-3] + chr(ord(slots.line[-3]) + 1) + slots.line[-2:]))
    case(23, "base64 without padding", slot(text + "\n" + slots.line.rstrip("=\n") + "\n"))
    case(23, "tab for a blank", slot(text + "\n" + slots.line.replace(" ", "\t")), script=True)
    case(23, "hyphen for the dash", slot(text + "\n" + slots.line.replace("\u2014", "-")))
    case(23, "no-break space in a name", slot(text + "\n" + slots.line + "\u2014 a\u00a0b " + b64(bytes(68)) + "\n"))
    case(23, "plus sign in a name", slot(text + "\n" + slots.line + "\u2014 a+b " + b64(bytes(68)) + "\n"))
    case(23, "invalid UTF-8 in a name", slot((text + "\n" + slots.line).encode() + b"\xe2\x80\x94 a\xffb " + b64(bytes(68)).encode() + b"\n"))
    case(23, "NUL in a name", slot(text + "\n" + slots.line + "\u2014 a\0b " + b64(bytes(68)) + "\n"), script=True)
    case(23, "foreign line without its line feed", slot(text + "\n" + slots.line + "\u2014 w " + b64(bytes(68))), script=True)
    case(23, "foreign signature of 4 bytes", slot(text + "\n" + slots.line + "\u2014 w " + b64(bytes(4)) + "\n"))
    case(23, "blank at the end of a line", slot(text + "\n" + slots.line[:-1] + " \n"), script=True)
    case(23, "control character", slot(text + "\n" + slots.line + "\u2014 a\x01b " + b64(bytes(68)) + "\n"), script=True)


def signature_lines(slots):
    origin, key, text, slot, stranger, ours = slots.origin, slots.key, slots.text, slots.slot, slots.stranger, slots.ours
    signature = key.private.sign(text.encode())
    case(21, "key id of ours, signature of a stranger", slot(text + "\n" + ours(stranger.private.sign(text.encode()))))
    case(22, "a bad line of our key after a good one", slot(text + "\n" + slots.line + ours(bytes(64))), script=True)
    case(22, "a bad line of our key before a good one", slot(text + "\n" + ours(bytes(64)) + slots.line))
    for count in (0, 1, 15, 16, 63):
        extra = "".join(stranger.note_line(f"w{i}", text) for i in range(count))
        case(24, f"{count} foreign lines and ours", slot(text + "\n" + extra + slots.line), code=0)
        case(28, f"{count} foreign lines and not ours", slot(text + "\n" + extra))
    for count in (64, 150, 999):
        case(24, f"{count} foreign lines and ours", slot(text + "\n" + f"\u2014 w {b64(bytes(5))}\n" * count + slots.line), script=count == 64)
    case(24, "no signature line", slot(text + "\n"))
    order = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(signature[32:], "little")
    case(25, "S + L", slot(text + "\n" + ours(signature[:32] + (s + order).to_bytes(32, "little"))))
    case(25, "signature of zeros", slot(text + "\n" + ours(bytes(64))))
    case(25, "signature cut", slot(text + "\n" + ours(signature[:63])))
    case(25, "signature with a byte more", slot(text + "\n" + ours(signature + b"\0")))
    case(26, "our signature offered as a cosignature", slot(text + "\n" + key.note_line(origin, text, 4)))
    cosigned = struct.pack(">Q", 1786760000) + key.private.sign(f"cosignature/v1\ntime 1786760000\n{text}".encode())
    case(26, "a cosignature offered as our signature", slot(text + "\n" + ours(cosigned)))
    case(26, "a cosignature alone", slot(text + f"\n\u2014 {origin} {b64(make_ledger.key_id(origin, key.public, 4) + cosigned)}\n"))
    case(28, "signed by a stranger only", slot(text + "\n" + stranger.note_line(origin, text)))
