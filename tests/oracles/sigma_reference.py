#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A slow and literal evaluator of Sigma detection rules, for comparison with the engine.

Shares nothing with it: PyYAML reads the rules, Python's re runs the expressions, every rule is tried
on every event. Usage:

    sigma_reference.py [--logsources FOLDER] RULES... < events.jsonl

RULES: YAML files or folders. Prints "line TAB rule id" for each match. --logsources: definitions as in
rules/logsources; without them every rule is tried on every event under its own field names.
"""
import argparse
import base64
import datetime
import functools
import ipaddress
import json
import pathlib
import re
import sys

import sigma_sequence
import yaml


class Refused(Exception):
    pass


# --- values of rules


class Written:
    """A number of a rule: its value, and how it is written, for modifiers that make texts of it."""

    def __init__(self, text):
        self.text = text
        self.value = int(text) if re.fullmatch(r"[-+]?[0-9]+", text) else float(text)


INT = ("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"))
FLOAT = ("tag:yaml.org,2002:float",
         re.compile(r"^[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?$"))


class TextLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML whose timestamps stay texts and whose other numbers are decimal."""


TextLoader.yaml_implicit_resolvers = {
    first: [(tag, expression) for tag, expression in resolvers
            if tag not in ("tag:yaml.org,2002:timestamp", INT[0], FLOAT[0])]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
for _tag, _expression in (INT, FLOAT):
    TextLoader.add_implicit_resolver(_tag, _expression, list("-+.0123456789"))
    TextLoader.add_constructor(_tag, lambda loader, node: Written(node.value))

ANY, ONE = object(), object()  # the wildcards among the characters of a pattern


@functools.lru_cache(None)
def fold_character(character):
    simple = character.casefold()
    if len(simple) != 1:
        simple = character.lower()
    return simple if len(simple) == 1 else character


def fold(text):
    return text.lower() if text.isascii() else "".join(map(fold_character, text))


def parse_pattern(text):
    pattern, i = [], 0
    while i < len(text):
        if text[i] == "\\" and i + 1 < len(text) and text[i + 1] in "\\*?":
            pattern.append(text[i + 1])
            i += 2
            continue
        pattern.append(ANY if text[i] == "*" else ONE if text[i] == "?" else text[i])
        i += 1
    return pattern


def pattern_regex(pattern, cased):
    out, before = [], None
    for item in pattern:
        if item is ANY:
            out += [] if before is ANY else [".*"]  # a run of stars is one
        else:
            out.append("." if item is ONE else re.escape(item if cased else fold(item)))
        before = item
    return re.compile("".join(out), re.DOTALL)


# --- values of events


def canonical(value):
    """The text by which a value of an event or a rule is compared; None for null."""
    if value is None:
        return None
    if isinstance(value, Written):
        value = value.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if value == int(value) and abs(value) < 1e16:
            return str(int(value))
        return repr(value)
    return str(value)


def number(value):
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return value
    if not re.fullmatch(r"-?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?", value):
        return None
    return int(value) if re.fullmatch(r"-?[0-9]+", value) else float(value)


def time_of(value):
    if isinstance(value, str):
        found = re.match(r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)|$)", value)
        if found:
            try:
                return datetime.datetime(*(int(part or 0) for part in found.groups()))
            except ValueError:
                return None
    seconds = number(value)
    if seconds is None or abs(seconds) >= 9e9:
        return None
    return datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=int(seconds // 1))


class Value:
    def __init__(self, raw):
        self.raw = raw
        self.text = canonical(raw)

    @functools.cached_property
    def folded(self):
        return fold(self.text)


def flatten(value, name, out):
    if isinstance(value, Pairs):
        for key, inner in value:
            flatten(inner, f"{name}.{key}" if name else key, out)
    elif isinstance(value, list):
        for inner in value:
            flatten(inner, name, out)
    else:
        out.append((name, Value(value)))


class Pairs(list):
    """A JSON object with every key it has, those that occur twice too."""


class Event:
    """An object of JSON as names and values: {"a": {"b": [1, 2]}} is a.b = 1 and a.b = 2."""

    def __init__(self, line):
        self.pairs, self.named = [], {}
        flatten(json.loads(line, object_pairs_hook=Pairs), "", self.pairs)
        for name, value in self.pairs:
            self.named.setdefault(name, []).append(value)
        self.spaced = [name for name in self.named if " " in name]

    def values(self, field):
        if field in self.named:
            return self.named[field]
        for name in self.spaced:
            if name.replace(" ", "") == field:
                return self.named[name]
        return []

    def plain(self, field):
        """Looks a field up under the name that the rule gives it."""
        return self.values(field)


# --- modifiers


def time_part(name, moment):
    if name == "week":
        return moment.isocalendar()[1]
    return getattr(moment, name)


DASHES = "-/\u2013\u2014\u2015"


def is_word(item):
    return isinstance(item, str) and (item.isalnum() or item == "_")


def windash(pattern):
    out = [[]]
    for i, item in enumerate(pattern):
        before = pattern[i - 1] if i else None
        after = pattern[i + 1] if i + 1 < len(pattern) else None
        choices = DASHES if item in ("-", "/") and not is_word(before) and is_word(after) else [item]
        out = [head + [choice] for head in out for choice in choices]
    return out


class PatternBytes(list):
    """A pattern whose characters are bytes (after wide and the like)."""

    def __init__(self, data):
        super().__init__(chr(byte) for byte in data)


def bytes_of(pattern):
    if ANY in pattern or ONE in pattern:
        raise Refused("wildcard in an encoded value")
    return "".join(pattern).encode("latin-1" if isinstance(pattern, PatternBytes) else "utf-8")


def encode_offsets(data):
    out = []
    for offset in range(3):
        text = base64.b64encode(b" " * offset + data).decode()
        end = len(text) - (0, 3, 2)[(offset + len(data)) % 3]
        out.append(list(text[(0, 2, 3)[offset]:end]))
    return out


COMPARISONS = {"lt": lambda a, b: a < b, "lte": lambda a, b: a <= b,
               "gt": lambda a, b: a > b, "gte": lambda a, b: a >= b}
PARTS = ("minute", "hour", "day", "week", "month", "year")
UTF16 = {"wide": "utf-16-le", "utf16le": "utf-16-le", "utf16be": "utf-16-be", "utf16": "utf-16-le"}
ENDS = ("contains", "startswith", "endswith")
FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "ignorecase": re.IGNORECASE,
         "multiline": re.MULTILINE, "dotall": re.DOTALL}


