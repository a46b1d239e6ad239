// SPDX-License-Identifier: Apache-2.0
//
// SMTP and submission: one event per mail, with its envelope, the headers that tell who writes
// whom, and the names of its attachments, which are files (`fileinfo`). A connection without mail
// has one event as well. After STARTTLS the flow is probed anew. Passwords are left out.
//
// Source: RFC 5321 sections 3.3, 4.1, 4.5.2; RFC 3030 (BDAT); RFC 3207; RFC 4954 (AUTH). Names as
// in EVE's smtp and email.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "detectors/base/encoding.h"
#include "detectors/protocols/mime_message.h"
#include "detectors/protocols/protocol.h"
#include "detectors/protocols/stream_buffer.h"
#include "detectors/protocols/text_scan.h"

namespace persandian::protocols {
namespace {

constexpr std::size_t max_line_bytes = 16'384;  ///< RFC 5321 says 1000
constexpr std::size_t max_recipients = 100;     ///< told of one mail
constexpr std::size_t max_address_bytes = 512;
constexpr std::uint32_t max_odd_lines = 32;  ///< that are no reply, then it is not SMTP

constexpr Field helo{"smtp.helo", FieldKind::text, "name the client gives itself", "EVE"};
constexpr Field mail_from{"smtp.mail_from", FieldKind::text, "sender of the envelope", "EVE"};
constexpr Field rcpt_to{"smtp.rcpt_to[]", FieldKind::text, "recipients of the envelope", "EVE"};
constexpr Field auth_method{"smtp.auth_method", FieldKind::text, "PLAIN, LOGIN, …",
                            "RFC 4954 section 4"};
constexpr Field auth_user{"smtp.auth_user", FieldKind::text, "who authenticates by PLAIN or LOGIN"};
constexpr Field last_reply{"smtp.last_reply", FieldKind::text,
                           "last reply of the server, with its code", "Zeek"};
constexpr Field from{"email.from", FieldKind::text, "From header", "EVE"};
constexpr Field to{"email.to[]", FieldKind::text, "To header", "EVE"};
constexpr Field cc{"email.cc[]", FieldKind::text, "Cc header", "EVE"};
constexpr Field subject{"email.subject", FieldKind::text, "Subject header, decoded", "EVE"};
constexpr Field date{"email.date", FieldKind::text, "Date header", "EVE"};
constexpr Field message_id{"email.message_id", FieldKind::text, "Message-ID header", "EVE"};
constexpr Field x_mailer{"email.x_mailer", FieldKind::text, "X-Mailer header", "EVE"};
constexpr Field attachment{"email.attachment[]", FieldKind::text, "names of the attachments",
                           "EVE"};

constexpr std::array<const Field*, 14> fields_of_smtp = {
    &helo, &mail_from, &rcpt_to, &auth_method, &auth_user,  &last_reply, &from,
    &to,   &cc,        &subject, &date,        &message_id, &x_mailer,   &attachment};

/// "<budi@example.go.id> SIZE=7" → "<budi@example.go.id>".
std::string_view path_of(std::string_view rest) {
    rest = trimmed(rest);
    const std::size_t end = rest.starts_with('<') ? rest.find('>') : rest.find(' ');
    return rest.substr(0,
                       std::min(end == std::string_view::npos ? end : end + 1, max_address_bytes));
}

class SmtpParser final : public ProtocolParser {
  public:
    ParseStatus on_chunk(const flow::StreamChunk& chunk, EventEmitter& out) noexcept override {
        const bool from_client = chunk.direction == flow::Direction::to_server;
        LineBuffer& lines = from_client ? client_ : server_;
        ByteView bytes = chunk.bytes;
        if (chunk.gap_bytes > 0) on_gap(lines, from_client, chunk.gap_bytes, bytes);
        while (!bytes.empty()) {
            if (from_client && chunk_bytes_ > 0) {
                read_chunk(bytes, chunk.time, out);
                continue;
            }
            const std::optional<std::string_view> line = lines.next(bytes);
            if (!line) break;
            if (lines.was_cut())
                out.anomaly({"line_too_long", lines.line_bytes(), max_line_bytes}, chunk.direction,
                            chunk.time);
            const ParseStatus status = from_client
                                           ? on_line(*line, lines.was_cut(), chunk.time, out)
                                           : on_reply(*line, chunk.time, out);
            if (status == ParseStatus::upgrade) unread_bytes_ = bytes.size();
            if (status != ParseStatus::ok) return status;
        }
        return ParseStatus::need_more;
    }
    void finish(Timestamp time, EventEmitter& out) noexcept override {
        if (mail_ && !ended_) mail_->finish(false, out, time);
        if (!mail_from_.empty() || mail_ || !told_) emit(time, out);
    }
    std::size_t unread_bytes() const noexcept override { return unread_bytes_; }
    std::size_t held_bytes() const noexcept override {
        return sizeof(*this) + client_.held_bytes() + server_.held_bytes() +
               chunk_line_.held_bytes() + recipients_.size() * 64 +
               (mail_ ? mail_->held_bytes() : 0);
    }
    ParseProblem problem() const noexcept override {
        return {"not_smtp", odd_lines_, max_odd_lines};
    }

