# SPDX-License-Identifier: Apache-2.0
"""Makes rules and events for sigma_differential.py: every modifier, every legal chain of them."""
import base64
import itertools
import json
import re

import sigma_sequence

FIELDS = ["a", "b", "c", "d.e", "f g", "list", "ip", "when", "n", "x-y"]
PIECES = ["foo", "BAR", "Größe", "é", "\\", "\\\\", "*", "?", "\\*", "\\?", "\\\\*", " ", "-x", "/q", "x", "4624", "",
          "ПРИВЕТ", "\n", ".exe", "C:\\Windows\\", "cmd", "\u212a", "-", "0", "a-b", "100%", "\u2013y", "\u03a3", "\U0001F600",
          "\u0000", "null", "true", "ß", "\u0130", "\u201c-x\u201d"]
SCALARS = ["1", "'1'", "1.0", "01", "0x1f", "'0x1f'", "4624", "'4624'", "0", "-5", "1.5", "2.0", "true", "false", "'true'",
           "True", "yes", "null", "''", "'-'", "~", "'null'", "1e3", "'1e3'", "+5", ".5", "18446744073709551615",
           "9223372036854775808", "-9223372036854775808", "1000000000000000", "10000000000000000", "0.1", "2026-01-01", "''"]
NUMBERS = ["0", "1", "1.5", "4624", "-5", "01", "1e3", "-0.0", "9223372036854775807", "2.0"]
NETWORKS = ["10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32", "::1/128", "198.51.100.7/32", "0.0.0.0/0", "::/0",
            "::ffff:10.0.0.0/104", "fe80::/10"]
ADDRESSES = ["10.1.2.3", "192.0.2.9", "192.0.3.9", "2001:db8::5", "2001:0DB8:0:0:0:0:0:5", "::1", "::ffff:10.1.1.1", "x",
             "0:0:0:0:0:0:0:1", "198.51.100.7", "010.1.2.3", "10.1.2", "10.1.2.3/32", " 10.1.2.3", "", "fe80::1", "::FFFF:0a01:0101",
             167838211]
TIMES = ["2026-02-03T04:05:06Z", "2026-12-31 23:59:59", "2027-01-01", "1770000000", "x", "2024-02-29T00:00:00+07:00",
         "2023-02-29T00:00:00Z", "2020-12-31t05:59", 1770000000, 1770000000.75, -1, "2026-02-03T04:05:06.123456789+08:00",
         "2026/02/03 04:05:06", "2021-01-03", None, True]
PARTS = {"minute": [0, 5, 59], "hour": [0, 4, 5, 23], "day": [1, 3, 29, 31], "week": [1, 6, 9, 53], "month": [1, 2, 12],
         "year": [2020, 2024, 2026, 2027]}
REGEXES = ["fo+", "^C:", "exe$", "b.r", "[0-9]{3}", "(foo|cmd)", "x\\b", "^$", "\\\\", "gr.ße", "a.*b", "(?i)bar", "^x", "\\d+",
           "(?:cmd|BAR).*?exe", "привет", "4624", "1", "\\s", "[^a-h]x"]
BASES = ["-x foo.exe BAR 4624", "-X foo.exe BAR 4624", "C:\\Windows\\cmd.exe /q", "Größe 4624 ПРИВЕТ", "a-b*c?d\\", "xx--y/z \u2013k",
         "foo\nbar x"]
SECRETS = ["foobar", "größe", "cmd.exe", "abc", "-x foo", "\\*star", "ПРИВЕТ"]
KEYWORDS = ["foo", "BAR", "4624", "größe", "привет", "cmd*exe", "x?b", "-x", "\\*", "\\\\", "true", "1", "*", "/q"]

TEXT_CHAINS = ["|".join(filter(None, parts)) for parts in itertools.product(
    ["", "windash"], ["", "contains", "startswith", "endswith"], ["", "cased"], ["", "all"], ["", "neq"])]
TEXT_CHAINS += ["contains|windash", "endswith|windash", "cased|contains", "all|contains", "neq|startswith", "startswith|endswith",
                "contains|windash|all|cased|neq"]
FLAGS = ["", "i", "m", "s", "i|m", "i|s", "m|s", "i|m|s", "ignorecase", "multiline", "dotall"]
REGEX_CHAINS = ["|".join(filter(None, parts)) for parts in itertools.product(["re"], FLAGS, ["", "all", "neq"])]
ENCODED_CHAINS = ["|".join(filter(None, parts)) for parts in itertools.product(
    ["", "wide", "utf16le", "utf16be", "utf16"], ["base64", "base64offset"], ["contains", "startswith", "endswith", ""],
    ["", "cased", "all", "neq"])]
