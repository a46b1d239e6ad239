#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# Writes the sample inputs of the quick start. Python's standard library only; the bytes are always the same.
"""make_samples.py [FOLDER]: writes the samples into FOLDER (default: beside this file)."""

import pathlib
import sys

import attacks
import logs
import office
from frames import Capture


def make_samples():
    """File name → bytes."""
    capture = Capture()
    province = office.Office(capture)
    office.ordinary_days(province)
    attacks.all_attacks(province)
    texts = {"access.log": logs.access_log(), "auth.log": logs.auth_log(), "audit.log": logs.audit_log(),
             "routeros.log": logs.routeros_log(), "app.jsonl": logs.app_jsonl(), "assets.yml": logs.ASSETS}
    return {"province.pcap": capture.to_bytes(), **{name: text.encode() for name, text in texts.items()}}


def main(arguments):
    folder = pathlib.Path(arguments[0]) if arguments else pathlib.Path(__file__).resolve().parent
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in make_samples().items():
        (folder / name).write_bytes(data)
        print(f"{folder / name}: {len(data)} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
