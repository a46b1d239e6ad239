// SPDX-License-Identifier: Apache-2.0
#include "detectors/protocols/mime_message.h"

#include <algorithm>
#include <utility>

#include "detectors/base/encoding.h"
#include "detectors/protocols/text_scan.h"

namespace persandian::protocols::mime {
namespace {

std::string utf8_of_latin1(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet < 0x80) {
            out += c;
        } else {
            out += static_cast<char>(0xC0U | (octet >> 6U));
            out += static_cast<char>(0x80U | (octet & 0x3FU));
        }
    }
    return out;
}

std::string to_utf8(std::string_view charset, std::string decoded) {
    const std::string_view name = charset.substr(0, charset.find('*'));  // a language may follow
    return equals_ignoring_case(name, "iso-8859-1") ? utf8_of_latin1(decoded) : decoded;
}

bool is_known_charset(std::string_view charset) {
    const std::string_view name = charset.substr(0, charset.find('*'));
    return equals_ignoring_case(name, "utf-8") || equals_ignoring_case(name, "us-ascii") ||
           equals_ignoring_case(name, "iso-8859-1");
}

/// Replaces `mark` and two hexadecimal digits by the octet they stand for.
std::string unescaped(std::string_view text, char mark, char blank) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto octet = text[i] == mark && i + 2 < text.size()
                               ? number_in<std::uint8_t>(text.substr(i + 1, 2), 16)
                               : std::nullopt;
        if (octet) {
            out += static_cast<char>(*octet);
            i += 2;
        } else {
            out += text[i] == blank && blank != '\0' ? ' ' : text[i];
        }
    }
    return out;
}

/// One encoded word at the front of `text`, taken off it; nothing when there is none.
std::optional<std::string> take_encoded_word(std::string_view& text) {
    if (!text.starts_with("=?")) return std::nullopt;
    const std::size_t charset_end = text.find('?', 2);
    if (charset_end == std::string_view::npos || charset_end + 2 >= text.size() ||
        text[charset_end + 2] != '?')
        return std::nullopt;
    const std::size_t end = text.find("?=", charset_end + 3);
    const std::string_view charset = text.substr(2, charset_end - 2);
    if (end == std::string_view::npos || !is_known_charset(charset)) return std::nullopt;
    const char how = ascii_lower(text[charset_end + 1]);
    const std::string_view encoded = text.substr(charset_end + 3, end - charset_end - 3);
    std::optional<std::string> decoded;
    if (how == 'b') decoded = base64_decode(encoded);
    if (how == 'q') decoded = unescaped(encoded, '=', '_');
    if (!decoded) return std::nullopt;
    text.remove_prefix(end + 2);
    return to_utf8(charset, std::move(*decoded));
}

/// "utf-8'id'gaji%20pegawai.csv", RFC 2231 section 4.
std::string decoded_extended(std::string_view value) {
    const std::size_t first = value.find('\'');
    const std::size_t second = value.find('\'', std::min(first, value.size() - 1) + 1);
    if (first == std::string_view::npos || second == std::string_view::npos)
        return std::string(value);
    return to_utf8(value.substr(0, first), unescaped(value.substr(second + 1), '%', '\0'));
}

}  // namespace

std::string decoded_words(std::string_view text) {
    std::string out;
    bool after_word = false;
    while (!text.empty()) {
        if (std::optional<std::string> word = take_encoded_word(text)) {
            if (after_word)  // blanks between two encoded words do not count
                out.erase(out.find_last_not_of(" \t") + 1);
            out += *word;
            after_word = true;
            continue;
        }
        after_word = after_word && (text[0] == ' ' || text[0] == '\t');
        out += text[0];
        text.remove_prefix(1);
    }
    return out;
}

std::string parameter(std::string_view header, std::string_view name) {
    std::string_view rest = header.substr(std::min(header.find(';'), header.size()));
    while (rest.starts_with(';')) {
        rest.remove_prefix(1);
        const std::string_view key = trimmed(rest.substr(0, rest.find_first_of("=;")));
        rest.remove_prefix(std::min(rest.find_first_of("=;"), rest.size()));
        if (!rest.starts_with('=')) continue;
        rest = trimmed(rest.substr(1));
        const char end = rest.starts_with('"') ? '"' : ';';
        if (end == '"') rest.remove_prefix(1);
        const std::string_view value = trimmed(rest.substr(0, rest.find(end)));
        rest.remove_prefix(std::min(rest.find(end), rest.size()));
        rest.remove_prefix(std::min(rest.find(';'), rest.size()));
        if (equals_ignoring_case(key, name)) return decoded_words(value);
        const bool extended = key.size() > name.size() && key[name.size()] == '*' &&
                              starts_with_ignoring_case(key, name);
        if (extended) return decoded_extended(value);
    }
    return {};
}

void MimeMessage::add_line(std::string_view line, EventEmitter& out, Timestamp time) {
    if (!in_headers_) {
        if (!take_boundary(line, out, time)) add_body(line);
        return;
    }
    const bool folded = !line.empty() && (line[0] == ' ' || line[0] == '\t');
    if (folded && !header_.empty()) {
        header_ += line.substr(0, max_header_bytes - std::min(max_header_bytes, header_.size()));
        return;
    }
    end_header();
    if (line.empty()) return begin_body(out);
    // a part may have no headers at all: its boundary's line is followed by another boundary
    if (!top_ && line.starts_with("--") && take_boundary(line, out, time)) return;
    header_ = line.substr(0, max_header_bytes);
}