ENCODED_CHAINS += ["wide", "utf16be|contains", "windash|base64offset|contains", "windash|wide|base64offset|contains"]
REF_CHAINS = ["|".join(filter(None, parts)) for parts in itertools.product(
    ["fieldref"], ["", "contains", "startswith", "endswith"], ["", "cased"], ["", "all", "neq"])]
NUMBER_CHAINS = ["|".join(filter(None, parts)) for parts in itertools.product(["lt", "lte", "gt", "gte"], ["", "neq", "all"])]
TIME_CHAINS = ["|".join(filter(None, parts)) for parts in itertools.product(PARTS, ["", "neq"])]
OTHER_CHAINS = ["cidr", "cidr|neq", "cidr|all", "exists", "exists|neq", "sequence", "sequence|neq", "sequence"]
KEYWORD_CHAINS = ["all", "contains", "startswith", "endswith", "cased", "windash", "contains|all", "endswith|cased", "re", "re|i", "re|all",
                  "re|i|m|s", "base64offset|contains", "wide|base64offset|contains", "neq", "contains|windash|all", "startswith|neq"]
# What a run of the differential must have met and not met.
CHAINS = [*TEXT_CHAINS, *REGEX_CHAINS, *REF_CHAINS, *NUMBER_CHAINS, *TIME_CHAINS, *OTHER_CHAINS,
          "base64|contains", "base64offset|contains", "wide|base64offset|contains", "utf16le|base64|contains",
          "utf16be|base64offset|contains", "utf16|base64|contains", "keywords ", *("keywords " + chain for chain in KEYWORD_CHAINS)]


def quoted(text):
    return json.dumps(text, ensure_ascii=False)  # JSON is YAML


def text(chance, most=4):
    return "".join(chance.choice(PIECES) for _ in range(chance.randint(0, most)))


def scalar(chance):
    return quoted(text(chance)) if chance.random() < 0.6 else chance.choice(SCALARS)


def some(chance, make, most=3):
    count = chance.choice([1, 1, 2, most])
    return make() if count == 1 else "[" + ", ".join(make() for _ in range(count)) + "]"


def escaped(part):
    """A pattern that means just `part`."""
    out = re.sub(r"([*?])", r"\\\1", part)
    return re.sub(r"\\(?=\\|$)", r"\\\\", out)


def part_of(chance, chain):
    """A pattern that a value of BASES may meet under the chain, so that several meet it (all)."""
    base = chance.choice(BASES[:2] if "all" in chain else BASES)
    start, end = sorted((chance.randint(0, len(base)), chance.randint(0, len(base))))
    if "contains" in chain:
        return escaped(base[start:end] or base)
    if "startswith" in chain:
        return escaped(base[:end] or base)
    if "endswith" in chain:
        return escaped(base[start:] or base)
    return chance.choice([escaped(base), "*", escaped(base[:end]) + "*", "*" + escaped(base[start:])])


def text_value(chance, chain):
    if chance.random() < 0.1 and "all" not in chain:
        return chance.choice(["46", "1.50", "0010"])
    return quoted(part_of(chance, chain) if chance.random() < 0.6 or "all" in chain else text(chance) or "x")


def chained_item(chance, chain):
    """An item with the chain: 'key: value' in YAML flow form."""
    field = chance.choice(FIELDS).replace(" ", "")
    first = chain.split("|")[0]
    if first == "re":
        chosen = ["fo+", "[a-h]", "o", "BAR|x"] if "all" in chain else REGEXES
        return key(field, chain, some(chance, lambda: "'" + chance.choice(chosen) + "'"))
    if "base64" in chain or first in ("wide", "utf16be"):
        secrets = [one for one in SECRETS if one.isascii()]
        return key("a", chain, some(chance, lambda: quoted(chance.choice(secrets if "base64" not in chain else SECRETS)), 2))
    if first == "fieldref":
        return key(field, chain, some(chance, lambda: chance.choice(["a", "b", "c", "d.e", "list", "n"]), 2))
    if first in ("lt", "lte", "gt", "gte"):
        field = chance.choice(["n", "n", "a", "list"])
        return key(field, chain, some(chance, lambda: chance.choice(NUMBERS), 2))
    if first in PARTS:
        return key("when", chain, some(chance, lambda: str(chance.choice(PARTS[first]))))
    if first == "exists":
        return key(field, chain, chance.choice(["true", "false", "yes", "no"]))
    if first == "sequence":
        return key(field, chain, sigma_sequence.steps(chance, BASES))
    if first == "cidr":
        return key(chance.choice(["ip", "ip", "list"]), chain, some(chance, lambda: quoted(chance.choice(NETWORKS)), 2))
    if set(chain.split("|")) <= {"cased", "neq"} and chance.random() < 0.4:
        return key(field, chain, some(chance, lambda: scalar(chance), 6))
    return key(field, chain, some(chance, lambda: text_value(chance, chain), 3 if "all" in chain else 14))