  private:
    void on_gap(LineBuffer& lines, bool from_client, std::uint64_t gap, ByteView& bytes) {
        if (mail_ && from_client) mail_->lose();
        if (from_client && chunk_bytes_ > gap) {
            chunk_bytes_ -= gap;
            return;
        }
        lines.resume(bytes);
    }

    ParseStatus on_line(std::string_view line, bool cut, Timestamp time, EventEmitter& out) {
        if (std::exchange(data_asked_, false)) {  // not refused: the mail begins
            in_data_ = true;
            if (!mail_) mail_.emplace(flow::Direction::to_server);
        }
        if (in_data_) {
            if (line == ".") {
                end_mail(time, out);
                return ParseStatus::ok;
            }
            if (line.starts_with('.')) line.remove_prefix(1);
            mail_->add_line(line, out, time);
            if (cut) mail_->lose();
            return ParseStatus::ok;
        }
        if (auth_step_ != AuthStep::none) {
            on_auth_line(trimmed(line));
            return ParseStatus::ok;
        }
        on_command(line, time, out);
        return ParseStatus::ok;
    }

    void on_command(std::string_view line, Timestamp time, EventEmitter& out) {
        std::string_view rest = trimmed(line);
        const std::string_view word = take_word(rest);
        if (equals_ignoring_case(word, "HELO") || equals_ignoring_case(word, "EHLO")) {
            helo_ = rest.substr(0, max_address_bytes);
        } else if (starts_with_ignoring_case(line, "MAIL FROM:")) {
            tell_ended_mail(time, out);  // its reply is still to come
            mail_from_ = path_of(line.substr(10));
        } else if (starts_with_ignoring_case(line, "RCPT TO:")) {
            if (recipients_.size() < max_recipients)
                recipients_.emplace_back(path_of(line.substr(8)));
        } else if (equals_ignoring_case(word, "DATA")) {
            data_asked_ = true;
        } else if (equals_ignoring_case(word, "BDAT")) {
            begin_chunk(rest, time, out);
        } else if (equals_ignoring_case(word, "RSET")) {
            tell_ended_mail(time, out);
            forget_mail();
        } else if (equals_ignoring_case(word, "AUTH")) {
            on_auth(rest);
        } else if (equals_ignoring_case(word, "STARTTLS")) {
            tls_asked_ = true;
        }
    }

    /// "BDAT 1000 LAST".
    void begin_chunk(std::string_view rest, Timestamp time, EventEmitter& out) {
        const auto size = number_in<std::uint64_t>(take_word(rest));
        if (!size) return;
        chunk_bytes_ = *size;
        last_chunk_ = equals_ignoring_case(trimmed(rest), "LAST");
        if (!mail_) mail_.emplace(flow::Direction::to_server);
        if (chunk_bytes_ == 0 && last_chunk_) end_mail(time, out);
    }

