#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# The sample inputs are exactly what their generator writes, so nobody edits one and forgets the other.
"""samples_test.py TOOLS_SAMPLES_FOLDER"""

import pathlib
import sys


def main(folder):
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    import make_samples

    failed = 0
    for name, data in make_samples.make_samples().items():
        if (folder / name).read_bytes() != data:
            print(f"{folder / name} differs from what make_samples.py writes: run it and commit the result")
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
