// SPDX-License-Identifier: Apache-2.0

// What stands in records and beside them: commitments, disclosed values, evidence, key files.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

var numbered = regexp.MustCompile(`^[0-9]{8}\.(ent|jsonl)$`)
var commitment = regexp.MustCompile(`"p":"([A-Za-z0-9_./-]+)","c":"([0-9a-f]{64})"`)
var evidence = regexp.MustCompile(`\{"sha256":"([0-9a-f]{64})","size":(\d+),"type":"[^"]*"\}`)
var line = regexp.MustCompile(`^\{"seq":(0|[1-9][0-9]*),"path":"([A-Za-z0-9_./-]+)","salt":"([0-9a-f]{32})",("value":(".*")|"value_b64":"([A-Za-z0-9+/=]*)")\}$`)

func commitmentsOf(record []byte) map[string]string {
	out := map[string]string{}
	for _, m := range commitment.FindAllSubmatch(record, -1) {
		out[string(m[1])] = string(m[2])
	}
	return out
}

func quote(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			out.WriteByte('\\')
			out.WriteByte(c)
		case c == '\n':
			out.WriteString(`\n`)
		case c < 0x20 || c == 0x7f:
			fmt.Fprintf(&out, `\u%04x`, c)
		default:
			out.WriteByte(c)
		}
	}
	out.WriteByte('"')
	return out.String()
}

var begun = regexp.MustCompile(`^\{"seq":([1-9][0-9]*)`)

// begunBeyond: whether a last line without its end was begun beyond the log: it says so, or breaks off before it could say.
func begunBeyond(torn string, size int64) bool {
	if strings.HasPrefix(`{"seq":`, torn) {
		return true
	}
	m := begun.FindStringSubmatch(torn)
	if m == nil {
		return false
	}
	seq, err := strconv.ParseInt(m[1], 10, 64)
	return len(m[0]) == len(torn) || (err == nil && seq >= size)
}

// checkDisclosures: notYet is nil in a bundle, where nothing can be under way.
func checkDisclosures(data []byte, bySeq map[int64]map[string]string, size int64, notYet *open) {
	end := bytes.LastIndexByte(data, '\n') + 1
	torn := data[end:]
	need(utf8.Valid(data[:end]), "disclosures: not UTF-8")
	last, beyond, seen := int64(0), 0, map[string]bool{}
	for _, text := range strings.SplitAfter(string(data[:end]), "\n") {
		if text == "" {
			continue
		}
		text = strings.TrimSuffix(text, "\n")
		m := line.FindStringSubmatch(text)
		need(m != nil, "disclosure line %q", text)
		seq, err := strconv.ParseInt(m[1], 10, 64)
		need(err == nil && seq >= last, "disclosures out of order")
		last = seq
		need(seq < size || notYet != nil, "a disclosure for record %d", seq)
		if seq >= size {
			beyond++
			continue
		}
		need(!seen[m[1]+" "+m[2]], "disclosed twice")
		seen[m[1]+" "+m[2]] = true
		var value []byte
		if m[5] != "" {
			var plain string
			need(json.Unmarshal([]byte(m[5]), &plain) == nil && quote(plain) == m[5], "value in another spelling")
			value = []byte(plain)
		} else {
			value, err = base64.StdEncoding.Strict().DecodeString(m[6])
			need(err == nil && !utf8.Valid(value), "value_b64")
		}
		salt, _ := hex.DecodeString(m[3])
		sum := sha256.Sum256([]byte("persandian/c1\x00" + string(salt) + m[2] + "\x00" + string(value)))
		need(bySeq[seq][m[2]] == hex.EncodeToString(sum[:]), "record %d: value of %s is not the committed one", seq, m[2])
	}
	if len(torn) > 0 { // zeros at the end: what a power cut leaves
		need(notYet != nil && begunBeyond(string(bytes.TrimRight(torn, "\x00")), size), "disclosures: last line")
	}
	if beyond > 0 || len(torn) > 0 {
		notYet.add("UNSIGNED TAIL: disclosures")
	}
}

func checkRecord(all files, record []byte, h head, index int64, flat bool, before *head, notYet *open) {
	var common struct {
		V        int
		Kind     string
		Log      string
		Seq      *int64
		Previous *struct {
			Origin string
			Size   int64
			Root   string
		}
	}
	origin := h.origin
	need(utf8.Valid(record) && json.Unmarshal(record, &common) == nil && common.Seq != nil, "record %d: not JSON", index)
	need(common.V == 1 && common.Log == origin && *common.Seq == index, "record %d: log or seq", index)
	if index == 0 && !flat {
		was := common.Previous
		need((was == nil) == (before == nil), "the genesis names another generation before")
		need(was == nil || (was.Origin == before.origin && was.Size == before.size && was.Root == before.root.String()),
			"the genesis names another end of the generation before")
	}
	for _, m := range evidence.FindAllSubmatch(record, -1) {
		name := "evidence/" + string(m[1][:2]) + "/" + string(m[1])
		if flat {
			name = "evidence/" + string(m[1])
		}
		data, there := all[name]
		if !there {
			notYet.add("evidence MISSING: %s", m[1])
			continue
		}
		sum := sha256.Sum256(data)
		need(hex.EncodeToString(sum[:]) == string(m[1]) && strconv.Itoa(len(data)) == string(m[2]), "record %d: evidence", index)
	}
}

func checkKeyFiles(all files, key ed25519.PublicKey, origin string) {
	vkey, _ := note.NewEd25519VerifierKey(origin, key)
	if data, there := all["log.vkey"]; there {
		need(string(data) == vkey+"\n", "log.vkey")
	}
	if data, there := all["log.pub.pem"]; there {
		der, _ := x509.MarshalPKIXPublicKey(key)
		need(bytes.Equal(data, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), "log.pub.pem")
	}
}

// isSmallOrder: y coordinates of the points of order 1, 2, 4, 8, also unreduced, whatever the sign bit.
func isSmallOrder(key ed25519.PublicKey) bool {
	bytes := make([]byte, len(key))
	for i := range key {
		bytes[len(key)-1-i] = key[i]
	}
	bytes[0] &= 0x7f
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	y := new(big.Int).Mod(new(big.Int).SetBytes(bytes), p)
	eighth, _ := new(big.Int).SetString("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7", 16)
	minus := func(n *big.Int) *big.Int { return new(big.Int).Sub(p, n) }
	for _, point := range []*big.Int{big.NewInt(0), big.NewInt(1), minus(big.NewInt(1)), eighth, minus(eighth)} {
		if y.Cmp(point) == 0 {
			return true
		}
	}
	return false
}
