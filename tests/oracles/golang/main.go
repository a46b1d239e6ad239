// SPDX-License-Identifier: Apache-2.0

// Verifies ledgers and proof bundles with golang.org/x/mod's note and tlog packages, which others wrote: a check that our
// log is what the public specifications say. TileHashReader is not used: the packaged version accepts forged tiles
// (CVE-2026-56865).
//
//	golang [-flip] KEY.pem FOLDER...    one line each: FOLDER, VALID | TAMPERED | UNVERIFIABLE, why
//	                                    -flip: changes every byte of every file in memory instead; counts what is missed
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type files map[string][]byte

type tampered struct{ why string }
type unchecked struct{ why string }

// open collects what could not be checked; it counts only when nothing turns out to be tampered with.
type open []string

func (o *open) add(format string, args ...interface{}) { *o = append(*o, fmt.Sprintf(format, args...)) }

func bad(format string, args ...interface{}) { panic(tampered{fmt.Sprintf(format, args...)}) }
func need(ok bool, format string, args ...interface{}) {
	if !ok {
		bad(format, args...)
	}
}

type head struct {
	sequence uint64
	origin   string
	size     int64
	root     tlog.Hash
}

var threeLines = regexp.MustCompile(`^([!-*,-~]{1,128})\n(0|[1-9][0-9]{0,17})\n([A-Za-z0-9+/=]{44})\n$`)

func openNote(msg []byte, key ed25519.PublicKey) head {
	origin := string(bytes.SplitN(msg, []byte("\n"), 2)[0])
	vkey, err := note.NewEd25519VerifierKey(origin, key)
	need(err == nil, "origin: %v", err)
	verifier, err := note.NewVerifier(vkey)
	need(err == nil, "vkey: %v", err)
	opened, err := note.Open(msg, note.VerifierList(verifier))
	need(err == nil, "note: %v", err)
	// note accepts unused base64 bits, more than 64 lines, and looks at the first line of a key only.
	lines := strings.Split(strings.TrimSuffix(string(msg[len(opened.Text)+1:]), "\n"), "\n")
	need(len(lines) <= 64, "too many signature lines")
	for _, text := range lines {
		words := strings.Split(text, " ")
		raw, err := base64.StdEncoding.Strict().DecodeString(words[len(words)-1])
		need(err == nil && len(words) == 3 && base64.StdEncoding.EncodeToString(raw) == words[2], "base64")
		if words[1] == origin && binary.BigEndian.Uint32(raw) == verifier.KeyHash() {
			need(verifier.Verify([]byte(opened.Text), raw[4:]), "a wrong signature of our key")
		}
	}
	match := threeLines.FindStringSubmatch(opened.Text)
	need(match != nil, "not three lines")
	size, _ := strconv.ParseInt(match[2], 10, 64)
	root, err := tlog.ParseHash(match[3])
	need(err == nil && root.String() == match[3], "root")
	return head{origin: match[1], size: size, root: root}
}

func readSlot(data []byte, which string, key ed25519.PublicKey) *head {
	if len(bytes.Trim(data, "\x00")) == 0 {
		return nil
	}
	need(len(data) == 16384 && string(data[:8]) == "PSDCMT01", "slot form")
	length := binary.BigEndian.Uint32(data[16:])
	need(length >= 1 && length <= 16352, "slot length")
	end := 20 + length
	need(crc32.Checksum(data[:end], crc32.MakeTable(crc32.Castagnoli)) == binary.BigEndian.Uint32(data[end:]), "slot checksum")
	need(len(bytes.Trim(data[end+4:], "\x00")) == 0, "slot tail")
	out := openNote(data[20:end], key)
	out.sequence = binary.BigEndian.Uint64(data[8:])
	need(out.sequence%2 == map[string]uint64{"a": 1, "b": 0}[which], "slot parity")
	return &out
}

// checkTree proves every record (or a sample of 64 in big logs) and the consistency of many sizes, through tlog.
func checkTree(leaves []tlog.Hash, heads []head) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			out[i] = stored[index]
		}
		return out, nil
	})
	for i, leaf := range leaves {
		hashes, err := tlog.StoredHashesForRecordHash(int64(i), leaf, reader)
		need(err == nil, "tree: %v", err)
		stored = append(stored, hashes...)
	}
	size := int64(len(leaves))
	for _, h := range heads {
		if h.size == 0 { // the package has no root for it
			need(h.root == tlog.Hash(sha256.Sum256(nil)), "root of the empty log")
			continue
		}
		root, err := tlog.TreeHash(h.size, reader)
		need(err == nil && root == h.root, "root of %d records", h.size)
	}
	newest := heads[len(heads)-1]
	if newest.size == 0 {
		return
	}
	step := size/64 + 1
	if size <= 64 {
		step = 1
	}
	for i := int64(0); i < size; i += step {
		proof, err := tlog.ProveRecord(size, i, reader)
		need(err == nil && tlog.CheckRecord(proof, size, newest.root, i, leaves[i]) == nil, "inclusion of %d", i)
		if i > 0 {
			root, _ := tlog.TreeHash(i, reader)
			proof, err := tlog.ProveTree(size, i, reader)
			need(err == nil && tlog.CheckTree(proof, size, newest.root, i, root) == nil, "consistency with %d", i)
		}
	}
}

