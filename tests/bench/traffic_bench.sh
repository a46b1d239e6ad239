#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the benchmark of the packet path, makes its capture once (build/bench/traffic.pcap), and runs it: tcpdump, libpcap and
# ndpiReader if it is installed, the engine without rules, with our own rules, with those and the Sigma corpus, and with the
# signatures of --signatures DIR (or PERSANDIAN_SIGNATURES), if there is such a folder. The captures it is made from are those of
# PERSANDIAN_SHARED_DATA, else the project's own.
# Arguments: [--megabytes N] [--signatures DIR]; others go to the benchmark: --rounds N, --only NAME.
set -euo pipefail
cd "$(dirname "$0")/../.."
data=${PERSANDIAN_SHARED_DATA:-}
signatures=${PERSANDIAN_SIGNATURES:-}
megabytes=1024
arguments=()
while [ $# -gt 0 ]; do
  case $1 in
    --megabytes) megabytes=$2; shift 2 ;;
    --signatures) signatures=$2; shift 2 ;;
    *) arguments+=("$1"); shift ;;
  esac
done

captures=()
for folder in zeek ndpi arkime; do
  [ -d "$data/pcaps/$folder" ] && captures+=("$data/pcaps/$folder")
done
[ ${#captures[@]} -gt 0 ] || captures=(tests/golden/protocols tools/samples/province.pcap)

cmake --preset bench >&2
cmake --build --preset bench --target traffic_bench make_traffic >&2

# Kept as long as it is of the asked size, of the same captures and by the same program.
traffic=build/bench/traffic.pcap
made_of="$megabytes ${captures[*]}"
if [ ! -f $traffic ] || [ build/bench/bench/make_traffic -nt $traffic ] || [ "$(cat $traffic.made_of 2>/dev/null)" != "$made_of" ]; then
  free=$(df --output=avail -m build/bench | tail -1)
  if [ "$free" -lt $((megabytes + 128)) ]; then
    echo "skipped: $megabytes MiB for $traffic do not fit on the disk" >&2
    exit 77
  fi
  build/bench/bench/make_traffic "${captures[@]}" --output $traffic --megabytes "$megabytes"
  echo "$made_of" >$traffic.made_of
fi

sets=(--rules own=rules)
corpus=
for folder in rules rules-emerging-threats rules-threat-hunting rules-compliance rules-placeholder; do
  [ -d "$data/sigma/$folder" ] && corpus+=",$data/sigma/$folder"
done
[ -n "$corpus" ] && sets+=(--rules "own+sigma=rules$corpus")
[ -d "$signatures" ] && sets+=(--rules "signatures=$signatures")
exec build/bench/bench/traffic_bench $traffic "${sets[@]}" ${arguments[@]+"${arguments[@]}"}