    void read_chunk(ByteView& bytes, Timestamp time, EventEmitter& out) {
        const auto taken =
            static_cast<std::size_t>(std::min<std::uint64_t>(chunk_bytes_, bytes.size()));
        ByteView part = bytes.first(taken);
        bytes = bytes.subspan(taken);
        chunk_bytes_ -= taken;
        while (const std::optional<std::string_view> line = chunk_line_.next(part))
            mail_->add_line(*line, out, time);
        if (chunk_bytes_ == 0 && last_chunk_) end_mail(time, out);
    }

    /// "AUTH PLAIN response", "AUTH LOGIN", or the response in a line of its own.
    void on_auth(std::string_view rest) {
        auth_method_ = take_word(rest).substr(0, 32);
        if (equals_ignoring_case(auth_method_, "PLAIN"))
            auth_step_ = AuthStep::plain;
        else if (equals_ignoring_case(auth_method_, "LOGIN"))
            auth_step_ = AuthStep::login_user;
        if (!rest.empty() && auth_step_ != AuthStep::none) on_auth_line(rest);
    }

    void on_auth_line(std::string_view line) {
        const AuthStep step = std::exchange(auth_step_, AuthStep::none);
        if (step == AuthStep::login_password) return;
        const std::optional<std::string> decoded = base64_decode(line);
        if (!decoded) return;
        std::string_view user = *decoded;
        if (step == AuthStep::login_user) {
            auth_step_ = AuthStep::login_password;
        } else {  // authorization identity NUL authentication identity NUL password
            user.remove_prefix(std::min(user.find('\0') + 1, user.size()));
            user = user.substr(0, user.find('\0'));
        }
        auth_user_ = user.substr(0, max_address_bytes);
    }

    ParseStatus on_reply(std::string_view line, Timestamp time, EventEmitter& out) {
        const std::string_view code = reply_code(line);
        if (code.empty())
            return ++odd_lines_ > max_odd_lines ? ParseStatus::malformed : ParseStatus::ok;
        if (line.size() > 3 && line[3] == '-') return ParseStatus::ok;
        last_reply_ = line.substr(0, max_address_bytes);
        tell_ended_mail(time, out);
        if (code[0] >= '4') data_asked_ = false;
        if (code[0] >= '4') auth_step_ = AuthStep::none;
        if (code == "220" && tls_asked_) return ParseStatus::upgrade;
        if (code[0] >= '4') tls_asked_ = false;
        return ParseStatus::ok;
    }

    /// All of the mail has come; it is told with the reply to it.
    void end_mail(Timestamp time, EventEmitter& out) {
        mail_->finish(true, out, time);
        in_data_ = last_chunk_ = false;
        ended_ = true;
        chunk_line_.clear();
    }

    void tell_ended_mail(Timestamp time, EventEmitter& out) {
        if (!std::exchange(ended_, false)) return;
        emit(time, out);
        forget_mail();
    }

    void forget_mail() {
        mail_.reset();
        mail_from_.clear();
        recipients_.clear();
    }

    void emit(Timestamp time, EventEmitter& out) {
        told_ = true;
        Event& event = out.begin("smtp", flow::Direction::to_server, time);
        const auto add = [&](const Field& field, std::string_view text) {
            if (!text.empty()) event.add(field, text);
        };
        add(helo, helo_);
        add(mail_from, mail_from_);
        for (std::size_t i = 0; i < recipients_.size(); ++i) event.add(rcpt_to, recipients_[i], i);
        add(auth_method, auth_method_);
        add(auth_user, auth_user_);
        add(last_reply, last_reply_);
        if (mail_) {
            const mime::MimeMessage::Headers& headers = mail_->headers();
            add(from, headers.from);
            add(to, headers.to);
            add(cc, headers.cc);
            add(subject, headers.subject);
            add(date, headers.date);
            add(message_id, headers.message_id);
            add(x_mailer, headers.x_mailer);
            for (std::size_t i = 0; i < mail_->attachments().size(); ++i)
                event.add(attachment, mail_->attachments()[i], i);
        }
        out.commit();
    }

