#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A slow and literal evaluator of Sigma detection rules, for comparison with the engine.

Shares nothing with it: PyYAML reads the rules, Python's re runs the expressions, every rule is tried
on every event, and each value is looked at anew for each test. Usage:

    sigma_reference.py --routes FILE RULES... < events.jsonl

RULES: YAML files or folders. Prints "line TAB rule id" for each match. --routes: a Python file that
defines routes(event) -> list of (product, category, service, {sigma field: event field}) for an
event; without it every rule is tried on every event under its own field names.
"""
import base64
import datetime
import ipaddress
import json
import pathlib
import re
import sys

import yaml


class Refused(Exception):
    pass


class TextLoader(yaml.SafeLoader):
    """YAML whose timestamps stay texts and whose other numbers are decimal."""


TextLoader.yaml_implicit_resolvers = {
    first: [(tag, expression) for tag, expression in resolvers
            if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
TextLoader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"), list("-+0123456789"))
TextLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"))
TextLoader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value, 10))

ANY, ONE = object(), object()  # the wildcards among the characters of a pattern


def fold(text):
    out = []
    for character in text:
        simple = character.casefold()
        if len(simple) != 1:
            simple = character.lower()
        out.append(simple if len(simple) == 1 else character)
    return "".join(out)


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
    out = ""
    for item in pattern:
        out += ".*" if item is ANY else "." if item is ONE else re.escape(item if cased else fold(item))
    return re.compile(out, re.DOTALL)


def canonical(value):
    """The text by which a value of an event or a rule is compared; None for null."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if value == int(value) and abs(value) < 1e15:
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


def plain(pattern):
    if ANY in pattern or ONE in pattern:
        raise Refused("wildcard in an encoded value")
    return "".join(pattern)


class Bytes(str):
    """Text whose characters are bytes (after wide)."""


def to_bytes(text):
    return text.encode("latin-1") if isinstance(text, Bytes) else text.encode("utf-8")


def encode_offsets(data):
    out = []
    for offset in range(3):
        text = base64.b64encode(b" " * offset + data).decode()
        end = len(text) - (0, 3, 2)[(offset + len(data)) % 3]
        out.append(list(text[(0, 2, 3)[offset]:end]))
    return out


def flatten(value, name, out):
    if isinstance(value, dict):
        for key, inner in value.items():
            flatten(inner, f"{name}.{key}" if name else key, out)
    elif isinstance(value, list):
        for inner in value:
            flatten(inner, name, out)
    else:
        out.append((name, value))


class Event:
    def __init__(self, raw):
        self.pairs = []
        flatten(raw, "", self.pairs)

    def values(self, field):
        found = [value for name, value in self.pairs if name == field]
        if not found:
            found = [value for name, value in self.pairs if " " in name and name.replace(" ", "") == field]
        return found


def alternatives_of(values, modifiers):
    """Each value as a list of alternatives: ("pattern", p), ("regex", text), …"""
    terms = []
    for value in values:
        if "re" in modifiers:
            terms.append([("regex", value)])
        elif "cidr" in modifiers:
            terms.append([("network", ipaddress.ip_network(value))])
        elif "exists" in modifiers:
            terms.append([("exists", value)])
        elif "fieldref" in modifiers:
            terms.append([("field", value)])
        elif value is None:
            terms.append([("null", None)])
        elif isinstance(value, str):
            terms.append([("pattern", parse_pattern(value))])
        else:
            terms.append([("value", value)])
    for name in modifiers:
        terms = [[changed for alternative in term for changed in change(name, *alternative)] for term in terms]
    return terms


def change(name, kind, value):
    texts = ("contains", "startswith", "endswith", "base64", "base64offset", "windash", "wide", "utf16le", "utf16be",
             "utf16")
    if name in ("lt", "lte", "gt", "gte", "minute", "hour", "day", "week", "month", "year"):
        return [(name, value)]
    if name not in texts or kind in ("regex", "field"):
        return [(kind, value)]
    if kind == "value":
        kind, value = "pattern", list(str(value))
    if name == "contains":
        return [(kind, [ANY] + value + [ANY])]
    if name == "startswith":
        return [(kind, value + [ANY])]
    if name == "endswith":
        return [(kind, [ANY] + value)]
    if name == "windash":
        return [(kind, one) for one in windash(value)]
    data = to_bytes(plain(value)) if not isinstance(value, Bytes) else to_bytes(value)
    if name == "base64":
        return [(kind, list(base64.b64encode(data).decode()))]
    if name == "base64offset":
        return [(kind, one) for one in encode_offsets(data)]
    encoded = data.decode("utf-8").encode({"wide": "utf-16-le", "utf16le": "utf-16-le", "utf16be": "utf-16-be",
                                           "utf16": "utf-16-le"}[name])
    if name == "utf16":
        encoded = b"\xff\xfe" + encoded
    return [(kind, PatternBytes(encoded))]


class PatternBytes(list):
    """A pattern of bytes, for base64 after wide."""

    def __init__(self, data):
        super().__init__(chr(byte) for byte in data)


_plain = plain


def plain(pattern):  # noqa: F811 - bytes keep their type
    text = _plain(pattern)
    return Bytes(text) if isinstance(pattern, PatternBytes) else text


def address(text):
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    return [found] + ([mapped] if mapped else [])


