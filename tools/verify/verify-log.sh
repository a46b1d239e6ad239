#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Verifies a small Persandian log, or one exported record, with bash, openssl, coreutils (sha256sum, basenc), sed, cmp and iconv.
# It is written to be read: docs/formats/ledger.md says what each step means. Use persandian-verify for big logs
# and for what is not checked here: officers' signatures, boot and mono, saved heads, witnesses.
#
#   verify-log.sh LEDGER_DIR|BUNDLE PUBLIC_KEY.pem        exit 0 valid, 1 tampered, 2 could not check
set -uo pipefail
export LC_ALL=C
target=${1:-} key=${2:-} values=0 evidence=0 open='' # open: what could not be checked; tampering found later counts more
tampered() { echo "VERDICT: TAMPERED: $*"; exit 1; }
unchecked() { echo "VERDICT: UNVERIFIABLE: $*"; exit 2; }
not_checked() { echo "NOT CHECKED: $*"; open=${open:-$*}; }
[ -n "$target" ] && [ -n "$key" ] || unchecked "usage: verify-log.sh LEDGER_DIR|BUNDLE PUBLIC_KEY.pem"
for tool in openssl sha256sum basenc base64 cmp sed iconv; do
  command -v $tool >/dev/null || unchecked "$tool is not installed"
done
work=$(mktemp -d) || unchecked "no temporary folder"
trap 'rm -rf "$work"' EXIT
tohex() { basenc --base16 -w0; } # hex digits are upper-case in here, as basenc wants them
unhex() { basenc --base16 -d; }
# Each sets hash: of standard input (not behind a pipe, where it would be lost), of a record, of two hashes.
sha() { hash=$(sha256sum) hash=${hash%% *} hash=${hash^^}; }
leaf() { hash=$(printf '00%s' "$1" | basenc --base16 -d | sha256sum) hash=${hash%% *} hash=${hash^^}; }        # RFC 6962: SHA-256(00 || record)
node() { hash=$(printf '01%s%s' "$1" "$2" | basenc --base16 -d | sha256sum) hash=${hash%% *} hash=${hash^^}; } # SHA-256(01 || left || right)
key_id() { sha < <(printf '%s\n\001' "$origin"; unhex <<<"$pub"); hash=${hash:0:8}; }
is_utf8() { iconv -f UTF-8 -t UTF-8 "$1" >/dev/null 2>&1; }
is_text() { [ "$(tr -d '\n -~\200-\377' <"$1" | wc -c)" = 0 ] && is_utf8 "$1"; } # no control character but line feeds
readable() { [ -f "$1" ] && [ -r "$1" ]; }