    enum class AuthStep : std::uint8_t { none, plain, login_user, login_password };

    LineBuffer client_{max_line_bytes};
    LineBuffer server_{max_line_bytes};
    LineBuffer chunk_line_{max_line_bytes};
    std::string helo_, mail_from_, auth_method_, auth_user_, last_reply_;
    std::vector<std::string> recipients_;
    std::optional<mime::MimeMessage> mail_;
    std::uint64_t chunk_bytes_ = 0;  ///< left of a BDAT chunk
    AuthStep auth_step_ = AuthStep::none;
    bool last_chunk_ = false, data_asked_ = false, in_data_ = false, tls_asked_ = false;
    bool ended_ = false;  ///< mail_ is whole and waits for its reply
    bool told_ = false;
    std::uint32_t odd_lines_ = 0;
    std::size_t unread_bytes_ = 0;
};

/// A client's HELO or EHLO, or a server's 220 on a mail port or with SMTP in it.
Probe probe_smtp(ByteView bytes, flow::Direction direction, const flow::FlowInfo& flow) noexcept {
    const std::string_view text = as_text(bytes);
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, std::min(end, text.size()));
    if (direction == flow::Direction::to_server) {
        for (const std::string_view word : {"HELO ", "EHLO ", "MAIL FROM:"}) {
            if (starts_with_ignoring_case(line, word))
                return end != std::string_view::npos &&
                               is_printable(trimmed(
                                   line.substr(0, line.size() - (line.ends_with('\r') ? 1 : 0))))
                           ? Probe::mine
                           : Probe::unsure;
            if (starts_with_ignoring_case(word, line)) return Probe::unsure;
        }
        return Probe::not_mine;
    }
    const bool near = flow.server_port == 25 || flow.server_port == 587 || flow.server_port == 2525;
    if (line.size() < 4)
        return std::string_view("220").starts_with(line.substr(0, 3)) ? Probe::unsure
                                                                      : Probe::not_mine;
    if (!line.starts_with("220 ") && !line.starts_with("220-") &&
        !(near && line.starts_with("554 ")))
        return Probe::not_mine;
    if (near || ascii_lower(line).find("smtp") != std::string::npos) return Probe::mine;
    return end == std::string_view::npos ? Probe::unsure : Probe::not_mine;
}

constexpr std::array<std::uint16_t, 3> ports = {25, 587, 2525};
constexpr std::array<LimitInfo, 7> limits = {
    {{"line", max_line_bytes, "bytes"},
     {"recipients told", max_recipients, "addresses"},
     {"address", max_address_bytes, "bytes"},
     {"lines that are no reply", max_odd_lines, "lines"},
     {"header of a mail", mime::max_header_bytes, "bytes"},
     {"nested multiparts", mime::max_depth, "levels"},
     {"attachments named", mime::max_attachments, "files"}}};
constexpr std::array<std::string_view, 5> references = {"RFC 5321", "RFC 3030", "RFC 3207",
                                                        "RFC 2045 to 2047", "RFC 2231"};

}  // namespace

const ProtocolEntry& smtp_entry() noexcept {
    static const ProtocolEntry entry{
        .name = "smtp",
        .transport = Transport::tcp,
        .ports = ports,
        .fields = fields_of_smtp,
        .limits = limits,
        .references = references,
        .probe = probe_smtp,
        .make = []() -> std::unique_ptr<ProtocolParser> { return std::make_unique<SmtpParser>(); },
    };
    return entry;
}

}  // namespace persandian::protocols
