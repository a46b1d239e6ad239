#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# What every shipped rule must have: an identity of its own, a name after its file, texts in two languages with
# the same number of steps, samples beside it, and no line that a narrow screen breaks. Reads text, not YAML: the
# YAML itself is checked by `persandian rules check`.
"""packs_test.py RULES_FOLDER"""

import pathlib
import re
import sys

UUID4 = re.compile(r"^id: ([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})$", re.M)
LINES = ("# SPDX-License-Identifier: Apache-2.0", "license: Apache-2.0", "author: Persandian")
LEVEL = re.compile(r"^level: (informational|low|medium|high|critical)$", re.M)
TACTIC = re.compile(r"^    - attack\.[a-z-]+$", re.M)


def steps_of(text, language):
    block = re.search(rf"^    {language}:\n((?:      .*\n)+)", text.split("  next_steps:\n")[1], re.M)
    return len(re.findall(r"^      - ", block[1], re.M)) if block else 0


def problems_of(path, pack, seen):
    text, out = path.read_text(encoding="utf-8"), []
    identity = UUID4.search(text)
    if not identity:
        out.append("no id that is a UUID, version 4")
    elif identity[1] in seen:
        out.append(f"same id as {seen[identity[1]]}")
    else:
        seen[identity[1]] = path
    name = f"{pack}_{path.stem}".replace("-", "_")
    if f"\nname: {name}\n" not in text:
        out.append(f"name must be {name}")
    out += [f"line missing: {line}" for line in LINES if line not in text.split("\n")]
    if not LEVEL.search(text):
        out.append("no level")
    if not TACTIC.search(text):
        out.append("no ATT&CK tag")
    for key in ("  title:\n    id: ", "  explanation:\n    id: ", "  next_steps:\n    id:\n", "  category: "):
        if key not in text.split("\npersandian:\n")[-1].join(("\n", "")):
            out.append(f"persandian block lacks {key.split(':')[0].strip()}")
    if "  next_steps:\n" in text and not 0 < steps_of(text, "id") == steps_of(text, "en"):
        out.append("next_steps differ in number between id and en")
    samples = path.with_name(path.stem + ".test.yml")
    if not samples.exists():
        return out + [f"no samples: write {samples.name}"]
    match, _, no_match = samples.read_text(encoding="utf-8").partition("\nno-match:\n")
    for title, part in (("match", match), ("no-match", no_match)):
        if len(re.findall(r"^  - name: ", part, re.M)) < 2:
            out.append(f"{samples.name} has fewer than two samples under {title}")
    return out


def main(root):
    seen, failed, count = {}, 0, 0
    for pack in sorted(p for p in root.iterdir() if p.is_dir() and p.name not in ("logsources", "lists", "suppressions")):
        for path in sorted(pack.glob("*.yml")):
            if path.name.endswith(".test.yml"):
                if not path.with_name(path.name.replace(".test.yml", ".yml")).exists():
                    print(f"{path}: samples without a rule")
                    failed += 1
                continue
            count += 1
            for problem in problems_of(path, pack.name, seen):
                print(f"{path}: {problem}")
                failed += 1
    print(f"{count} rules, {failed} problems")
    return 1 if failed or count < 36 else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
