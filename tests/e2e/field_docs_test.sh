#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# docs/formats/event.md holds the table of fields that this build has.
set -euo pipefail
program=$1
page=$2
if ! diff <("$program" list fields --markdown) <(grep '^|' "$page"); then
  echo "docs/formats/event.md is old: replace its table by 'persandian list fields --markdown'"
  exit 1
fi
