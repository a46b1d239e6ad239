#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs one fuzzer over its seeds and past crashes, then for PERSANDIAN_FUZZ_SECONDS (default 10) on new inputs.
set -euo pipefail
program=$1
name=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
seeds=()
# logs_sshd begins from tests/golden/logs/sshd
for folder in "$here/seeds/$name" "$here/regressions/$name" "$here/../golden/${name/_//}"; do
  [ -d "$folder" ] && seeds+=("$folder")
done
extra=()
[ -f "$here/dictionaries/$name.dict" ] && extra+=("-dict=$here/dictionaries/$name.dict")
"$program" "${extra[@]}" -max_total_time="${PERSANDIAN_FUZZ_SECONDS:-10}" -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 \
  -artifact_prefix="$work/" "$work" "${seeds[@]}" >"$work/log" 2>&1 || {
  tail -n 40 "$work/log"
  for crash in "$work"/crash-* "$work"/timeout-* "$work"/oom-*; do
    [ -f "$crash" ] && { echo "input of the failure (base64):"; base64 "$crash"; }
  done
  exit 1
}
grep -E 'DONE' "$work/log" | tail -n 1
