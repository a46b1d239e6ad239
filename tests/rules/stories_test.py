#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# The sample inputs through the whole program with the shipped rules: exactly these incidents, of these agencies.
# A change of a rule, a parser or the engine that loses a story, or adds a false one, shows here.
"""stories_test.py PERSANDIAN SOURCE_FOLDER [--print]"""

import json
import pathlib
import re
import subprocess
import sys

LOGS = ("web_access:access.log", "auto:auth.log", "auditd:audit.log", "routeros:routeros.log", "json:app.jsonl")


def rule_names(rules):
    """Rule id → pack/file."""
    names = {}
    for path in rules.glob("*/*.yml"):
        identity = re.search(r"^id: (\S+)$", path.read_text(encoding="utf-8"), re.M)
        if identity and not path.name.endswith(".test.yml"):
            names[identity[1]] = f"{path.parent.name}/{path.stem}"
    return names


def incidents(program, source):
    samples = "tools/samples"  # as the register of assets names the logs
    command = [str(program), "replay", "-r", f"{samples}/province.pcap", "--assets", f"{samples}/assets.yml", "-S", "rules", "--json"]
    for log in LOGS:
        kind, name = log.split(":")
        command += ["--log", f"{kind}:{samples}/{name}"]
    result = json.loads(subprocess.run(command, cwd=source, check=True, capture_output=True, text=True).stdout)
    names = rule_names(source / "rules")
    for one in result["incidents"]:
        who = " ".join(part["value"].removeprefix(f"{samples}/") for part in one["entity"])
        yield f'{one["severity"]:8} {names[one["rule"]]:45} {who:28} {one["count"]:3} {(one["agency"] or {}).get("code", "-")}'


def main(program, source, options):
    found = sorted(incidents(pathlib.Path(program).resolve(), pathlib.Path(source)))
    listed = pathlib.Path(__file__).with_name("stories.txt")
    if "--print" in options:
        print("\n".join(found))
        return 0
    wanted = sorted(line for line in listed.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#"))
    for line in wanted:
        if line not in found:
            print(f"missing: {line}")
    for line in found:
        if line not in wanted:
            print(f"new    : {line}")
    return 0 if found == wanted else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