def one_holds(kind, operand, value, modifiers, event, names):
    if kind == "null":
        return value is None
    if value is None:
        return False
    cased = "cased" in modifiers
    text = canonical(value)
    if kind == "pattern":
        return pattern_regex(operand, cased).fullmatch(text if cased else fold(text)) is not None
    if kind == "value":
        return fold(canonical(operand)) == fold(text)
    if kind == "regex":
        flags = re.IGNORECASE if {"i", "ignorecase"} & set(modifiers) else 0
        flags |= re.MULTILINE if {"m", "multiline"} & set(modifiers) else 0
        flags |= re.DOTALL if {"s", "dotall"} & set(modifiers) else 0
        return re.search(operand, text, flags) is not None
    if kind == "network":
        return any(one.version == operand.version and one in operand for one in address(text) or [])
    if kind in ("lt", "lte", "gt", "gte"):
        found = number(value)
        return found is not None and {"lt": found < operand, "lte": found <= operand, "gt": found > operand,
                                      "gte": found >= operand}[kind]
    if kind == "field":
        for other in event.values(names.get(operand, operand)):
            if other is None:
                continue
            mine, theirs = (text, canonical(other)) if cased else (fold(text), fold(canonical(other)))
            if ("contains" in modifiers and theirs in mine) or ("endswith" in modifiers and mine.endswith(theirs)) or \
                    ("startswith" in modifiers and mine.startswith(theirs)) or \
                    (not {"contains", "startswith", "endswith"} & set(modifiers) and mine == theirs):
                return True
        return False
    moment = time_of(value)
    return moment is not None and time_part(kind, moment) == operand


def item_holds(key, raw, event, names):
    field, *modifiers = key.split("|")
    values = raw if isinstance(raw, list) else [raw]
    if raw == []:
        values = [None]
    terms = alternatives_of(values, modifiers)
    if field:
        candidates = event.values(names.get(field, field))
    else:
        candidates = [value for _, value in event.pairs if value is not None]
        tied = {"startswith", "endswith", "re"} & set(modifiers)
        if not tied:
            terms = [[("pattern", [ANY] + (list(canonical(v)) if k == "value" else v) + [ANY]) for k, v in term]
                     for term in terms]

    def alternative_holds(kind, operand):
        if kind == "exists":
            return bool(candidates) == operand
        if kind == "null" and not candidates:
            return True
        return any(one_holds(kind, operand, value, modifiers, event, names) for value in candidates)

    results = [any(alternative_holds(kind, operand) for kind, operand in term) for term in terms]
    held = all(results) if "all" in modifiers else any(results)
    return not held if "neq" in modifiers else held


def detection_holds(body, event, names):
    if isinstance(body, dict):
        return all(item_holds(key, value, event, names) for key, value in body.items())
    if isinstance(body, list):
        return any(detection_holds(one, event, names) if isinstance(one, (dict, list))
                   else item_holds("", one, event, names) for one in body)
    return item_holds("", body, event, names)


def condition_holds(text, held):
    """Translates the condition to Python over the already known truth of each identifier."""
    words = re.findall(r"[()]|[^\s()]+", text)
    out, i = [], 0
    while i < len(words):
        word = words[i].lower()
        if word in ("and", "or", "not", "(", ")"):
            out.append(word)
        elif word in ("1", "any", "all") and i + 1 < len(words) and words[i + 1].lower() == "of":
            pattern = "*" if words[i + 2].lower() == "them" else words[i + 2]
            expression = ".*".join(re.escape(part) for part in pattern.split("*"))
            chosen = [truth for name, truth in held.items() if re.fullmatch(expression, name)
                      and (not name.startswith("_") or pattern.startswith("_"))]
            if not chosen:
                raise Refused("names nothing: " + pattern)
            out.append(str(all(chosen) if word == "all" else any(chosen)))
            i += 2
        else:
            out.append(str(held[words[i]]))
        i += 1
    return eval(" ".join(out), {"__builtins__": {}})  # only True, False, and, or, not, parentheses


def rule_holds(rule, event, names):
    held = {name: detection_holds(body, event, names)
            for name, body in rule["detection"].items() if name != "condition"}
    conditions = rule["detection"]["condition"]
    return any(condition_holds(one, held) for one in (conditions if isinstance(conditions, list) else [conditions]))


def load(paths):
    for path in paths:
        top = pathlib.Path(path)
        for file in sorted(top.rglob("*.yml")) if top.is_dir() else [top]:
            for document in yaml.load_all(file.read_text(encoding="utf-8"), Loader=TextLoader):
                if document and "detection" in document and "expand" not in str(document["detection"]):
                    yield document


def main():
    arguments = sys.argv[1:]
    routes = None
    if arguments and arguments[0] == "--routes":
        scope = {}
        exec(pathlib.Path(arguments[1]).read_text(), scope)
        routes = scope["routes"]
        arguments = arguments[2:]
    rules = list(load(arguments))
    for line_number, line in enumerate(sys.stdin, 1):
        raw = json.loads(line)
        event = Event(raw)
        sources = routes(raw) if routes else None
        for rule in rules:
            wanted = rule["logsource"]
            tried = [{}] if sources is None else [
                names for product, category, service, names in sources
                if wanted.get("product") in (None, product) and wanted.get("category") in (None, category)
                and wanted.get("service") in (None, service)]
            if any(rule_holds(rule, event, names) for names in tried):
                print(line_number, rule["id"], sep="\t")


if __name__ == "__main__":
    main()
