// SPDX-License-Identifier: Apache-2.0
#include "tools/verify/note.h"

#include <algorithm>
#include <array>

#include "tools/verify/encoding.h"
#include "tools/verify/merkle.h"

namespace persandian::verify {

namespace {

constexpr unsigned char type_ed25519 = 0x01;
constexpr unsigned char type_cosignature = 0x04;
constexpr std::string_view slot_magic = "PSDCMT01";
constexpr std::string_view pem_begin = "-----BEGIN PUBLIC KEY-----";
constexpr std::string_view pem_end = "-----END PUBLIC KEY-----";
// SEQUENCE { SEQUENCE { OID 1.3.101.112 } BIT STRING 32 bytes } (RFC 8410)
constexpr std::string_view spki_prefix("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);

std::string text_of(const PublicKey& key) {
    return {static_cast<const char*>(static_cast<const void*>(key.data())), key.size()};
}

PublicKey key_of(std::string_view bytes) {
    PublicKey key{};
    std::copy_n(bytes.begin(), key.size(), key.begin());
    return key;
}

/// C2SP signed-note: a name is not empty and has neither a plus nor a Unicode space.
bool is_key_name(std::string_view name) {
    static constexpr auto spaces = std::to_array<std::string_view>({" ",
                                                                    "\xC2\x85",
                                                                    "\xC2\xA0",
                                                                    "\xE1\x9A\x80",
                                                                    "\xE2\x80\x80",
                                                                    "\xE2\x80\x81",
                                                                    "\xE2\x80\x82",
                                                                    "\xE2\x80\x83",
                                                                    "\xE2\x80\x84",
                                                                    "\xE2\x80\x85",
                                                                    "\xE2\x80\x86",
                                                                    "\xE2\x80\x87",
                                                                    "\xE2\x80\x88",
                                                                    "\xE2\x80\x89",
                                                                    "\xE2\x80\x8A",
                                                                    "\xE2\x80\xA8",
                                                                    "\xE2\x80\xA9",
                                                                    "\xE2\x80\xAF",
                                                                    "\xE2\x81\x9F",
                                                                    "\xE3\x80\x80"});
    const auto has = [name](std::string_view part) {
        return name.find(part) != std::string_view::npos;
    };
    return !name.empty() && !has("+") && std::none_of(spaces.begin(), spaces.end(), has);
}

Fault parse_signature_line(std::string_view line, NoteSignature& out) {
    static constexpr std::string_view dash = "\xE2\x80\x94 ";
    if (!line.starts_with(dash)) return "a signature line does not begin with an em dash";
    line.remove_prefix(dash.size());
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos || !is_key_name(line.substr(0, space)))
        return "a signature line without a name";
    const auto blob = base64_decode(line.substr(space + 1));
    if (!blob || blob->size() < 5) return "a signature that is not canonical base64";
    out.name = line.substr(0, space);
    out.key_id = static_cast<std::uint32_t>(big_endian(*blob, 4));
    out.signature = blob->substr(4);
    return nullptr;
}

Fault parse_signatures(std::string_view lines, std::vector<NoteSignature>& out) {
    while (!lines.empty()) {
        const std::size_t end = lines.find('\n');  // there is one: the note ends with it
        if (out.size() == max_note_signatures) return "too many signature lines";
        if (Fault fault = parse_signature_line(lines.substr(0, end), out.emplace_back()))
            return fault;
        lines.remove_prefix(end + 1);
    }
    return out.empty() ? "no signature line" : nullptr;
}

Fault parse_three_lines(std::string_view text, Checkpoint& out) {
    const std::size_t first = text.find('\n');
    const std::size_t second = text.find('\n', first + 1);
    const std::size_t third =
        second == std::string_view::npos ? second : text.find('\n', second + 1);
    if (third == std::string_view::npos || third + 1 != text.size())
        return "not exactly three lines";
    out.origin = text.substr(0, first);
    if (!is_origin(out.origin)) return "the origin is not a log name";
    const auto size = decimal_decode(text.substr(first + 1, second - first - 1));
    if (!size || *size > max_tree_size) return "the size is not a number in its one spelling";
    out.size = *size;
    const auto root = base64_decode(text.substr(second + 1, third - second - 1));
    if (!root || root->size() != out.root.size()) return "the root is not the base64 of 32 bytes";
    std::copy(root->begin(), root->end(), out.root.begin());
    return nullptr;
}

bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) < 0x20U && c != '\n') || c == '\x7F';
    });
}

