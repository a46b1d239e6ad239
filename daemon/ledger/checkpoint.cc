// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "detectors/base/encoding.h"

namespace persandian::ledger {
namespace {

constexpr std::string_view signature_start = "\xE2\x80\x94 ";  // em dash, space
constexpr Error bad_note{ErrorCode::malformed, "not a signed note"};
constexpr Error bad_checkpoint{ErrorCode::malformed, "not a three-line checkpoint"};

struct SignatureLine {
    std::string_view name;
    std::uint32_t key_id = 0;
    std::string signature;  ///< without the key id
};

struct Note {
    std::string_view text;  ///< with its last newline
    std::vector<SignatureLine> signatures;
};

/// Takes the next line without its newline; nullopt when there is no newline.
std::optional<std::string_view> take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

bool has_control_characters(std::string_view text) {
    return std::ranges::any_of(text, [](char c) {
        return c != '\n' && (static_cast<unsigned char>(c) < 0x20 || c == 0x7F);
    });
}

std::optional<SignatureLine> parse_signature_line(std::string_view line) {
    if (!line.starts_with(signature_start)) return std::nullopt;
    line.remove_prefix(signature_start.size());
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos || space == 0) return std::nullopt;
    SignatureLine out;
    out.name = line.substr(0, space);
    if (out.name.find('+') != std::string_view::npos) return std::nullopt;
    const std::optional<std::string> bytes = base64_decode(line.substr(space + 1));
    if (!bytes || bytes->size() < 5) return std::nullopt;
    out.key_id = ByteReader(as_bytes(*bytes)).u32();
    out.signature = bytes->substr(4);
    return out;
}

/// C2SP signed-note: text, blank line, at least one signature line.
Result<Note> parse_note(std::string_view note) {
    if (note.size() > max_note_bytes || !is_utf8(note) || has_control_characters(note))
        return bad_note;
    const std::size_t blank = note.rfind("\n\n");
    if (blank == std::string_view::npos) return bad_note;
    Note out;
    out.text = note.substr(0, blank + 1);
    std::string_view rest = note.substr(blank + 2);
    while (!rest.empty()) {
        const std::optional<std::string_view> line = take_line(rest);
        if (!line) return bad_note;
        std::optional<SignatureLine> signature = parse_signature_line(*line);
        if (!signature || out.signatures.size() == max_note_signatures) return bad_note;
        out.signatures.push_back(std::move(*signature));
    }
    if (out.signatures.empty()) return bad_note;
    return out;
}

Result<Checkpoint> parse_text(std::string_view text) {
    std::string_view rest = text;
    const std::optional<std::string_view> origin = take_line(rest);
    const std::optional<std::string_view> size = take_line(rest);
    const std::optional<std::string_view> root = take_line(rest);
    if (!origin || !size || !root || !rest.empty() || !is_origin(*origin)) return bad_checkpoint;
    Checkpoint out;
    out.origin = *origin;
    const auto [end, failure] =
        std::from_chars(size->data(), size->data() + size->size(), out.size);
    if (failure != std::errc{} || end != size->data() + size->size() || out.size > max_tree_size)
        return bad_checkpoint;
    const std::optional<std::string> hash = base64_decode(*root);
    if (!hash || hash->size() != leaf_bytes) return bad_checkpoint;
    const ByteView bytes = as_bytes(*hash);
    std::copy(bytes.begin(), bytes.end(), out.root.bytes.begin());
    // Leading zeros, signs, other spellings: only what we would write ourselves is a checkpoint.
    if (checkpoint_text(out) != text) return bad_checkpoint;
    return out;
}

}  // namespace

bool is_origin(std::string_view text) {
    if (text.empty() || text.size() > max_origin_bytes) return false;
    if (text.find('/') == std::string_view::npos) return false;
    return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F && c != '+'; });
}

std::string checkpoint_text(const Checkpoint& checkpoint) {
    return fmt::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.size,
                       base64_encode(checkpoint.root.bytes));
}

Result<std::string> sign_checkpoint(const Checkpoint& checkpoint, Signer& signer) {
    PERSANDIAN_CHECK(is_origin(checkpoint.origin) && checkpoint.size <= max_tree_size);
    const std::string text = checkpoint_text(checkpoint);
    const Result<Signature> signature = signer.sign(as_bytes(text));
    if (!signature) return signature.error();
    std::array<std::byte, 4 + ed25519_signature_bytes> line{};
    const std::uint32_t id = key_id(checkpoint.origin, signer.public_key());
    for (std::size_t i = 0; i < 4; ++i) line[i] = static_cast<std::byte>(id >> (24 - 8 * i));
    std::ranges::copy(*signature, line.begin() + 4);
    return fmt::format("{}\n{}{} {}\n", text, signature_start, checkpoint.origin,
                       base64_encode(line));
}

Result<Checkpoint> parse_checkpoint(std::string_view note) {
    const Result<Note> parsed = parse_note(note);
    if (!parsed) return parsed.error();
    return parse_text(parsed->text);
}

Result<Checkpoint> open_checkpoint(std::string_view note, const PublicKey& key) {
    const Result<Note> parsed = parse_note(note);
    if (!parsed) return parsed.error();
    Result<Checkpoint> checkpoint = parse_text(parsed->text);
    if (!checkpoint) return checkpoint;
    const std::uint32_t id = key_id(checkpoint->origin, key);
    bool verified = false;
    for (const SignatureLine& line : parsed->signatures) {
        if (line.name != checkpoint->origin || line.key_id != id) continue;
        Signature signature{};
        if (line.signature.size() != signature.size())
            return Error{ErrorCode::permission, "the checkpoint's signature has a wrong length"};
        std::ranges::copy(as_bytes(line.signature), signature.begin());
        if (!verify_signature(key, as_bytes(parsed->text), signature))
            return Error{ErrorCode::permission, "the checkpoint's signature is wrong"};
        verified = true;
    }
    if (!verified)
        return Error{ErrorCode::permission, "the checkpoint is not signed with this key"};
    return checkpoint;
}

std::optional<std::uint32_t> generation_of(std::string_view origin) {
    const std::size_t slash = origin.rfind('/');
    if (slash == std::string_view::npos || origin.size() - slash != 9) return std::nullopt;
    std::uint32_t value = 0;
    const char* const end = origin.data() + origin.size();
    const auto [stop, failure] = std::from_chars(origin.data() + slash + 1, end, value);
    if (failure != std::errc{} || stop != end || value == 0) return std::nullopt;
    return value;
}

}  // namespace persandian::ledger
