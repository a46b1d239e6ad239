// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/bundle_readme.h"

#include <fmt/format.h>

namespace persandian::ledger {
namespace {

constexpr std::string_view introduction = R"TEXT(# Record {index} of {origin}

English: this folder holds one record of a signed log, and what is needed to check it without the log and without our
programs. The commands below need bash, openssl 3 and coreutils; run them in this folder.
The key decides everything: compare `log.vkey` with the one the office gave you in another way (on paper, in person).

Bahasa Indonesia: folder ini berisi satu catatan dari log bertanda tangan beserta semua yang diperlukan untuk
memeriksanya tanpa log tersebut dan tanpa program kami. Perintah di bawah memerlukan bash, openssl 3 dan coreutils;
jalankan di folder ini. Kuncilah yang menentukan: bandingkan `log.vkey` dengan yang Anda terima dari instansi melalui
jalur lain (di atas kertas, secara langsung).

| file | English | Bahasa Indonesia |
| --- | --- | --- |
| `record.json` | the record, byte for byte | catatan, persis byte demi byte |
| `record.tlog-proof` | path from the record to the signed root | jalur dari catatan ke akar yang ditandatangani |
| `checkpoint` | log name, size {size}, root, signature | nama log, ukuran {size}, akar, tanda tangan |
| `log.pub.pem`, `log.vkey` | public key | kunci publik |
| `disclosures.jsonl` | values the record commits to | nilai yang diikat oleh catatan |
| `evidence/` | evidence, named by its SHA-256 | bukti, dinamai menurut SHA-256-nya |

)TEXT";

constexpr std::string_view commands = R"BASH(## 1. Signature / Tanda tangan

```bash
work=$(mktemp -d)
sed '/^$/,$d' checkpoint > "$work/text"
sed -n 's/^— [^ ]* //p' checkpoint | head -n 1 | base64 -d | tail -c 64 > "$work/signature"
openssl pkeyutl -verify -pubin -inkey log.pub.pem -rawin -in "$work/text" -sigfile "$work/signature"
rm -rf "$work"
```

`Signature Verified Successfully` is expected. / Harus muncul `Signature Verified Successfully`.

## 2. The record is in the log / Catatan ada di dalam log

```bash
node() { printf '01%s%s' "$1" "$2" | tr a-f A-F | basenc --base16 -d | sha256sum | cut -c 1-64; }
hex() { base64 -d | basenc --base16 -w 0 | tr A-F a-f; }
cmp <(sed '1,/^$/d' record.tlog-proof) checkpoint || echo "DIFFERENT CHECKPOINTS"
index=$(sed -n 's/^index //p' record.tlog-proof)
last=$(( $(sed -n 2p checkpoint) - 1 ))
hash=$( { printf '\000'; cat record.json; } | sha256sum | cut -c 1-64)
for line in $(sed '1,2d;/^$/,$d' record.tlog-proof); do
  sibling=$(printf %s "$line" | hex)
  if [ $(( index & 1 )) = 1 ] || [ "$index" = "$last" ]; then
    hash=$(node "$sibling" "$hash")
    while [ $(( index & 1 )) = 0 ] && [ "$index" != 0 ]; do index=$(( index >> 1 )); last=$(( last >> 1 )); done
  else
    hash=$(node "$hash" "$sibling")
  fi
  index=$(( index >> 1 )); last=$(( last >> 1 ))
done
if [ "$last" = 0 ] && [ "$hash" = "$(sed -n 3p checkpoint | hex)" ]; then echo "INCLUDED"; else echo "NOT INCLUDED"; fi
```

`INCLUDED` is expected. / Harus muncul `INCLUDED`.

## 3. Evidence / Bukti

```bash
for file in evidence/*; do
  [ -e "$file" ] || continue
  sum=$(sha256sum < "$file" | cut -c 1-64)
  [ "$sum" = "${file#evidence/}" ] && grep -q "\"sha256\":\"$sum\"" record.json && echo "$file: OK" || echo "$file: WRONG"
done
```

## 4. Disclosed values / Nilai yang dibuka

```bash
while IFS= read -r line; do
  path=$(printf %s "$line" | sed 's/^[^,]*,"path":"\([^"]*\)".*/\1/')
  salt=$(printf %s "$line" | sed 's/^[^,]*,"path":"[^"]*","salt":"\([^"]*\)".*/\1/' | tr a-f A-F)
  case $line in
    *'","value_b64":"'*) value=$(printf %s "$line" | sed 's/.*"value_b64":"\([^"]*\)"}$/\1/') ;;
    *\\*) echo "$path: has escapes, use persandian-verify"; continue ;;
    *) value=$(printf %s "$line" | sed 's/.*","value":"\([^"]*\)"}$/\1/' | base64 -w 0) ;;
  esac
  sum=$( { printf 'persandian/c1\000'; printf %s "$salt" | basenc --base16 -d; printf '%s\000' "$path"
           printf %s "$value" | base64 -d; } | sha256sum | cut -c 1-64)
  grep -q "\"p\":\"$path\",\"c\":\"$sum\"" record.json && echo "$path: OK" || echo "$path: WRONG"
done < disclosures.jsonl
```

A value that is not listed was removed (redacted); the record stays valid. / Nilai yang tidak tercantum telah dihapus
(disunting); catatan tetap sah.

The same in one command / semuanya dengan satu perintah: `persandian-verify . --key log.vkey`
)BASH";

}  // namespace

std::string bundle_readme(const Checkpoint& checkpoint, std::uint64_t index) {
    std::string out =
        fmt::format(fmt::runtime(introduction), fmt::arg("index", index),
                    fmt::arg("origin", checkpoint.origin), fmt::arg("size", checkpoint.size));
    out += commands;
    return out;
}

}  // namespace persandian::ledger