def change(name, kind, value):
    """What a modifier makes of one alternative: a list of alternatives."""
    if name in COMPARISONS or name in PARTS:
        return [(name, value.value)]
    if kind in ("regex", "field") or name not in (*ENDS, *UTF16, "base64", "base64offset", "windash"):
        return [(kind, value)]
    if kind == "value":
        kind, value = "pattern", list(value.text)
    if name == "contains":
        return [(kind, [ANY, *value, ANY])]
    if name == "startswith":
        return [(kind, [*value, ANY])]
    if name == "endswith":
        return [(kind, [ANY, *value])]
    if name == "windash":
        return [(kind, one) for one in windash(value)]
    data = bytes_of(value)
    if name == "base64":
        return [(kind, list(base64.b64encode(data).decode()))]
    if name == "base64offset":
        return [(kind, one) for one in encode_offsets(data)]
    mark = b"\xff\xfe" if name == "utf16" else b""
    return [(kind, PatternBytes(mark + data.decode("utf-8").encode(UTF16[name])))]


def first_form(value, modifiers):
    if "re" in modifiers:
        return "regex", value.text if isinstance(value, Written) else value
    if "cidr" in modifiers:
        return "network", ipaddress.ip_network(value)
    if "exists" in modifiers:
        return "exists", value
    if "fieldref" in modifiers:
        return "field", value
    if value is None:
        return "null", None
    return ("pattern", parse_pattern(value)) if isinstance(value, str) else ("value", value)


def address(text):
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return []
    mapped = getattr(found, "ipv4_mapped", None)
    return [found] + ([mapped] if mapped else [])


# --- rules