std::variant<KeyFile, Fault> parse_pem(std::string_view text) {
    const std::size_t begin = text.find(pem_begin);
    const std::size_t body = begin + pem_begin.size();
    const std::size_t end = text.find(pem_end, body);
    if (end == std::string_view::npos) return Fault("the PEM block has no end");
    std::string letters;
    for (const char c : text.substr(body, end - body))
        if (c != '\n' && c != '\r' && c != ' ') letters += c;
    const auto der = base64_decode(letters);
    if (!der || der->size() != spki_prefix.size() + 32 || !der->starts_with(spki_prefix))
        return Fault("not an Ed25519 public key");
    return KeyFile{key_of(std::string_view(*der).substr(spki_prefix.size())), ""};
}

}  // namespace

bool is_origin(std::string_view text) {
    return !text.empty() && text.size() <= max_origin_bytes &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return c > ' ' && c < '\x7F' && c != '+'; });
}

std::optional<OriginParts> split_origin(std::string_view origin) {
    const std::size_t slash = origin.rfind('/');
    if (slash == std::string_view::npos || origin.size() - slash != 9) return std::nullopt;
    const std::string_view generation = origin.substr(slash + 1);
    if (!std::all_of(generation.begin(), generation.end(),
                     [](char c) { return c >= '0' && c <= '9'; }))
        return std::nullopt;
    return OriginParts{origin.substr(0, slash), generation};
}

std::variant<Checkpoint, Fault> parse_checkpoint(std::string_view note) {
    if (note.size() > max_note_bytes) return Fault("longer than a note may be");
    if (note.empty() || note.back() != '\n') return Fault("the last line has no line feed");
    if (!is_utf8(note) || has_control_character(note)) return Fault("not plain UTF-8 text");
    const std::size_t split = note.rfind("\n\n");
    if (split == std::string_view::npos) return Fault("no blank line before the signatures");
    Checkpoint out;
    out.text = note.substr(0, split + 1);
    if (Fault fault = parse_three_lines(out.text, out)) return fault;
    if (Fault fault = parse_signatures(note.substr(split + 2), out.signatures)) return fault;
    return out;
}

std::uint32_t key_id_of(std::string_view name, unsigned char type, const PublicKey& key) {
    std::string bytes(name);
    bytes += '\n';
    bytes += static_cast<char>(type);
    bytes += text_of(key);
    Sha256 sha;
    return static_cast<std::uint32_t>(big_endian(view_of(sha.of(bytes)), 4));
}

std::variant<KeyFile, Fault> parse_vkey(std::string_view line, unsigned char type) {
    const std::size_t plus = line.find('+');
    const std::size_t second = line.find('+', plus + 1);  // npos + 1 = 0: fails below
    if (plus == std::string_view::npos || second == std::string_view::npos)
        return Fault("not a public key");
    const std::string_view name = line.substr(0, plus);
    const auto id = hex_decode(line.substr(plus + 1, second - plus - 1));
    const auto blob = base64_decode(line.substr(second + 1));
    if (!is_origin(name)) return Fault("the key's name is not a log name");
    if (!blob || blob->size() != 33 || static_cast<unsigned char>((*blob)[0]) != type)
        return Fault("not an Ed25519 key of the expected type");
    const KeyFile out{key_of(std::string_view(*blob).substr(1)), std::string(name)};
    if (!id || id->size() != 4 || big_endian(*id, 4) != key_id_of(name, type, out.key))
        return Fault("the key id does not belong to the key");
    return out;
}