void MimeMessage::end_header() {
    const std::size_t colon = header_.find(':');
    if (colon != std::string::npos)
        read_header(trimmed(std::string_view(header_).substr(0, colon)),
                    trimmed(std::string_view(header_).substr(colon + 1)));
    header_.clear();
}

void MimeMessage::read_header(std::string_view name, std::string_view value) {
    if (equals_ignoring_case(name, "content-type")) content_type_ = value;
    if (equals_ignoring_case(name, "content-disposition")) disposition_ = value;
    if (equals_ignoring_case(name, "content-transfer-encoding")) {
        if (equals_ignoring_case(value, "base64")) encoding_ = Encoding::base64;
        if (equals_ignoring_case(value, "quoted-printable")) encoding_ = Encoding::quoted_printable;
    }
    if (!top_) return;
    struct Told {
        std::string_view name;
        std::string* text;
    };
    for (const Told& told :
         {Told{"from", &headers_.from}, Told{"to", &headers_.to}, Told{"cc", &headers_.cc},
          Told{"subject", &headers_.subject}, Told{"date", &headers_.date},
          Told{"message-id", &headers_.message_id}, Told{"x-mailer", &headers_.x_mailer}})
        if (equals_ignoring_case(name, told.name) && told.text->empty())
            *told.text = decoded_words(value);
}

void MimeMessage::begin_part() {
    in_headers_ = true;
    content_type_.clear();
    disposition_.clear();
    encoding_ = Encoding::none;
    carry_.clear();
    first_line_ = true;
}

void MimeMessage::begin_body(EventEmitter& out) {
    in_headers_ = false;
    top_ = false;
    const std::string boundary = parameter(content_type_, "boundary");
    if (starts_with_ignoring_case(content_type_, "multipart/") && !boundary.empty() &&
        boundaries_.size() < max_depth) {
        boundaries_.push_back(boundary.substr(0, max_boundary_bytes));
        return;
    }
    std::string name = parameter(disposition_, "filename");
    if (name.empty()) name = parameter(content_type_, "name");
    const bool attached = starts_with_ignoring_case(disposition_, "attachment") || !name.empty();
    if (!attached) return;
    if (attachments_.size() < max_attachments) attachments_.push_back(name);
    const std::string_view type = content_type_;
    file_.emplace(out, name, trimmed(type.substr(0, type.find(';'))));
}

bool MimeMessage::take_boundary(std::string_view line, EventEmitter& out, Timestamp time) {
    if (boundaries_.empty() || !line.starts_with("--")) return false;
    const std::string_view rest = line.substr(2);
    for (std::size_t depth = boundaries_.size(); depth-- > 0;) {
        const std::string& boundary = boundaries_[depth];
        if (!rest.starts_with(boundary)) continue;
        const std::string_view behind = rest.substr(boundary.size());
        const bool closes = behind.starts_with("--");
        if (!closes && !trimmed(behind).empty()) continue;  // a longer boundary
        end_part(true, out, time);
        boundaries_.resize(closes ? depth : depth + 1);
        begin_part();
        if (closes) in_headers_ = false;  // the rest is for nobody
        return true;
    }
    return false;
}

void MimeMessage::end_part(bool whole, EventEmitter& out, Timestamp time) {
    if (!file_) return;
    if (encoding_ == Encoding::base64 && !carry_.empty()) {  // some leave the padding out
        const std::string rest = std::exchange(carry_, {});
        add_base64(rest + std::string(4 - rest.size(), '='));
    }
    file_->finish(out, sender_, time, whole);
    file_.reset();
}

void MimeMessage::add_body(std::string_view line) {
    if (!file_) return;
    switch (encoding_) {
        case Encoding::base64:
            return add_base64(line);
        case Encoding::quoted_printable:
            return add_quoted(line);
        case Encoding::none:
            break;
    }
    // the line end before a boundary belongs to the boundary
    if (!first_line_) file_->add(as_bytes("\r\n"));
    first_line_ = false;
    file_->add(as_bytes(line));
}

void MimeMessage::add_base64(std::string_view line) {
    std::string letters = std::exchange(carry_, {});
    for (const char c : line)
        if (is_ascii_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=')
            letters += c;
    carry_ = letters.substr(letters.size() / 4 * 4);
    letters.resize(letters.size() / 4 * 4);
    if (letters.empty()) return;
    const std::optional<std::string> decoded = base64_decode(letters);
    if (decoded) {
        file_->add(as_bytes(*decoded));
    } else {
        file_->lose(1);
    }
}

void MimeMessage::add_quoted(std::string_view line) {
    if (!first_line_) file_->add(as_bytes(carry_));
    first_line_ = false;
    const bool soft = line.ends_with('=');
    if (soft) line.remove_suffix(1);
    carry_ = soft ? "" : "\r\n";
    file_->add(as_bytes(unescaped(line, '=', '\0')));
}

void MimeMessage::lose() noexcept {
    if (file_) file_->lose(1);
    carry_.clear();
}

void MimeMessage::finish(bool whole, EventEmitter& out, Timestamp time) {
    end_header();
    end_part(whole, out, time);
}

std::size_t MimeMessage::held_bytes() const noexcept {
    std::size_t bytes = sizeof(*this) + header_.capacity() + headers_.subject.capacity() +
                        headers_.to.capacity() + attachments_.size() * 64;
    if (file_) bytes += file_->held_bytes();
    return bytes;
}

}  // namespace persandian::protocols::mime