class Item:
    """field|modifiers: values"""

    def __init__(self, key, raw):
        self.field, *self.modifiers = key.split("|")
        self.cased = "cased" in self.modifiers
        if "sequence" in self.modifiers:
            self.terms = [[("sequence", [sigma_sequence.plain(step) for step in raw])]]
            return
        values = raw if isinstance(raw, list) and raw else [None] if raw == [] else [raw]
        self.terms = []
        for value in values:
            term = [first_form(value, self.modifiers)]
            if not self.field and isinstance(value, bool):
                term = [("pattern", list(canonical(value)))]
            for name in self.modifiers:
                term = [changed for alternative in term for changed in change(name, *alternative)]
            self.terms.append([self.finish(*alternative) for alternative in term])

    def finish(self, kind, operand):
        if not self.field and kind != "regex" and not {"startswith", "endswith"} & set(self.modifiers):
            operand = [ANY, *(operand.text if kind == "value" else operand), ANY]
            kind = "pattern"
        if kind == "pattern":
            return kind, pattern_regex(operand, self.cased)
        if kind == "value":
            return kind, fold(canonical(operand))
        if kind == "regex":
            return kind, re.compile(operand, sum({FLAGS[name] for name in self.modifiers if name in FLAGS}))
        return kind, operand

    def holds(self, event, look):
        if self.field:
            candidates = look(self.field)
        else:
            candidates = [value for _, value in event.pairs if value.raw is not None]
        every = all if "all" in self.modifiers else any
        held = every(any(self.alternative_holds(*alternative, candidates, look) for alternative in term)
                     for term in self.terms)
        return not held if "neq" in self.modifiers else held

    def alternative_holds(self, kind, operand, candidates, look):
        if kind == "exists":
            return bool(candidates) == operand
        if kind == "null":
            return not candidates or any(value.raw is None for value in candidates)
        return any(self.one_holds(kind, operand, value, look) for value in candidates if value.raw is not None)

    def one_holds(self, kind, operand, value, look):
        if kind == "pattern":
            return operand.fullmatch(value.text if self.cased else value.folded) is not None
        if kind == "value":
            return operand == value.folded
        if kind == "regex":
            return operand.search(value.text) is not None
        if kind == "sequence":
            return sigma_sequence.holds(operand, value.text.encode("utf-8", "surrogatepass"))
        if kind == "network":
            return any(one.version == operand.version and one in operand for one in address(value.text))
        if kind in COMPARISONS:
            found = number(value.raw)
            return found is not None and COMPARISONS[kind](found, operand)
        if kind == "field":
            return any(self.agrees(value, other) for other in look(operand) if other.raw is not None)
        moment = time_of(value.raw)
        return moment is not None and time_part(kind, moment) == operand

    def agrees(self, value, other):
        mine, theirs = (value.text, other.text) if self.cased else (value.folded, other.folded)
        if "contains" in self.modifiers or {"startswith", "endswith"} <= set(self.modifiers):
            return theirs in mine
        if "startswith" in self.modifiers:
            return mine.startswith(theirs)
        return mine.endswith(theirs) if "endswith" in self.modifiers else mine == theirs


def prepare(body):
    """A selection: (all or any, parts) or an Item."""
    if isinstance(body, dict):
        return all, [Item(key, value) for key, value in body.items()]
    if isinstance(body, list):
        return any, [prepare(one) if isinstance(one, (dict, list)) else Item("", one) for one in body]
    return Item("", body)


def holds(prepared, event, look):
    if isinstance(prepared, Item):
        return prepared.holds(event, look)
    join, parts = prepared
    return join(holds(part, event, look) for part in parts)


def translate(text, names):
    """The condition as Python: held('name') for each search identifier."""
    words = re.findall(r"[()]|[^\s()]+", text)
    out, i = [], 0
    while i < len(words):
        word = words[i].lower()
        if word in ("and", "or", "not", "(", ")"):
            out.append(word)
        elif i + 1 < len(words) and words[i + 1].lower() == "of":
            pattern = "*" if words[i + 2].lower() == "them" else words[i + 2]
            expression = ".*".join(re.escape(part) for part in pattern.split("*"))
            chosen = [name for name in names if re.fullmatch(expression, name)
                      and (not name.startswith("_") or pattern.startswith("_"))]
            if not chosen:
                raise Refused("names nothing: " + pattern)
            out.append("(" + (" and " if word == "all" else " or ").join(f"held({name!r})" for name in chosen) + ")")
            i += 2
        else:
            if words[i] not in names:
                raise Refused("unknown: " + words[i])
            out.append(f"held({words[i]!r})")
        i += 1
    return compile(" ".join(out), "<condition>", "eval")


class Rule:
    def __init__(self, document):
        self.document = document
        self.id = document["id"]
        source = document["logsource"]
        self.source = tuple(source.get(part) or "" for part in ("product", "category", "service"))
        detection = document["detection"]
        self.selections = {name: prepare(body) for name, body in detection.items() if name != "condition"}
        conditions = detection["condition"]
        self.conditions = [translate(one, self.selections)
                           for one in (conditions if isinstance(conditions, list) else [conditions])]

    def holds(self, event, look):
        def held(name):
            return holds(self.selections[name], event, look)
        return any(eval(one, {"__builtins__": {}, "held": held}) for one in self.conditions)


def load(paths):
    for path in paths:
        top = pathlib.Path(path)
        for file in sorted(top.rglob("*.yml")) if top.is_dir() else [top]:
            for document in yaml.load_all(file.read_text(encoding="utf-8"), Loader=TextLoader):
                if document and "detection" in document and "|expand" not in str(document["detection"]):
                    yield Rule(document)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("rules", nargs="+")
    parser.add_argument("--logsources")
    options = parser.parse_args()
    rules = list(load(options.rules))
    sources = None
    if options.logsources:
        import sigma_logsources
        sources = sigma_logsources.Sources(options.logsources)
    for line_number, line in enumerate(sys.stdin, 1):
        event = Event(line)
        if sources is not None:
            found = sources.matches(event, rules)
        else:
            found = {rule.id for rule in rules if rule.holds(event, event.plain)}
        for rule_id in sorted(found):
            print(line_number, rule_id, sep="\t")


if __name__ == "__main__":
    main()
