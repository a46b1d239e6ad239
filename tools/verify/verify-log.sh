#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Verifies a small Persandian log, or one exported record, with bash, openssl, sha256sum and coreutils alone.
# It is written to be read: docs/formats/ledger.md says what each step means. Use persandian-verify for big logs
# and for what is not checked here: officers' signatures, boot and mono, saved heads, witnesses.
#
#   verify-log.sh LEDGER_DIR|BUNDLE PUBLIC_KEY.pem        exit 0 valid, 1 tampered, 2 could not check
set -uo pipefail
export LC_ALL=C
target=${1:?usage: verify-log.sh LEDGER_DIR|BUNDLE PUBLIC_KEY.pem} key=${2:?the public key you were given, as PEM}
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
tampered() { echo "VERDICT: TAMPERED: $*"; exit 1; }
unchecked() { echo "VERDICT: UNVERIFIABLE: $*"; exit 2; }
tohex() { basenc --base16 -w0 | tr A-F a-f; }
unhex() { tr a-f A-F | basenc --base16 -d; }
sha() { local sum; sum=$(sha256sum) && echo "${sum%% *}"; }
leaf() { printf '00%s' "$1" | unhex | sha; }        # RFC 6962: SHA-256(00 || record)
node() { printf '01%s%s' "$1" "$2" | unhex | sha; } # RFC 6962: SHA-256(01 || left || right)

openssl pkey -pubin -in "$key" -outform DER -out "$work/key.der" 2>/dev/null || unchecked "$key is no public key"
pub=$(tail -c 32 "$work/key.der" | tohex)
[ "$(head -c 12 "$work/key.der" | tohex)" = 302a300506032b6570032100 ] || unchecked "$key is not an Ed25519 key"