openssl pkey -pubin -in "$key" -outform DER -out "$work/key.der" 2>/dev/null || unchecked "$key is no public key"
pub=$(tail -c 32 "$work/key.der" | tohex)
[ "$(head -c 12 "$work/key.der" | tohex)" = 302A300506032B6570032100 ] || unchecked "$key is not an Ed25519 key"
# Points of small order, whatever the sign bit: anybody can make signatures for them.
[[ ! ${pub:0:62}$(printf %02X $((16#${pub:62} & 127))) =~ ^(0[01](00){31}|E[CDE](FF){30}7F|26E8958FC2B227B045C3F489F2EF98F0D5DFAC05D3C63339B13802886D53FC05|C7176A703D4DD84FBA3C0B760D10670F2A2053FA2C39CCC64EC7FD7792AC037A)$ ]] ||
  unchecked "$key is a key of small order, for which anybody can make signatures"

# check_note FILE: three lines, blank line, signature lines; sets origin, size, root (hex). Signature by openssl.
check_note() {
  local line blank name blob id lines=0 good=no form=$'^\xe2\x80\x94 ([^ +]+) ([A-Za-z0-9+/]+=*)$'
  local spaces=$'\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80' # of Unicode
  is_text "$1" && [ "$(tail -c 1 "$1" | tohex)" = 0A ] || tampered "$1: not whole lines of plain UTF-8"
  { IFS= read -r origin && IFS= read -r size && IFS= read -r root && IFS= read -r blank; } <"$1" || tampered "$1: not a checkpoint"
  [[ -z $blank && $size =~ ^(0|[1-9][0-9]{0,17})$ && $origin =~ ^[!-*,-~]{1,128}$ ]] || tampered "$1: not a checkpoint"
  printf '%s\n%s\n%s\n' "$origin" "$size" "$root" >"$work/text"
  root=$(base64 -d <<<"$root" 2>/dev/null | tohex)
  [ ${#root} = 64 ] && [ "$(unhex <<<"$root" | base64)" = "$(sed -n 3p "$1")" ] || tampered "$1: root"
  key_id
  id=$hash
  while IFS= read -r line; do
    [[ ! $line =~ $spaces && $line =~ $form ]] || tampered "$1: signature line"
    name=${BASH_REMATCH[1]} blob=${BASH_REMATCH[2]} lines=$((lines + 1))
    [ $lines -le 64 ] || tampered "$1: more than 64 signature lines"
    base64 -d <<<"$blob" >"$work/blob" 2>/dev/null && [ "$(base64 -w0 <"$work/blob")" = "$blob" ] &&
      [ "$(wc -c <"$work/blob")" -ge 5 ] || tampered "$1: signature is not canonical base64"
    [ "$name $(head -c 4 "$work/blob" | tohex)" = "$origin $id" ] || continue # somebody else's line
    tail -c +5 "$work/blob" >"$work/sig"
    openssl pkeyutl -verify -pubin -inkey "$key" -rawin -in "$work/text" -sigfile "$work/sig" >/dev/null 2>&1 ||
      tampered "$1: WRONG signature"
    good=yes
  done < <(tail -n +5 "$1")
  [ $good = yes ] || tampered "$1: not signed by the key given"
}

# Disclosure lines are read in step with the records. One line:
#   {"seq":12,"path":"entity/0/value","salt":"<32 hex digits>","value":"203.0.113.7"}
line_form='^\{"seq":(0|[1-9][0-9]*),"path":"([A-Za-z0-9_./-]+)","salt":"([0-9a-f]{32})",'
line_form+='"value(_b64":"([A-Za-z0-9+/]*={0,2})|":"(([^"\\]|\\["\\n]|\\u00(0[0-9b-f]|1[0-9a-f]|7f))*))"\}$'
open_lines() { # FILE SIZE: begins with a disclosure file of a log of SIZE records; the first line is the current one
  lines=$1 lines_size=$2 last_seq=0 seen=' '
  : >"$work/lines"
  if [ -e "$1" ]; then
    readable "$1" || { not_checked "$1 cannot be read"; set -- /dev/null; }
    local zeros; zeros=$(tr -dc '\0' <"$1" | wc -c) # a power cut may leave zeros at the end, and only there
    [ "$(tail -c "$zeros" "$1" | tr -d '\0' | wc -c)" = 0 ] || tampered "$lines: a zero byte"
    [ "$zeros" = 0 ] || tail_of_lines "$zeros zero bytes at the end"
    tr -d '\0' <"$1" >"$work/lines"
  fi
  [ "$(tr -d '\n -~\200-\377' <"$work/lines" | wc -c)" = 0 ] || tampered "$lines: a control character"
  lines_utf8=$(is_utf8 "$work/lines" && echo yes || echo no) # no: perhaps only a torn end; then line by line
  exec 3<"$work/lines"
  next_line
}
tail_of_lines() { # WHAT: in a log a commit may have been under way, in a bundle not
  [ "$lines_size" -le $((10 ** 18)) ] || tampered "$lines: $1"
  not_checked "UNSIGNED TAIL: $lines: $1"
}
next_line() { # sets seq ('' at the end), path, salt, encoded, value
  local line=''
  if ! IFS= read -r line <&3; then
    seq=''
    [ -n "$line" ] || return 0
    # A last line without its end: it counts as begun beyond the log when it says so, or breaks off before it could say.
    if [[ '{"seq":' == "$line"* || $line =~ ^\{\"seq\":[1-9][0-9]*$ ]] ||
      [[ $line =~ ^\{\"seq\":([1-9][0-9]{0,17}), && ${BASH_REMATCH[1]} -ge $lines_size ]]; then
      tail_of_lines "the last line breaks off"
      return 0
    fi
    tampered "$lines: no line feed at the end"
  fi
  [[ $line =~ $line_form ]] || tampered "$lines: not a disclosure line: ${line@Q}"
  seq=${BASH_REMATCH[1]} path=${BASH_REMATCH[2]} salt=${BASH_REMATCH[3]}
  encoded=${BASH_REMATCH[4]%%[!_]*} value=${BASH_REMATCH[5]}${BASH_REMATCH[6]}
  [ $lines_utf8 = yes ] || { printf '%s' "$line" >"$work/line"; is_utf8 "$work/line"; } || tampered "$lines: not UTF-8: ${line@Q}"
  [ ${#seq} -le 18 ] || seq=$((10 ** 18))
  [ "$seq" -ge "$last_seq" ] || tampered "$lines: the line of record $seq stands behind one of record $last_seq"
  [ "$seq" = "$last_seq" ] || seen=' '
  last_seq=$seq
  [[ $seen != *" $path "* ]] || tampered "$lines: $path of record $seq stands twice"
  seen+="$path "
}
check_values() { # RECORD_TEXT INDEX: the lines of this record against its commitments; counts in $values
  local hash
  while [ -n "$seq" ] && [ "$seq" -le "$2" ]; do
    [ "$seq" = "$2" ] || tampered "$lines: a line of record $seq, which has no such value or does not stand here"
    if [ -n "$encoded" ]; then
      base64 -d <<<"$value" >"$work/value" 2>/dev/null && [ "$(base64 -w0 <"$work/value")" = "$value" ] ||
        tampered "record $2: $path is not canonical base64"
      ! is_utf8 "$work/value" || tampered "record $2: $path in base64 although it is UTF-8"
    else # \\ and \" and \u00xx for printf %b; \n it knows
      value=${value//\\\\/\\0134} value=${value//\\\"/\\0042} value=${value//\\u00/\\x}
      printf '%b' "$value" >"$work/value"
    fi
    sha < <(printf 'persandian/c1\0'; unhex <<<"${salt^^}"; printf '%s\0' "$path"; cat "$work/value")
    [[ $1 == *"\"p\":\"$path\",\"c\":\"${hash,,}\""* ]] || tampered "record $2: value of $path is not the signed one"
    values=$((values + 1))
    next_line
  done
}
close_lines() { # what is left belongs to no record of the log
  local beyond=0
  while [ -n "$seq" ]; do
    [ "$seq" -ge "$lines_size" ] || tampered "$lines: a line of record $seq, which does not stand here"
    beyond=$((beyond + 1))
    next_line
  done
  [ $beyond = 0 ] || tail_of_lines "$beyond lines of records beyond the last signed one"
  exec 3<&-
}

# check_evidence RECORD_TEXT flat|split: each file the record refers to.
check_evidence() {
  local rest=$1 sum bytes file hash form='\{"sha256":"([0-9a-f]{64})","size":([0-9]+)'
  while [[ $rest =~ $form ]]; do
    sum=${BASH_REMATCH[1]} bytes=${BASH_REMATCH[2]} rest=${rest#*"${BASH_REMATCH[0]}"}
    file=$target/evidence/$sum; [ "$2" = flat ] || file=$target/evidence/${sum:0:2}/$sum
    readable "$file" || { not_checked "evidence MISSING: $sum"; continue; }
    sha <"$file"
    [ "${hash,,} $(stat -L -c %s "$file")" = "$sum $bytes" ] || tampered "evidence $sum was altered"
    evidence=$((evidence + 1))
  done
}
check_key_files() {
  [ -n "$origin" ] || return 0
  [ ! -e "$target/log.pub.pem" ] || cmp -s "$target/log.pub.pem" <(openssl pkey -pubin -in "$key") || tampered "log.pub.pem is not the key given"
  local hash
  key_id
  [ ! -e "$target/log.vkey" ] || [ "$(tohex <"$target/log.vkey")" = \
    "$(echo "$origin+${hash,,}+$(unhex <<<"01$pub" | base64 -w0)" | tohex)" ] || tampered "log.vkey is not the key given"
}
finish() {
  [ -z "$open" ] || unchecked "$open"
  echo "VERDICT: VALID BUT NOT WITNESSED"
  exit 0
}

if [ ! -d "$target/log" ] && { [ -e "$target/record.tlog-proof" ] || [ -e "$target/record.json" ]; }; then # one exported record
  for file in record.json record.tlog-proof checkpoint; do
    readable "$target/$file" || unchecked "$file is missing"
  done
  is_text "$target/record.tlog-proof" || tampered "not a tlog-proof"
  { IFS= read -r magic && IFS= read -r index; } <"$target/record.tlog-proof"
  [[ $magic = c2sp.org/tlog-proof@v1 && $index =~ ^index\ (0|[1-9][0-9]{0,17})$ ]] || tampered "not a tlog-proof"
  index=${BASH_REMATCH[1]}
  sed '1,/^$/d' "$target/record.tlog-proof" >"$work/note"
  cmp -s "$work/note" "$target/checkpoint" || tampered "checkpoint and proof do not belong together"
  check_note "$work/note"
  [ "$index" -lt "$size" ] || tampered "index beyond the log"
  leaf "$(tohex <"$target/record.json")"
  at=$index last=$((size - 1))
  while IFS= read -r line; do # from leaf to root: left or right by the bits of the index
    other=$(base64 -d <<<"$line" 2>/dev/null | tohex)
    [ ${#other} = 64 ] && [ "$(unhex <<<"$other" | base64)" = "$line" ] && [ $last -gt 0 ] || tampered "the proof is malformed"
    if [ $((at & 1)) = 1 ] || [ $at = $last ]; then
      node "$other" "$hash"
      while [ $((at & 1)) = 0 ] && [ $at != 0 ]; do at=$((at >> 1)) last=$((last >> 1)); done
    else node "$hash" "$other"; fi
    at=$((at >> 1)) last=$((last >> 1))
  done < <(sed '1,2d;/^$/,$d' "$target/record.tlog-proof")
  [ $last = 0 ] && [ "$hash" = "$root" ] || tampered "the proof does not lead from the record to the signed root"
  record=$(tr -d '\0' <"$target/record.json")
  [[ $record == '{"v":1,"kind":"'*'","log":"'"$origin"'","seq":'"$index,"* ]] || tampered "the record names another place"
  open_lines "$target/disclosures.jsonl" $((10 ** 18 + 1)) # nothing is under way in a bundle: no line is beyond
  check_values "$record" "$index"
  close_lines
  check_evidence "$record" flat
  check_key_files
  echo "record $index of $origin is in the signed log of $size records; $values values and $evidence evidence files match"
  finish
fi

# ------------------------------------------------------------------------------- a whole log, all generations
[ -d "$target/log" ] || unchecked "no log and no bundle in $target"
crc32c() { # of the hex digits given, RFC 3720
  local crc=$((0xffffffff)) i k
  for ((i = 0; i < ${#1}; i += 2)); do
    crc=$((crc ^ 0x${1:i:2}))
    for k in 1 2 3 4 5 6 7 8; do crc=$(((crc >> 1) ^ (crc & 1 ? 0x82f63b78 : 0))); done
  done
  printf '%08X' $((crc ^ 0xffffffff))
}
read_slot() { # FILE: sets sequence and leaves the note in $work/note; returns 1 when never written
  [ -e "$1" ] || return 1
  readable "$1" || unchecked "$1 cannot be read"
  [ "$(tr -d '\0' <"$1" | head -c 1 | wc -c)" = 1 ] || return 1
  local slot; slot=$(tohex <"$1")
  [ ${#slot} = 32768 ] && [ "${slot:0:16}" = 505344434D543031 ] || tampered "$1: not a commit slot"
  sequence=$((16#${slot:16:16}))
  local end=$((40 + 2 * 16#${slot:32:8}))
  [ $end -le 32752 ] && [ "$(crc32c "${slot:0:end}")" = "${slot:end:8}" ] || tampered "$1: damaged"
  [ -z "$(tr -d 0 <<<"${slot:end+8}")" ] || tampered "$1: not zero behind its end"
  unhex <<<"${slot:40:end-40}" >"$work/note"
}
read_slots() { # FOLDER: sets head_* from the newer slot, older_* from the other one (older_size -1: none); 1 when none is written
  local slot best=0 older_best=0 written=0
  head_origin='' older_origin='' older_size=-1 older_root=''
  for slot in a b; do
    read_slot "$1/commit.$slot" || continue
    written=$((written + 1))
    check_note "$work/note"
    [ "${origin##*/}" = "$generation" ] || tampered "commit.$slot is of another generation"
    [ $((sequence % 2)) = $([ $slot = a ] && echo 1 || echo 0) ] || tampered "commit.$slot holds the other slot's commit"
    if [ "$sequence" -gt $best ]; then
      [ $best = 0 ] || older_origin=$head_origin older_size=$head_size older_root=$head_root older_best=$best
      best=$sequence head_size=$size head_root=$root head_origin=$origin
    else older_origin=$origin older_size=$size older_root=$root older_best=$sequence; fi
  done
  [ $written -gt 0 ] || return 1
  [ $best -gt 0 ] || tampered "no valid checkpoint in $1"
  [ $best = 1 ] || [ $older_best = $((best - 1)) ] || tampered "the slots do not follow each other"
  [ $older_size = -1 ] || [ "$older_origin" = "$head_origin" ] || tampered "the slots name two logs"
  [ $older_size -le "$head_size" ] || tampered "the newer slot has fewer records"
}
check_root() { # of the first $index records, where a slot signs it
  [ $index = $older_size ] || [ $index = $head_size ] || return 0
  local hash i
  sha </dev/null
  [ $index = 0 ] || hash=${stack[-1]}
  for ((i = ${#stack[@]} - 2; i >= 0; i--)); do node "${stack[i]}" "$hash"; done
  [ $index != $older_size ] || [ "$hash" = "$older_root" ] || tampered "the first $index records do not give their signed root"
  [ $index != $head_size ] || [ "$hash" = "$head_root" ] || tampered "the records do not give the signed root"
}
check_record() { # TEXT INDEX: it names its place, and the first one what was before
  [[ $1 == '{"v":1,"kind":"'*'","log":"'"$origin"'","seq":'"$2,"* ]] || tampered "record $2: names another place"
  [ "$2" = 0 ] || return 0
  [[ $1 == '{"v":1,"kind":"genesis",'* ]] || tampered "the first record is not genesis"
  [[ $1 == *'"previous":'"$previous"* ]] || tampered "the genesis does not name the end of the generation before"
}
check_segment() { # FOLDER NAME: its records; sets offset, bytes: what of the entries file was read
  local hex length record hash text full in_segment=0 leaves='' offsets='' ent=$1/seg/$2.ent
  readable "$ent" || { [ ! -e "$ent" ] || unchecked "$ent cannot be read"; [ $index = "$head_size" ] && return 0
                       tampered "records $index to $((head_size - 1)) are signed but missing"; }
  hex=$(tohex <"$ent") at=0
  open_lines "$target/disclosure/$generation/$2.jsonl" "$head_size"
  while [ $at -lt ${#hex} ] && [ $index -lt "$head_size" ]; do
    length=$((16#${hex:at:4})) record=${hex:at+4:2*16#${hex:at:4}}
    [ ${#record} = $((2 * length)) ] || tampered "record $index: cut off"
    [ $((in_segment % 256)) != 0 ] || offsets+=$(printf '%016X' $((at / 2)))
    leaf "$record"
    leaves+=$hash text=$(basenc --base16 -d <<<"$record" | tr -d '\0')
    check_record "$text" $index
    check_values "$text" $index
    check_evidence "$text" split
    for ((full = index; full & 1; full >>= 1)); do node "${stack[-1]}" "$hash"; unset 'stack[-1]'; done
    stack+=("$hash") index=$((index + 1)) in_segment=$((in_segment + 1)) at=$((at + 4 + 2 * length))
    check_root
  done
  close_lines
  [ $index = "$head_size" ] || { [ $in_segment -gt 0 ] && [ $((in_segment % 256)) = 0 ]; } ||
    tampered "$ent ends after $in_segment records: records are missing, or moved to another segment"
  local signed=() # behind the last signed record, what derives from unsigned records may follow
  if [ $at -lt ${#hex} ]; then
    not_checked "UNSIGNED TAIL: $(((${#hex} - at) / 2)) bytes in $ent behind the last signed record"
    signed=(-n $((32 * in_segment)))
  fi
  unhex <<<"$leaves" >"$work/leaves"
  cmp -s "${signed[@]}" "$work/leaves" "${ent%.ent}.leaf" || [ $in_segment$([ -e "${ent%.ent}.leaf" ] && echo x) = 0 ] ||
    tampered "${ent%.ent}.leaf differs from the records"
  unhex <<<"$offsets" >"$work/offsets"
  [ ${#signed[@]} = 0 ] || signed=(-n $((${#offsets} / 2)))
  cmp -s "${signed[@]}" "$work/offsets" "${ent%.ent}.idx" || [ $in_segment$([ -e "${ent%.ent}.idx" ] && echo x) = 0 ] ||
    tampered "${ent%.ent}.idx differs from the records"
}
look_beyond() { # FOLDER SEGMENTS: files of segments that no signed record stands in
  local file name
  for file in "$1"/seg/*.ent "$target/disclosure/$generation"/*; do
    name=${file##*/} name=${name%.*}
    [ -e "$file" ] && [[ $file != *.tmp ]] || continue
    [[ $name =~ ^[0-9]{8}$ && $((10#$name)) -lt $2 ]] && [[ $file == *.ent || $file == *.jsonl ]] && continue
    [ ! -s "$file" ] || not_checked "UNSIGNED TAIL: $file"
  done
}
checked=0 generations=0 previous=null origin=''
for folder in "$target"/log/[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]; do
  [ -d "$folder" ] || continue
  before=$origin generation=${folder##*/} generations=$((generations + 1))
  [ "$generation" = "$(printf %08d $generations)" ] || tampered "generation $generations is missing"
  read_slots "$folder" || { not_checked "nothing was ever signed in $folder"; previous=''; continue; }
  origin=$head_origin index=0 stack=()
  [ -z "$before" ] || [ "${before%/*}" = "${origin%/*}" ] || tampered "generation $generations is of another log"
  check_root
  for ((segment = 0; segment == 0 || index < head_size; segment++)); do
    check_segment "$folder" "$(printf %08d $segment)"
  done
  look_beyond "$folder" $segment
  previous='{"origin":"'$origin'","size":'$head_size',"root":"'$(unhex <<<"$head_root" | base64)'"}'
  checked=$((checked + index))
done
[ $generations -gt 0 ] || unchecked "no generation in $target/log"
check_key_files
echo "$checked records in $generations generation(s) of $origin re-hashed; $values values and $evidence evidence references match"
echo "A saved head was not compared: records cut off at the end cannot be seen here."
finish
