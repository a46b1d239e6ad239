// SPDX-License-Identifier: Apache-2.0
#include "detectors/protocols/http_message.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "detectors/base/ascii.h"

namespace persandian::protocols::http {
namespace {

constexpr std::string_view blanks = " \t";
constexpr std::size_t max_method_bytes = 32;

constexpr std::array<std::string_view, 36> known_methods = {
    "GET",      "POST",      "HEAD",     "PUT",         "DELETE",       "OPTIONS",
    "CONNECT",  "TRACE",     "PATCH",    "PROPFIND",    "PROPPATCH",    "MKCOL",
    "COPY",     "MOVE",      "LOCK",     "UNLOCK",      "SEARCH",       "REPORT",
    "CHECKOUT", "CHECKIN",   "MERGE",    "NOTIFY",      "SUBSCRIBE",    "UNSUBSCRIBE",
    "M-SEARCH", "DEBUG",     "TRACK",    "INVOKE",      "PURGE",        "BCOPY",
    "QUERY",    "BITS_POST", "CCM_POST", "RPC_IN_DATA", "RPC_OUT_DATA", "RPC_CONNECT"};

/// RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        const bool alphanumeric =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        return alphanumeric ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// "HTTP/1.1" and relatives: any single digits, as attack tools send also HTTP/1.5 and HTTP/3.0.
bool is_version(std::string_view text) {
    return text.size() == 8 && text.starts_with("HTTP/") && is_digit(text[5]) && text[6] == '.' &&
           is_digit(text[7]);
}

/// What stands where a version should and begins like one: servers answer it, if only with 400.
bool is_nearly_version(std::string_view text) {
    constexpr std::size_t longest = 16;
    return text.size() <= longest && text.starts_with("HTTP/");
}

struct RequestLine {
    std::string_view method, target, version;
};

std::optional<RequestLine> split_request_line(std::string_view line) {
    line = trimmed(line);
    const std::size_t method_end = line.find_first_of(blanks);
    if (method_end == std::string_view::npos) return std::nullopt;
    RequestLine request;
    request.method = line.substr(0, method_end);
    if (request.method.size() > max_method_bytes || !is_token(request.method)) return std::nullopt;
    request.target = trimmed(line.substr(method_end));
    const std::size_t version_at = request.target.find_last_of(blanks);
    const std::string_view last = version_at == std::string_view::npos
                                      ? std::string_view{}
                                      : request.target.substr(version_at + 1);
    if (is_version(last) || (is_nearly_version(last) && is_known_method(request.method))) {
        request.version = last;
        request.target = trimmed(request.target.substr(0, version_at));
    } else if (is_version(request.target)) {
        request.version = std::exchange(request.target, {});
    }
    return request;
}

/// HTTP/0.9, and clients that forget the version.
bool is_believed_without_version(const RequestLine& request) {
    return is_known_method(request.method) && request.target.starts_with('/') &&
           request.target.find_first_of(blanks) == std::string_view::npos;
}

/// The target of a line that broke off, without what there is of " HTTP/1.1" behind it.
std::string_view without_cut_version(std::string_view target) {
    const std::size_t blank = target.find_last_of(blanks);
    if (blank == std::string_view::npos) return target;
    const bool version = std::string_view("HTTP/1.").starts_with(target.substr(blank + 1));
    return version ? trimmed(target.substr(0, blank)) : target;
}

}  // namespace

bool is_known_method(std::string_view method) {
    return std::find(known_methods.begin(), known_methods.end(), method) != known_methods.end();
}

bool is_request_line(std::string_view line) {
    const auto request = split_request_line(line);
    if (!request || request->version.starts_with("HTTP/2")) return false;
    return !request->version.empty() || is_believed_without_version(*request);
}

bool is_status_line(std::string_view line) {
    const std::size_t code = line.find_first_of(blanks);
    if (code == std::string_view::npos || !is_nearly_version(line.substr(0, code))) return false;
    const std::string_view rest = trimmed(line.substr(code));
    return rest.size() >= 3 && is_digit(rest[0]) && is_digit(rest[1]) && is_digit(rest[2]) &&
           (rest.size() == 3 || !is_digit(rest[3]));
}

std::string_view oddity_name(Oddity oddity) {
    static constexpr std::array<std::string_view, static_cast<std::size_t>(Oddity::count)> names = {
        "line_too_long",
        "too_many_headers",
        "header_without_colon",
        "space_before_colon",
        "bad_content_length",
        "conflicting_content_length",
        "content_length_and_chunked",
        "bad_content_encoding",
        "compression_bomb",
        "unexpected_data"};
    return names[static_cast<std::size_t>(oddity)];
}

const std::string* Message::find(std::string_view name) const {
    for (const Header& header : headers)
        if (equals_ignoring_case(header.name, name)) return &header.value;
    return nullptr;
}

std::size_t Message::held_bytes() const {
    std::size_t bytes =
        sizeof(Message) + method.size() + target.size() + reason.size() + body.size();
    for (const Header& header : headers)
        bytes += sizeof(Header) + header.name.size() + header.value.size();
    return bytes;
}

std::size_t MessageReader::held_bytes() const {
    const bool inflates = inflater_ && !inflater_->finished();
    return line_.capacity() + kept_head_bytes_ + message_.headers.capacity() * sizeof(Header) +
           message_.body.capacity() + (inflates ? Inflater::working_bytes : 0);
}

std::uint32_t MessageReader::take_oddities() {
    return std::exchange(oddities_, 0);
}

std::optional<std::string_view> MessageReader::take_line(ByteView& bytes) {
    const std::string_view text = as_text(bytes);
    const std::size_t end = text.find('\n');
    const std::string_view piece = text.substr(0, std::min(end, text.size()));
    bytes = bytes.subspan(end == std::string_view::npos ? text.size() : end + 1);
    if (!lost_) (has_start_ ? head_bytes_ : junk_bytes_) += piece.size() + 1;
    const std::size_t space = max_line_bytes - std::min(max_line_bytes, line_.size());
    if (piece.size() > space) odd(Oddity::line_too_long);
    if (end != std::string_view::npos && line_.empty()) {
        const std::string_view line = piece.substr(0, space);
        return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
    }
    line_ += piece.substr(0, space);
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view line = line_;
    line_in_use_ = true;  // step() clears line_ once it has been read
    return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

Step MessageReader::step(ByteView& bytes) {
    for (;;) {
        switch (state_) {
            case State::complete:
                return Step::message_complete;
            case State::head_done:
                return Step::head_complete;
            case State::broken:
                return Step::malformed;
            case State::counted_body:
            case State::chunk_data:
            case State::body_until_close:
                if (bytes.empty()) return Step::need_more;
                read_body(bytes);
                break;
            case State::start_line:
            case State::headers:
            case State::chunk_size:
            case State::chunk_end:
            case State::trailers: {
                if (bytes.empty()) return Step::need_more;
                const auto line = take_line(bytes);
                if (has_start_ && head_bytes_ > max_head_bytes) return Step::limit;
                if (!has_start_ && junk_bytes_ > max_junk_bytes) state_ = State::broken;
                if (line && state_ != State::broken) (void)on_line(*line);
                if (line_in_use_) {
                    line_.clear();
                    line_in_use_ = false;
                }
                break;
            }
        }
    }
}

Step MessageReader::on_line(std::string_view line) {
    switch (state_) {
        case State::start_line:
            return on_start_line(line);
        case State::headers:
            if (line.empty()) {
                state_ = State::head_done;
            } else {
                read_header(line);
            }
            break;
        case State::chunk_size:
            head_bytes_ = 0;
            if (!read_chunk_size(line)) state_ = State::broken;
            break;
        case State::chunk_end:
            state_ = State::chunk_size;
            if (!line.empty()) odd(Oddity::unexpected_data);
            break;
        case State::trailers:
            if (line.empty()) state_ = State::complete;
            break;
        default:
            break;
    }
    return Step::need_more;
}

Step MessageReader::on_start_line(std::string_view line) {
    if (line.empty()) return Step::need_more;  // RFC 9112 section 2.2: empty lines before it
    if (!read_start_line(line)) {
        if (!lost_) odd(Oddity::unexpected_data);
        return Step::need_more;
    }
    has_start_ = true;
    lost_ = false;
    junk_bytes_ = 0;
    head_bytes_ = line.size();
    kept_head_bytes_ = line.size();
    state_ = State::headers;
    return Step::need_more;
}

bool MessageReader::read_start_line(std::string_view line) {
    return role_ == Role::request ? read_request_line(line) : read_status_line(line);
}

bool MessageReader::read_request_line(std::string_view line) {
    const auto request = split_request_line(line);
    if (!request) return false;
    const bool cut = cut_ || line.size() + 1 >= max_line_bytes;
    if (request->version.empty() && !cut && !is_believed_without_version(*request)) return false;
    message_.method = request->method;
    message_.target = cut_ ? without_cut_version(request->target) : request->target;
    message_.version = request->version;
    return true;
}

bool MessageReader::read_status_line(std::string_view line) {
    if (!is_status_line(line)) return false;
    const std::size_t code = line.find_first_of(blanks);
    message_.version = line.substr(0, code);
    const std::string_view rest = trimmed(line.substr(code));
    std::from_chars(rest.data(), rest.data() + 3, message_.status);
    message_.reason = trimmed(rest.substr(3));
    return true;
}

void MessageReader::read_header(std::string_view line) {
    if (blanks.find(line[0]) != std::string_view::npos) {  // folded, RFC 9112 section 5.2
        if (message_.headers.empty()) return odd(Oddity::header_without_colon);
        std::string& value = message_.headers.back().value;
        value += ' ';
        value += trimmed(line);
        kept_head_bytes_ += line.size();
        return;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return odd(Oddity::header_without_colon);
    if (message_.headers.size() >= max_headers) return odd(Oddity::too_many_headers);
    const std::string_view name = trimmed(line.substr(0, colon));
    if (name.size() != colon) odd(Oddity::space_before_colon);
    kept_head_bytes_ += line.size();
    message_.headers.push_back({std::string(name), std::string(trimmed(line.substr(colon + 1)))});
}

std::optional<std::uint64_t> MessageReader::content_length() {
    std::optional<std::uint64_t> length;
    for (const Header& header : message_.headers) {
        if (!equals_ignoring_case(header.name, "content-length")) continue;
        std::uint64_t value = 0;
        const char* const end = header.value.data() + header.value.size();
        const auto [stopped, error] = std::from_chars(header.value.data(), end, value);
        if (error != std::errc() || stopped != end || value > max_content_length) {
            odd(Oddity::bad_content_length);
        } else if (length && *length != value) {
            odd(Oddity::conflicting_content_length);
        } else {
            length = value;
        }
    }
    return length;
}

bool MessageReader::is_chunked() const {
    for (const Header& header : message_.headers) {
        if (!equals_ignoring_case(header.name, "transfer-encoding")) continue;
        const std::size_t comma = header.value.rfind(',');
        const std::string_view last = trimmed(
            std::string_view(header.value).substr(comma == std::string::npos ? 0 : comma + 1));
        if (equals_ignoring_case(last, "chunked")) return true;
    }
    return false;
}

void MessageReader::choose_coding() {
    const std::string* coding = message_.find("content-encoding");
    if (coding == nullptr || coding->empty() || equals_ignoring_case(*coding, "identity")) return;
    for (const std::string_view known : {"gzip", "x-gzip", "deflate"}) {
        if (!equals_ignoring_case(*coding, known)) continue;
        inflater_.emplace(file_ != nullptr ? max_decoded_bytes : max_body_bytes);
        return;
    }
    opaque_ = true;
    file_ = nullptr;
}

void MessageReader::begin_body(bool forbidden, TransferredFile* file) {
    file_ = file;
    const std::optional<std::uint64_t> length = content_length();
    const bool chunked = is_chunked();
    if (length && chunked) odd(Oddity::content_length_and_chunked);
    head_bytes_ = 0;
    if (forbidden) {
        state_ = State::complete;
    } else if (chunked) {
        state_ = State::chunk_size;
    } else if (length) {
        left_bytes_ = *length;
        state_ = *length == 0 ? State::complete : State::counted_body;
    } else {
        state_ = role_ == Role::request ? State::complete : State::body_until_close;
    }
    if (state_ != State::complete) choose_coding();
}

bool MessageReader::read_chunk_size(std::string_view line) {
    const std::string_view digits = trimmed(line.substr(0, line.find(';')));
    if (digits.empty()) return false;
    const auto [stopped, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), left_bytes_, 16);
    if (error != std::errc() || stopped != digits.data() + digits.size()) return false;
    state_ = left_bytes_ == 0 ? State::trailers : State::chunk_data;
    return true;
}

void MessageReader::read_body(ByteView& bytes) {
    const bool counted = state_ != State::body_until_close;
    const std::size_t taken =
        counted ? static_cast<std::size_t>(std::min<std::uint64_t>(left_bytes_, bytes.size()))
                : bytes.size();
    keep_body(bytes.first(taken));
    bytes = bytes.subspan(taken);
    if (!counted) return;
    left_bytes_ -= taken;
    if (left_bytes_ == 0) state_ = state_ == State::chunk_data ? State::chunk_end : State::complete;
}

void MessageReader::keep_body(ByteView bytes) {
    message_.body_bytes += bytes.size();
    if (opaque_) {
        if (file_ != nullptr) file_->add(bytes);  // behind a gap: only counted
        return;
    }
    if (!inflater_) return keep_decoded(as_text(bytes));
    if (inflater_->finished()) return;
    inflater_->feed(bytes, [this](std::string_view decoded) { keep_decoded(decoded); });
    if (inflater_->failed()) odd(Oddity::bad_content_encoding);
    const bool bomb = inflater_->gave_up() && inflater_->output_bytes() > max_body_bytes;
    if (bomb) odd(Oddity::compression_bomb);
    if (file_ != nullptr && (inflater_->failed() || bomb)) file_->lose(1);
}

void MessageReader::keep_decoded(std::string_view decoded) {
    if (file_ != nullptr) file_->add(as_bytes(decoded));
    const std::size_t space = max_body_bytes - std::min(max_body_bytes, message_.body.size());
    message_.body += decoded.substr(0, space);
}

void MessageReader::next_message() {
    state_ = State::start_line;
    has_start_ = false;
    opaque_ = false;
    cut_ = false;
    head_bytes_ = 0;
    kept_head_bytes_ = 0;
    junk_bytes_ = 0;
    left_bytes_ = 0;
    inflater_.reset();
    file_ = nullptr;
    message_ = {};
}

void MessageReader::cut() {
    if (state_ != State::start_line || role_ != Role::request || line_.empty()) return;
    const std::size_t method_end = line_.find(' ');
    if (method_end == std::string::npos || !is_known_method(line_.substr(0, method_end))) return;
    cut_ = true;
    (void)on_start_line(line_);
    line_.clear();
}

bool MessageReader::skip_gap(std::uint64_t count) {
    cut();
    line_.clear();
    const bool counted = state_ == State::counted_body || state_ == State::chunk_data;
    if (state_ == State::body_until_close || (counted && count < left_bytes_)) {
        if (counted) left_bytes_ -= count;
        message_.body_bytes += count;
        if (file_ != nullptr) file_->lose(count);
        if (inflater_) file_ = nullptr;
        opaque_ = true;  // what follows does not join on to what was kept
        inflater_.reset();
        return true;
    }
    if (state_ == State::counted_body && count == left_bytes_) {
        message_.body_bytes += count;
        if (file_ != nullptr) file_->lose(count);
        state_ = State::complete;
        return true;
    }
    lost_ = true;
    return false;
}

bool MessageReader::end() {
    if (state_ != State::body_until_close) return false;
    state_ = State::complete;
    return true;
}

}  // namespace persandian::protocols::http