def item(chance):
    kinds = [[""], TEXT_CHAINS, REGEX_CHAINS, ENCODED_CHAINS, REF_CHAINS, NUMBER_CHAINS, TIME_CHAINS, OTHER_CHAINS]
    chain = chance.choice(chance.choices(kinds, [4, 5, 2, 2, 2, 1, 1, 2])[0])
    if chain:
        return chained_item(chance, chain)
    field = chance.choice(FIELDS).replace(" ", "")
    return f"{field}: {some(chance, lambda: scalar(chance), 6) if chance.random() < 0.97 else '[]'}"


def key(field, chain, value):
    return f"{quoted(field + '|' * bool(chain) + chain)}: {value}"


def keyword(chance):
    return quoted(chance.choice(KEYWORDS)) if chance.random() < 0.9 else chance.choice(["4624", "1", "true", "false"])


def keywords(chance, chain):
    return key("", chain, keyword_values(chance, chain))


def keyword_values(chance, chain):
    make = (lambda: quoted(chance.choice(REGEXES))) if chain.startswith("re") else \
        (lambda: quoted(chance.choice(SECRETS))) if "base64" in chain else \
        (lambda: quoted(part_of(chance, "contains" + chain) if chance.random() < 0.5 else chance.choice(KEYWORDS)))
    return some(chance, make)


def mapping(chance, most=3):
    chosen = {one.split(":")[0]: one for one in (item(chance) for _ in range(chance.randint(1, most)))}
    return "{" + ", ".join(chosen.values()) + "}"


def selection(chance):
    kind = chance.random()
    if kind < 0.62:
        return mapping(chance)
    if kind < 0.80:
        return "[" + ", ".join(mapping(chance, 2) for _ in range(chance.randint(1, 3))) + "]"
    if kind < 0.86:
        return "[" + ", ".join(keyword(chance) for _ in range(chance.randint(1, 3))) + "]"
    if kind < 0.88:
        return keyword(chance)
    if kind < 0.90:
        return "[" + mapping(chance, 1) + ", " + keyword(chance) + ", [" + mapping(chance, 1) + "]]"
    return "{" + keywords(chance, chance.choice(KEYWORD_CHAINS)) + "}"


def condition(chance, names):
    def term(depth):
        kind = chance.random()
        if kind < 0.5 or depth > 2:
            return chance.choice(names)
        if kind < 0.6:
            return chance.choice(["not ", "NOT "]) + term(depth + 1)
        if kind < 0.75:
            return chance.choice(["1 of ", "all of ", "any of ", "1 OF "]) + chance.choice(["sel*", "them", "s*1", "*", "sel_1", "*_1", "_*"
                                                                                           if "_part" in names else "sel*"])
        return "(" + f" {chance.choice(['and', 'or', 'and not', 'OR'])} ".join(term(depth + 1) for _ in range(2)) + ")"
    return f" {chance.choice(['and', 'or', 'and not', 'or not'])} ".join(term(0) for _ in range(chance.randint(1, 3)))


def rule(chance, number):
    names = ["sel_1", "sel-2", "_part", "filter_1"][:chance.randint(1, 4)]
    chosen = [selection(chance) for _ in names]
    chain = CHAINS[number % len(CHAINS)]  # each in its turn
    if chain.startswith("keywords "):
        chosen[0] = "{" + keywords(chance, chain[len("keywords "):]) + "}" if chain != "keywords " else keyword(chance)
    else:
        chosen[0] = "{" + chained_item(chance, chain) + "}"
    detection = "".join(f"  {name}: {one}\n" for name, one in zip(names, chosen))
    conditions = [condition(chance, names) for _ in range(1 if chance.random() < 0.9 else 2)]
    written = conditions[0] if len(conditions) == 1 else "[" + ", ".join(conditions) + "]"
    return (f"title: rule {number}\nid: 00000000-0000-4000-8000-{number:012d}\nlogsource: {{category: generated}}\n"
            f"detection:\n{detection}  condition: {quoted(written) if len(conditions) == 1 else written}\n")