std::variant<KeyFile, Fault> parse_key_file(std::string_view text) {
    std::variant<KeyFile, Fault> out = Fault("");
    if (text.find(pem_begin) != std::string_view::npos) {
        out = parse_pem(text);
    } else {
        while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
        out = parse_vkey(text, type_ed25519);
    }
    const auto* file = std::get_if<KeyFile>(&out);
    if (file != nullptr && is_small_order(file->key))
        return Fault("a key of small order, for which anybody can make signatures");
    return out;
}

std::string pem_of(const PublicKey& key) {
    std::string out(pem_begin);
    out += '\n';
    out += base64_encode(std::string(spki_prefix) + text_of(key));
    out += '\n';
    out += pem_end;
    return out + '\n';
}

std::string vkey_of(std::string_view origin, const PublicKey& key) {
    const std::uint32_t id = key_id_of(origin, type_ed25519, key);
    std::string id_bytes;
    for (unsigned shift = 32; shift > 0; shift -= 8)
        id_bytes += static_cast<char>((id >> (shift - 8)) & 0xFFU);
    return std::string(origin) + '+' + hex_encode(id_bytes) + '+' +
           base64_encode(std::string(1, static_cast<char>(type_ed25519)) + text_of(key));
}

SignatureState check_log_signature(const Checkpoint& checkpoint, const PublicKey& key) {
    const std::uint32_t id = key_id_of(checkpoint.origin, type_ed25519, key);
    SignatureState state = SignatureState::absent;
    for (const NoteSignature& line : checkpoint.signatures) {
        if (line.name != checkpoint.origin || line.key_id != id) continue;
        if (!ed25519_verify(key, checkpoint.text, line.signature)) return SignatureState::bad;
        state = SignatureState::good;
    }
    return state;
}

Cosignature check_cosignature(const Checkpoint& checkpoint, std::string_view name,
                              const PublicKey& key) {
    const std::uint32_t id = key_id_of(name, type_cosignature, key);
    Cosignature out;
    for (const NoteSignature& line : checkpoint.signatures) {
        if (line.name != name || line.key_id != id) continue;
        out.state = SignatureState::bad;
        if (line.signature.size() != 72) return out;
        const std::uint64_t time = big_endian(line.signature, 8);
        const std::string message =
            "cosignature/v1\ntime " + std::to_string(time) + "\n" + checkpoint.text;
        if (!ed25519_verify(key, message, std::string_view(line.signature).substr(8))) return out;
        out = {SignatureState::good, time};
    }
    return out;
}

std::variant<Slot, UnwrittenSlot, Fault> parse_slot(std::string_view bytes) {
    const auto all_zero = [](std::string_view part) {
        return std::all_of(part.begin(), part.end(), [](char c) { return c == '\0'; });
    };
    if (all_zero(bytes)) return UnwrittenSlot{};
    if (bytes.size() != slot_bytes) return Fault("not 16,384 bytes long");
    if (!bytes.starts_with(slot_magic)) return Fault("does not begin with PSDCMT01");
    Slot out;
    out.sequence = big_endian(bytes.substr(8), 8);
    const std::uint64_t length = big_endian(bytes.substr(16), 4);
    if (length == 0 || length > max_note_bytes) return Fault("the note's length is out of range");
    const std::size_t covered = 20 + static_cast<std::size_t>(length);
    out.note = bytes.substr(20, static_cast<std::size_t>(length));
    if (big_endian(bytes.substr(covered), 4) != crc32c(bytes.substr(0, covered)))
        return Fault("its checksum does not match");
    if (!all_zero(bytes.substr(covered + 4))) return Fault("bytes after its end are not zero");
    return out;
}

}  // namespace persandian::verify
