#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Signatures of Suricata through the real program: imported, loaded, found in the sample capture; and the mistakes of a user.
# Arguments: the program, the capture of tools/samples.
set -euo pipefail
program=$1
capture=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "rules_import_test: $*" >&2; exit 1; }
# expect CODE TEXT COMMAND…: the command exits so and says the text.
expect() {
  local code=$1 text=$2 got=0
  shift 2
  "$@" >"$work/said" 2>&1 || got=$?
  [ "$got" -eq "$code" ] || fail "exit $got instead of $code: $*: $(head -c 2000 "$work/said")"
  grep -qF -- "$text" "$work/said" || fail "does not say '$text': $*: $(head -c 2000 "$work/said")"
}

mkdir -p "$work/a" "$work/b"
cat >"$work/a/local.rules" <<'SIGNATURES'
alert http any any -> any any (msg:"Link in a parameter"; flow:to_server; http.uri; content:"?link="; http.header; content:"Host|3a 20|"; sid:1; rev:1;)
alert tcp any any -> any any (msg:"Request line in the payload"; flow:to_server; content:"GET /"; depth:5; content:"HTTP/1."; distance:1; sid:2; rev:1;)
#alert tcp any any -> any any (msg:"off"; content:"x"; sid:3;)
SIGNATURES
echo 'alert icmp any any -> any any (msg:"ping"; itype:8; sid:4;)' >"$work/b/local.rules"
echo 'alert udp any any -> any any (msg:"dns"; content:"|01 00 00 01|"; sid:5;)' >>"$work/b/local.rules"

expect 0 'converted 3 of 4 active signatures (75.0 %); 1 are commented out' "$program" rules import --suricata "$work" -o "$work/rules"
grep -qF '1  itype' "$work/said" || fail "does not say what is missing"
[ -s "$work/rules/local.yml" ] && [ -s "$work/rules/local-2.yml" ] || fail "two files of one name are not two"
expect 0 'loaded 3, refused 0' "$program" rules check "$work/rules"
expect 0 'Link in a parameter' "$program" replay -r "$capture" -S "$work/rules" --json
for title in 'Request line in the payload' 'dns'; do
  grep -qF "\"$title\"" "$work/said" || fail "'$title' is not found in the capture"
done

expect 66 'cannot read' "$program" rules import --suricata "$work/nothere.rules"
expect 66 'is called *.rules' "$program" rules import --suricata "$work/rules"
expect 64 'is no network' "$program" rules import --suricata "$work/a/local.rules" --home-net 10.0.0.1/8
expect 64 'give the rules a folder' "$program" rules import --suricata "$work/a/local.rules" --json
expect 74 'cannot make this folder' "$program" rules import --suricata "$work/a/local.rules" -o "$work/a/local.rules"
echo 'alert tcp any any -> any any (content:"x" sid:6' >"$work/b/local.rules"
expect 65 'local.rules:1:' "$program" rules import --suricata "$work/b/local.rules" -o "$work/rules"