// readHeads: of the slots that were written, the newest last.
func readHeads(all files, generation string, key ed25519.PublicKey) []head {
	var heads []head
	for _, which := range []string{"a", "b"} {
		if h := readSlot(all["log/"+generation+"/commit."+which], which, key); h != nil {
			need(strings.HasSuffix(h.origin, "/"+generation), "slot of another generation")
			heads = append(heads, *h)
		}
	}
	sort.Slice(heads, func(i, j int) bool { return heads[i].sequence < heads[j].sequence })
	need(len(heads) != 1 || heads[0].sequence == 1, "a slot was emptied")
	need(len(heads) < 2 || (heads[0].sequence+1 == heads[1].sequence && heads[0].size <= heads[1].size), "slots contradict")
	need(len(heads) < 2 || heads[0].origin == heads[1].origin, "slots of two logs")
	return heads
}

func checkGeneration(all files, generation string, key ed25519.PublicKey, before *head, notYet *open) *head {
	base, heads := "log/"+generation+"/", readHeads(all, generation, key)
	if len(heads) == 0 {
		notYet.add("nothing was ever signed in generation %s", generation)
		return nil
	}
	newest := heads[len(heads)-1]
	logOf := func(h head) string { return h.origin[:strings.LastIndexByte(h.origin, '/')] }
	need(before == nil || logOf(*before) == logOf(newest), "generations of two logs")
	var leaves []tlog.Hash
	segment := 0
	for ; segment == 0 || int64(len(leaves)) < newest.size; segment++ {
		name := fmt.Sprintf("%sseg/%08d", base, segment)
		data, there := all[name+".ent"]
		if !there {
			break
		}
		bySeq := map[int64]map[string]string{}
		var mine, offsets []byte
		first, at := len(leaves), 0
		for at < len(data) && int64(len(leaves)) < newest.size {
			need(at+2 <= len(data), "record %d: cut off", len(leaves))
			length := int(binary.BigEndian.Uint16(data[at:]))
			need(at+2+length <= len(data), "record %d: cut off", len(leaves))
			record := data[at+2 : at+2+length]
			index := int64(len(leaves))
			if (len(leaves)-first)%256 == 0 {
				offsets = append(offsets, make([]byte, 8)...)
				binary.BigEndian.PutUint64(offsets[len(offsets)-8:], uint64(at))
			}
			leaf := tlog.RecordHash(record)
			leaves, mine = append(leaves, leaf), append(mine, leaf[:]...)
			checkRecord(all, record, newest, index, false, before, notYet)
			bySeq[index] = commitmentsOf(record)
			at += 2 + length
		}
		same := bytes.Equal
		if at < len(data) { // what derives from unsigned records may follow
			notYet.add("UNSIGNED TAIL: %d bytes", len(data)-at)
			same = bytes.HasPrefix
		}
		need(same(all[name+".leaf"], mine), "%s.leaf", name)
		need(same(all[name+".idx"], offsets), "%s.idx", name)
		count := len(leaves) - first
		need(int64(len(leaves)) == newest.size || (count > 0 && count%256 == 0), "segment border")
		checkDisclosures(all[fmt.Sprintf("disclosure/%s/%08d.jsonl", generation, segment)], bySeq, newest.size, notYet)
	}
	need(int64(len(leaves)) == newest.size, "records from %d on are missing", len(leaves))
	checkTree(leaves, heads)
	for name, data := range all { // segments in which no signed record stands
		folder, file := filepath.Split(name)
		mine := (folder == base+"seg/" && strings.HasSuffix(file, ".ent")) ||
			(folder == "disclosure/"+generation+"/" && !strings.HasSuffix(file, ".tmp"))
		if mine && len(data) > 0 && !(numbered.MatchString(file) && file < fmt.Sprintf("%08d", segment)) {
			notYet.add("UNSIGNED TAIL: %s", name)
		}
	}
	return &newest
}

