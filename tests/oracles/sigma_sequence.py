# SPDX-License-Identifier: Apache-2.0
"""Our modifier `sequence`, read slowly and literally (docs/formats/rules.md), and random steps for it."""
import json
import re

COMPARISONS = {"lt": lambda a, b: a < b, "lte": lambda a, b: a <= b, "gt": lambda a, b: a > b,
               "gte": lambda a, b: a >= b, "eq": lambda a, b: a == b, "neq": lambda a, b: a != b}


def plain(value):
    """What YAML gave, with numbers as numbers (the loader keeps how they were written)."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, str) and re.fullmatch(r"0x[0-9a-f]+", value):
        return int(value, 16)
    return getattr(value, "value", value)


def lower(data):
    return bytes(byte + 32 if 65 <= byte <= 90 else byte for byte in data)


def number_at(source, data, at):
    size = source.get("bytes", 1)
    base = source.get("base", 0)
    if at < 0 or at + size > len(data):
        return None
    text = data[at:at + (20 if size == 0 and base else size)]
    if base:
        digits = {8: "[0-7]", 10: "[0-9]", 16: "[0-9a-fA-F]"}[base]
        found = re.match((r" *(?:0[xX])?" if base == 16 else r" *") + f"({digits}+)", text.decode("latin-1"))
        if not found:
            return None
        value = int(found.group(1), base)
    else:
        value = int.from_bytes(text, source.get("order", "big"))
    return value & source.get("and", 2**64 - 1)


def region(step, data, position):
    relative = "distance" in step or "within" in step
    begin = step.get("distance", 0) + position if relative else step.get("offset", 0)
    span = step.get("within") if relative else step.get("depth")
    end = len(data) if span is None else begin + span
    begin = min(max(begin, 0), len(data))
    return begin, min(max(end, begin), len(data))


def places(step, data, position):
    """Where the step may stand: pairs of begin and end."""
    begin, end = region(step, data, position)
    if "re" in step:
        expression = re.compile(step["re"].encode("latin-1"))
        subject = data[begin:end]
        skipped = 0
        while found := expression.search(subject, skipped) if skipped <= len(subject) else None:
            if not step.get("end") or begin + found.end() == len(data):
                yield begin + found.start(), begin + found.end()
            skipped = found.start() + 1
        return
    wanted = bytes.fromhex(step["hex"]) if "hex" in step else step["text"].encode()
    cased = step.get("cased", "hex" in step)
    looked_at, wanted = (data, wanted) if cased else (lower(data), lower(wanted))
    for at in range(begin, end - len(wanted) + 1):
        if looked_at[at:at + len(wanted)] == wanted and (not step.get("end") or at + len(wanted) == len(data)):
            yield at, at + len(wanted)


def spot(step, position, first):
    if "distance" in step or not ("offset" in step or first):
        return position + step.get("distance", 0)
    return step.get("offset", 0)


def meets(step, data, position, first):
    tests = step.get("remaining") or step["number"]
    value = len(data) - position if "remaining" in step else number_at(tests, data, spot(step, position, first))
    if value is None:
        return False
    held = all(COMPARISONS[name](value, limit) for name, limit in tests.items() if name in COMPARISONS)
    return held != step.get("not", False)


def jump(step, data, position, first):
    source, at = step["jump"], spot(step, position, first)
    value = number_at(source, data, at)
    if value is None:
        return None
    by = value * source.get("multiply", 1)
    if source.get("align"):
        by = (by + 3) // 4 * 4
    target = (0 if source.get("from_start") else at + source.get("bytes", 1)) + by + source.get("add", 0)
    return target if 0 <= target <= len(data) else None


def holds(steps, data, position=0, number=0):
    if number == len(steps):
        return True
    step = steps[number]
    if "jump" in step:
        target = jump(step, data, position, number == 0)
        return target is not None and holds(steps, data, target, number + 1)
    if "remaining" in step or "number" in step:
        return meets(step, data, position, number == 0) and holds(steps, data, position, number + 1)
    if step.get("not"):
        return not any(True for _ in places(step, data, position)) and holds(steps, data, position, number + 1)
    return any(holds(steps, data, end, number + 1) for _, end in places(step, data, position))


# --- random steps


def some_text(chance, bases):
    base = chance.choice(bases)
    start = chance.randint(0, len(base) - 1)
    return base[start:start + chance.randint(1, 4)]


def place(chance, first):
    kind = chance.random()
    if kind < 0.35:
        return {}
    if kind < 0.6 or first:
        made = {"offset": chance.randint(0, 6)}
        return made if chance.random() < 0.5 else made | {"depth": chance.randint(1, 12)}
    made = {"distance": chance.randint(-4, 4)}
    return made if chance.random() < 0.5 else made | {"within": chance.randint(1, 10)}


def step(chance, bases, first):
    kind = chance.random()
    bounds = {chance.choice(list(COMPARISONS)): chance.randint(0, 120)}
    if kind < 0.08:
        made = {"remaining": {chance.choice(list(COMPARISONS)): chance.randint(0, 20)}}
    elif kind < 0.16:
        made = {"number": {"bytes": chance.randint(1, 3), "order": chance.choice(["big", "little"])} | bounds}
    elif kind < 0.22:
        made = {"number": {"bytes": chance.randint(0, 4), "base": chance.choice([8, 10, 16])} | bounds}
    elif kind < 0.28:
        return {"jump": {"bytes": 1, "and": 7, "multiply": chance.randint(1, 2), "add": chance.randint(-1, 1),
                         "align": chance.random() < 0.3, "from_start": chance.random() < 0.3}}
    elif kind < 0.4:
        made = {"re": chance.choice(["[a-f]+", "^.", "o", "x|z", "[0-9]{2}", "exe$", "(?i)bar", " .?"])} | place(chance, first)
    elif kind < 0.55:
        made = {"hex": some_text(chance, bases).encode().hex(" "), "cased": chance.random() < 0.6} | place(chance, first)
    else:
        made = {"text": some_text(chance, bases), "cased": chance.random() < 0.3} | place(chance, first)
    if "re" in made or "text" in made or "hex" in made:
        made |= {"end": True} if chance.random() < 0.1 else {}
    return made | ({"not": True} if chance.random() < 0.15 else {})


def steps(chance, bases):
    return json.dumps([step(chance, bases, number == 0) for number in range(chance.randint(1, 3))], ensure_ascii=False)