# check_note FILE: three lines, blank line, signature lines; sets origin, size, root (hex). Signature by openssl.
check_note() {
  local name blob id good=no
  { read -r origin && read -r size && read -r root && read -r blank; } <"$1" || tampered "$1: not a checkpoint"
  [[ -z $blank && $size =~ ^(0|[1-9][0-9]{0,17})$ && $origin =~ ^[!-*,-~]+$ ]] || tampered "$1: not a checkpoint"
  printf '%s\n%s\n%s\n' "$origin" "$size" "$root" >"$work/text"
  root=$(base64 -d <<<"$root" 2>/dev/null | tohex)
  [ ${#root} = 64 ] && [ "$(unhex <<<"$root" | base64)" = "$(sed -n 3p "$1")" ] || tampered "$1: root"
  id=$(printf '%s\n\001' "$origin" | cat - <(unhex <<<"$pub") | sha)
  while read -r dash name blob; do
    [ "$dash" = $'\xe2\x80\x94' ] || tampered "$1: signature line"
    base64 -d <<<"$blob" >"$work/blob" 2>/dev/null && [ "$(base64 -w0 <"$work/blob")" = "$blob" ] ||
      tampered "$1: signature is not canonical base64"
    [ "$name $(head -c 4 "$work/blob" | tohex)" = "$origin ${id:0:8}" ] || continue # somebody else's line
    tail -c +5 "$work/blob" >"$work/sig"
    openssl pkeyutl -verify -pubin -inkey "$key" -rawin -in "$work/text" -sigfile "$work/sig" >/dev/null 2>&1 ||
      tampered "$1: WRONG signature"
    good=yes
  done < <(tail -n +5 "$1")
  [ $good = yes ] || tampered "$1: not signed by the key given"
}

# check_values RECORD_TEXT SEQ LINES: each disclosed value against its commitment; counts in $values.
# One line: {"seq":12,"path":"entity/0/value","salt":"<32 hex digits>","value":"203.0.113.7"}
line_form='^\{"seq":(0|[1-9][0-9]*),"path":"([A-Za-z0-9_./-]+)","salt":"([0-9a-f]{32})","value(_b64)?":"(.*)"\}$'
check_values() {
  local line sum seq path salt encoded text
  while IFS= read -r line; do
    [[ $line =~ $line_form ]] || tampered "disclosure of record $2: $line"
    seq=${BASH_REMATCH[1]} path=${BASH_REMATCH[2]} salt=${BASH_REMATCH[3]} encoded=${BASH_REMATCH[4]} text=${BASH_REMATCH[5]}
    [ "$seq" = "$2" ] || tampered "disclosure for record $seq among those of $2"
    [[ ! $text =~ \\u00.?[A-F] ]] || tampered "record $2: \\u is written with lower-case digits"
    text=${text//\\\\/\\0134} text=${text//\\\"/\\0042} # \\ and \" for printf %b; \n and \u00xx it knows
    sum=$({ printf 'persandian/c1\0'; unhex <<<"$salt"; printf '%s\0' "$path"
      if [ -n "$encoded" ]; then base64 -d <<<"$text"; else printf '%b' "$text"; fi; } | sha)
    [[ $1 == *"\"p\":\"$path\",\"c\":\"$sum\""* ]] || tampered "record $2: value of $path is not the signed one"
    values=$((values + 1))
  done <<<"$3"
}

# check_evidence RECORD_TEXT flat|split: each file the record refers to.
check_evidence() {
  local sum file
  for sum in $(grep -o '"sha256":"[0-9a-f]\{64\}"' <<<"$1" | cut -d'"' -f4); do
    file=$target/evidence/$sum; [ "$2" = flat ] || file=$target/evidence/${sum:0:2}/$sum
    [ -e "$file" ] || { echo "note: evidence MISSING, not checked: $sum"; continue; }
    [ "$(sha <"$file")" = "$sum" ] || tampered "evidence $sum was altered"
    evidence=$((evidence + 1))
  done
}
check_key_files() {
  [ ! -e "$target/log.pub.pem" ] || cmp -s "$target/log.pub.pem" <(openssl pkey -pubin -in "$key") || tampered "log.pub.pem is not the key given"
  local id; id=$(printf '%s\n\001' "$origin" | cat - <(unhex <<<"$pub") | sha)
  [ ! -e "$target/log.vkey" ] || [ "$(tohex <"$target/log.vkey")" = \
    "$(echo "$origin+${id:0:8}+$(unhex <<<"01$pub" | base64 -w0)" | tohex)" ] || tampered "log.vkey is not the key given"
}
values=0 evidence=0

if [ -f "$target/record.tlog-proof" ]; then # ---------------------------------------------- one exported record
  { read -r magic && read -r word index; } <"$target/record.tlog-proof"
  [[ $magic = c2sp.org/tlog-proof@v1 && $word = index && $index =~ ^(0|[1-9][0-9]{0,17})$ ]] || tampered "not a tlog-proof"
  sed '1,/^$/d' "$target/record.tlog-proof" >"$work/note"
  cmp -s "$work/note" "$target/checkpoint" || tampered "checkpoint and proof do not belong together"
  check_note "$work/note"
  [ "$index" -lt "$size" ] || tampered "index beyond the log"
  hash=$(leaf "$(tohex <"$target/record.json")") at=$index last=$((size - 1))
  while read -r line; do # from leaf to root: left or right by the bits of the index
    other=$(base64 -d <<<"$line" 2>/dev/null | tohex)
    [ ${#other} = 64 ] && [ $last -gt 0 ] || tampered "the proof is malformed"
    if [ $((at & 1)) = 1 ] || [ $at = $last ]; then
      hash=$(node "$other" "$hash")
      while [ $((at & 1)) = 0 ] && [ $at != 0 ]; do at=$((at >> 1)) last=$((last >> 1)); done
    else hash=$(node "$hash" "$other"); fi
    at=$((at >> 1)) last=$((last >> 1))
  done < <(sed '1,2d;/^$/,$d' "$target/record.tlog-proof")
  [ $last = 0 ] && [ "$hash" = "$root" ] || tampered "the proof does not lead from the record to the signed root"
  record=$(tr -d '\0' <"$target/record.json")
  [[ $record == '{"v":1,"kind":"'*'","log":"'"$origin"'","seq":'"$index,"* ]] || tampered "the record names another place"
  [ ! -s "$target/disclosures.jsonl" ] || check_values "$record" "$index" "$(cat "$target/disclosures.jsonl")"
  check_evidence "$record" flat
  check_key_files
  echo "record $index of $origin is in the signed log of $size records; $values values and $evidence evidence files match"
  echo "VERDICT: VALID BUT NOT WITNESSED"
  exit 0
fi

# ------------------------------------------------------------------------------- a whole log, all generations
[ -d "$target/log" ] || unchecked "no log and no bundle in $target"
crc32c() { # of the hex digits given, RFC 3720
  local crc=$((0xffffffff)) i k
  for ((i = 0; i < ${#1}; i += 2)); do
    crc=$((crc ^ 0x${1:i:2}))
    for k in 1 2 3 4 5 6 7 8; do crc=$(((crc >> 1) ^ (crc & 1 ? 0x82f63b78 : 0))); done
  done
  printf '%08x' $((crc ^ 0xffffffff))
}
read_slot() { # FILE: sets sequence and leaves the note in $work/note; returns 1 when never written
  local slot; slot=$(tohex <"$1")
  [ -n "${slot//0/}" ] || return 1
  [ ${#slot} = 32768 ] && [ "${slot:0:16}" = 505344434d543031 ] || tampered "$1: not a commit slot"
  sequence=$((16#${slot:16:16}))
  local end=$((40 + 2 * 16#${slot:32:8}))
  [ $end -le 32752 ] && [ "$(crc32c "${slot:0:end}")" = "${slot:end:8}" ] || tampered "$1: damaged"
  [ -z "$(tr -d 0 <<<"${slot:end+8}")" ] || tampered "$1: not zero behind its end"
  unhex <<<"${slot:40:end-40}" >"$work/note"
}
checked=0 generations=0
for folder in "$target"/log/[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]; do
  generation=${folder##*/} best=0 older=0 older_root=''
  for slot in a b; do
    read_slot "$folder/commit.$slot" || continue
    check_note "$work/note"
    [ "${origin##*/}" = "$generation" ] || tampered "commit.$slot is of another generation"
    [ $((sequence % 2)) = $([ $slot = a ] && echo 1 || echo 0) ] || tampered "commit.$slot holds the other slot's commit"
    if [ "$sequence" -gt "$best" ]; then
      older=${head_size:-0} older_root=${head_root:-} older_best=$best
      best=$sequence head_size=$size head_root=$root head_origin=$origin
    else older=$size older_root=$root older_best=$sequence; fi
  done
  [ "$best" -gt 0 ] || tampered "no checkpoint in $folder"
  [ "$best" = 1 ] || [ "$older_best" = $((best - 1)) ] || tampered "the slots do not follow each other"
  origin=$head_origin index=0 stack=()
  for ent in "$folder"/seg/*.ent; do
    hex=$(tohex <"$ent") at=0 in_segment=0 offsets='' lines=$target/disclosure/$generation/$(basename "$ent" .ent).jsonl
    : >"$work/segment.leaves"
    while [ $at -lt ${#hex} ] && [ "$index" -lt "$head_size" ]; do
      length=$((16#${hex:at:4})) record=${hex:at+4:2*16#${hex:at:4}}
      [ ${#record} = $((2 * length)) ] || tampered "record $index: cut off"
      [ $((in_segment % 256)) != 0 ] || offsets+=$(printf '%016x' $((at / 2)))
      hash=$(leaf "$record") text=$(unhex <<<"$record" | tr -d '\0')
      unhex <<<"$hash" >>"$work/segment.leaves"
      [[ $text == '{"v":1,"kind":"'*'","log":"'"$origin"'","seq":'"$index,"* ]] || tampered "record $index: names another place"
      [[ $index != 0 || $text == '{"v":1,"kind":"genesis",'* ]] || tampered "the first record is not genesis"
      own=$([ ! -e "$lines" ] || grep "^{\"seq\":$index," "$lines")
      [ -z "$own" ] || check_values "$text" "$index" "$own"
      check_evidence "$text" split
      for ((full = index; full & 1; full >>= 1)); do hash=$(node "${stack[-1]}" "$hash"); unset 'stack[-1]'; done
      stack+=("$hash") index=$((index + 1)) in_segment=$((in_segment + 1)) at=$((at + 4 + 2 * length))
      [ $index != "$older" ] && [ $index != "$head_size" ] && continue
      now=${stack[-1]}
      for ((i = ${#stack[@]} - 2; i >= 0; i--)); do now=$(node "${stack[i]}" "$now"); done
      [ $index != "$older" ] || [ "$now" = "$older_root" ] || tampered "the first $older records do not give their signed root"
      [ $index != "$head_size" ] || [ "$now" = "$head_root" ] || tampered "the records do not give the signed root"
    done
    [ $at = ${#hex} ] || unchecked "UNSIGNED TAIL: $(((${#hex} - at) / 2)) bytes in $ent behind the last signed record"
    cmp -s "$work/segment.leaves" "${ent%.ent}.leaf" || tampered "${ent%.ent}.leaf differs from the records"
    [ "$(tohex <"${ent%.ent}.idx")" = "$offsets" ] || tampered "${ent%.ent}.idx differs from the records"
    total=0; [ ! -e "$lines" ] || total=$(wc -l <"$lines")
    disclosed=$((${disclosed:-0} + total))
  done
  [ "$index" = "$head_size" ] || tampered "records $index to $((head_size - 1)) are signed but missing"
  checked=$((checked + index)) generations=$((generations + 1))
  unset head_size head_root
done
[ "$generations" -gt 0 ] || unchecked "no generation in $target/log"
[ "${disclosed:-0}" = $values ] || tampered "$((disclosed - values)) disclosure lines belong to no record"
check_key_files
echo "$checked records in $generations generation(s) of $origin re-hashed; $values values and $evidence evidence references match"
echo "A saved head was not compared: records cut off at the end cannot be seen here."
echo "VERDICT: VALID BUT NOT WITNESSED"
