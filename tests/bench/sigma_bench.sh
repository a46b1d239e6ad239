#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the benchmark of the Sigma engine and runs it on the public rules and the real events of PERSANDIAN_SHARED_DATA, per
# file of events: JSON merely parsed, events made without rules, then 1, 10, 100, 1,000 and all rules, two threads against one.
# Arguments go to the benchmark: --rounds N, --only-all.
set -euo pipefail
cd "$(dirname "$0")/../.."
data=${PERSANDIAN_SHARED_DATA:-}
if [ ! -d "$data/sigma/rules" ]; then
  echo "skipped: PERSANDIAN_SHARED_DATA names no folder with sigma/rules and events/" >&2
  exit 77
fi
cmake --preset bench >&2
cmake --build --preset bench --target sigma_bench >&2
rules=()
for folder in rules rules-emerging-threats rules-threat-hunting rules-compliance rules-placeholder; do
  [ -d "$data/sigma/$folder" ] && rules+=("$data/sigma/$folder")
done
exec build/bench/bench/sigma_bench --rules "${rules[@]}" --events "$data"/events/*.jsonl "$@"