func checkBundle(all files, key ed25519.PublicKey, notYet *open) {
	for _, name := range []string{"record.json", "record.tlog-proof", "checkpoint"} {
		if _, there := all[name]; !there {
			panic(unchecked{name + " is missing"})
		}
	}
	parts := bytes.SplitN(all["record.tlog-proof"], []byte("\n\n"), 2)
	need(len(parts) == 2 && bytes.Equal(parts[1], all["checkpoint"]), "checkpoint and proof")
	lines := strings.Split(string(parts[0]), "\n")
	need(len(lines) >= 2 && lines[0] == "c2sp.org/tlog-proof@v1" && strings.HasPrefix(lines[1], "index "), "not a tlog-proof")
	index, err := strconv.ParseInt(lines[1][6:], 10, 64)
	need(err == nil && strconv.FormatInt(index, 10) == lines[1][6:], "index")
	var proof tlog.RecordProof
	for _, text := range lines[2:] {
		hash, err := tlog.ParseHash(text)
		need(err == nil && hash.String() == text, "hash")
		proof = append(proof, hash)
	}
	h := openNote(parts[1], key)
	record := all["record.json"]
	need(index >= 0 && index < h.size, "index beyond the log")
	need(tlog.CheckRecord(proof, h.size, h.root, index, tlog.RecordHash(record)) == nil, "the proof fails")
	checkRecord(all, record, h, index, true, nil, notYet)
	checkDisclosures(all["disclosures.jsonl"], map[int64]map[string]string{index: commitmentsOf(record)}, h.size, nil)
	checkKeyFiles(all, key, h.origin)
}

// check returns the word and the reason.
func check(all files, key ed25519.PublicKey) (word, why string) {
	defer func() {
		switch fault := recover().(type) {
		case nil:
		case tampered:
			word, why = "TAMPERED", fault.why
		case unchecked:
			word, why = "UNVERIFIABLE", fault.why
		default:
			panic(fault)
		}
	}()
	if isSmallOrder(key) {
		return "UNVERIFIABLE", "a key for which anybody can make signatures"
	}
	var notYet open
	generations := map[string]bool{}
	for name := range all {
		if strings.HasPrefix(name, "log/") {
			generations[strings.Split(name, "/")[1]] = true
		}
	}
	_, proof := all["record.tlog-proof"]
	_, record := all["record.json"]
	var last *head
	for i := 1; i <= len(generations); i++ {
		name := fmt.Sprintf("%08d", i)
		need(generations[name], "generation %s is missing", name)
		last = checkGeneration(all, name, key, last, &notYet)
	}
	if last != nil {
		checkKeyFiles(all, key, last.origin)
	} else if len(generations) > 0 {
		notYet.add("no head")
	} else if proof || record {
		checkBundle(all, key, &notYet)
	} else {
		return "UNVERIFIABLE", "no log there"
	}
	if len(notYet) > 0 {
		return "UNVERIFIABLE", strings.Join(notYet, "; ")
	}
	return "VALID", ""
}

func load(folder string) files {
	out := files{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		name, _ := filepath.Rel(folder, path)
		out[name], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	return out
}

// flip changes every byte of every covered file and counts what is not noticed.
func flip(all files, key ed25519.PublicKey) (tried, missed int) {
	for name, data := range all {
		if name == "lock" || name == "README.md" || strings.HasPrefix(name, "keys/") {
			continue
		}
		used := len(data)
		if strings.Contains(name, "/commit.") {
			used = len(bytes.TrimRight(data, "\x00")) + 16
		}
		for at := 0; at < used && at < len(data); at++ {
			data[at] ^= 1
			if word, _ := check(all, key); word == "VALID" {
				missed++
				fmt.Printf("MISSED %s byte %d\n", name, at)
			}
			data[at] ^= 1
			tried++
		}
	}
	return tried, missed
}

func main() {
	args := os.Args[1:]
	flips := len(args) > 0 && args[0] == "-flip"
	if flips {
		args = args[1:]
	}
	if len(args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: golang [-flip] KEY.pem FOLDER...")
		os.Exit(2)
	}
	text, err := os.ReadFile(args[0])
	block, _ := pem.Decode(text)
	if err != nil || block == nil {
		fmt.Fprintln(os.Stderr, "no public key in", args[0])
		os.Exit(2)
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	key, ok := parsed.(ed25519.PublicKey)
	if err != nil || !ok {
		fmt.Fprintln(os.Stderr, "not an Ed25519 key:", args[0])
		os.Exit(2)
	}
	code := 0
	for _, folder := range args[1:] {
		all := load(folder)
		if flips {
			tried, missed := flip(all, key)
			fmt.Printf("%s\t%d changes\t%d missed\n", folder, tried, missed)
			if missed > 0 {
				code = 1
			}
			continue
		}
		word, why := check(all, key)
		fmt.Printf("%s\t%s\t%s\n", folder, word, why)
		if word == "TAMPERED" {
			code = 1
		} else if word != "VALID" && code == 0 {
			code = 2
		}
	}
	os.Exit(code)
}
