#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Our writer's ledger as others see it: the Go packages note and tlog, a Python program, and the script of openssl and
# sha256sum accept it, and refuse it after one changed byte.
#   second_opinions_test.sh MAKE_LEDGER SOURCE_DIR
set -euo pipefail
make_ledger=$1
source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS= GOCACHE=$work/go-cache
go build -o "$work/golang" "$source"/tests/oracles/golang/*.go
"$make_ledger" "$work/good" 40 >/dev/null
cp "$work/good/log.pub.pem" "$work/key.pem"
cp -r "$work/good" "$work/bad"
printf '\x01' | dd of="$work/bad/log/00000001/seg/00000000.ent" bs=1 seek=400 conv=notrunc status=none

faults=0
expect() { # expect CODE NAME COMMAND…
  local wanted=$1 name=$2 got=0
  shift 2
  "$@" >"$work/out" 2>&1 || got=$?
  if [ "$got" -ne "$wanted" ]; then
    echo "FAILED: $name exits $got, expected $wanted:"
    tail -n 5 "$work/out"
    faults=$((faults + 1))
  else
    echo "ok: $name exits $got"
  fi
}
for state in good bad; do
  code=$([ $state = good ] && echo 0 || echo 1)
  expect $code "Go note and tlog, $state ledger" "$work/golang" "$work/key.pem" "$work/$state"
  expect $code "openssl and sha256sum, $state ledger" bash "$source/tools/verify/verify-log.sh" "$work/$state" "$work/key.pem"
  expect $code "Python, $state ledger" /usr/bin/python3 "$source/tests/oracles/ledger_check.py" "$work/$state" "$work/key.pem"
done
exit $faults