def rules(chance, count):
    return [rule(chance, number) for number in range(count)]


def encoded(chance, secret):
    data = secret.replace("\\*", "*").encode(chance.choice(["utf-8", "utf-16-le", "utf-16-be", "utf-16"]))
    around = (chance.randint(0, 3), chance.randint(0, 3)) if chance.random() < 0.5 else (0, 0)
    made = base64.b64encode(b"x" * around[0] + data + b"y" * around[1]).decode()
    return made.swapcase() if chance.random() < 0.1 else made


def change(chance, seen):
    """A value of a rule as an event might have it."""
    if not isinstance(seen, str):
        return getattr(seen, "value", seen)
    seen = seen.replace("\\*", "\u0001").replace("\\?", "\u0002")
    seen = seen.replace("*", chance.choice(["", "zz", "\n"])).replace("?", chance.choice(["z", "é", "", "\n"]))
    seen = seen.replace("\u0001", "*").replace("\u0002", "?").replace("\\\\", "\\")
    return chance.choice([seen, seen, seen.swapcase(), "p" + seen + "s", seen + "s", "p" + seen, "line\n" + seen + "\nline",
                          seen.replace("-", chance.choice("/\u2013")), seen.casefold()])


def values_of(body):
    if isinstance(body, (dict, list)):
        for inner in body.values() if isinstance(body, dict) else body:
            yield from values_of(inner)
    else:
        yield body


EVENT_SCALARS = [1, 4624, 0, -5, 1.5, 2.0, True, False, None, "", "true", "True", "4624", "1", "1.0", "01", "0x1f", "-", "null", 31, 1e3,
                 "1e3", 0.5, 2**64 - 1, 2**63, -2**63, 10**15, 10**16, 1e15, 1e16, 1e22, 0.1, 1e-7, 5, -0.0, "9223372036854775808", 2**53 + 1]


def value(chance, seen):
    kind = chance.random()
    if kind < 0.35 and seen:
        return change(chance, chance.choice(seen))
    if kind < 0.55:
        return change(chance, escaped(chance.choice(BASES)))
    if kind < 0.7:
        return text(chance)
    return chance.choice(EVENT_SCALARS)


def field_value(chance, field, seen):
    if field == "ip":
        return chance.choice(ADDRESSES)
    if field == "when":
        return chance.choice(TIMES)
    if field == "n":
        return chance.choice(EVENT_SCALARS + ["x", "1.5", "-5", " 1", "1 ", "+5", "1e3", ".5", "5.", "0x10"])
    if field == "a" and chance.random() < 0.5:
        return encoded(chance, chance.choice(SECRETS).replace("ö", chance.choice("oö")))
    return value(chance, seen)


def event(chance, seen):
    pairs = []
    known = []
    for field in FIELDS:
        if chance.random() < 0.25:
            continue
        made = chance.choice(known) if known and chance.random() < 0.12 else field_value(chance, field, seen)
        known.append(made)
        if field == "list" and chance.random() < 0.7:
            made = chance.choice([[made, value(chance, seen)], [made, [None, value(chance, seen)]], [], [{}], [chance.choice(ADDRESSES), made]])
        if field == "d.e" and chance.random() < 0.6:
            pairs.append(("d", chance.choice([{"e": made}, [{"e": made}, {"e": value(chance, seen)}, {"z": 1}], {"e": {"deep": made}}])))
            continue
        pairs.append((field, made))
        if chance.random() < 0.02:
            pairs.append((field, value(chance, seen)))  # a key that is there twice
    escape = chance.random() < 0.5
    return "{" + ", ".join(f"{json.dumps(name)}: {json.dumps(made, ensure_ascii=escape)}" for name, made in pairs) + "}"


def events(chance, loaded, count):
    seen = [one for rule_ in loaded for name, body in rule_.document["detection"].items() if name != "condition"
            for one in values_of(body)]
    return [event(chance, seen) for _ in range(count)]
