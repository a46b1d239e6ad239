// SPDX-License-Identifier: Apache-2.0
//
// HTTP/1.0 and 1.1 (and 0.9 requests): one event per transaction, when its response is complete or
// when nothing more can come. Responses are matched to requests in their order. After CONNECT and
// after 101 the connection carries something else, and probing begins anew. Not HTTP/2.
//
// Source: RFC 9110, RFC 9112.
#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "detectors/protocols/http_buffers.h"
#include "detectors/protocols/http_event.h"
#include "detectors/protocols/http_message.h"
#include "detectors/protocols/protocol.h"

namespace persandian::protocols {
namespace {

using http::Message;
using http::MessageReader;
using http::Step;

constexpr std::size_t max_pending_requests = 64;
constexpr std::size_t max_pending_bytes = 256_KiB;

flow::Direction opposite(flow::Direction direction) {
    return direction == flow::Direction::to_server ? flow::Direction::to_client
                                                   : flow::Direction::to_server;
}

class HttpParser final : public ProtocolParser {
  public:
    ParseStatus on_chunk(const flow::StreamChunk& chunk, EventEmitter& out) noexcept override {
        if (!sides_known_) learn_sides(chunk);
        const bool from_client = chunk.direction == requests_;
        if (chunk.gap_bytes > 0) on_gap(from_client, chunk.gap_bytes, chunk.time, out);
        ByteView bytes = chunk.bytes;
        return from_client ? read_requests(bytes, chunk.time, out)
                           : read_responses(bytes, chunk.time, out);
    }

    void on_direction_end(flow::Direction direction, Timestamp time,
                          EventEmitter& out) noexcept override {
        if (direction == requests_ || !sides_known_) return;
        if (response_.end()) complete_response(true, time, out);
    }

    void finish(Timestamp time, EventEmitter& out) noexcept override {
        request_.cut();
        if (request_.in_head() && !request_told_) queue_request(time, out);
        finish_request_file(false, time, out);
        if (response_.end() || response_.has_start()) complete_response(false, time, out);
        while (!pending_.empty()) emit_oldest(nullptr, time, out);
    }

    std::size_t held_bytes() const noexcept override {
        std::size_t files = 0;
        for (const std::optional<TransferredFile>* const file : {&request_file_, &response_file_})
            if (*file) files += (*file)->held_bytes();
        return sizeof(*this) + request_.held_bytes() + response_.held_bytes() + pending_bytes_ +
               files;
    }
    std::size_t unread_bytes() const noexcept override { return unread_bytes_; }
    ParseProblem problem() const noexcept override { return problem_; }

  private:
    /// Who asks: the client, unless the capture began in the middle and its guess was wrong.
    void learn_sides(const flow::StreamChunk& chunk) {
        const bool answer = as_text(chunk.bytes).starts_with("HTTP/");
        requests_ = answer ? opposite(chunk.direction) : chunk.direction;
        sides_known_ = true;
    }

    ParseStatus read_requests(ByteView bytes, Timestamp time, EventEmitter& out) {
        for (;;) {
            const Step step = request_.step(bytes);
            tell_oddities(request_, requests_, time, out);
            if (step == Step::head_complete) {
                request_.begin_body(
                    false, begin_file(request_file_, request_.message(), &request_.message(), out));
                if (!request_told_) queue_request(time, out);
            } else if (step == Step::message_complete) {
                finish_request_file(true, time, out);
                keep_request();
                request_told_ = false;
                request_.next_message();
            } else {
                return settled(step);
            }
        }
    }

    ParseStatus read_responses(ByteView bytes, Timestamp time, EventEmitter& out) {
        for (;;) {
            const Step step = response_.step(bytes);
            tell_oddities(response_, opposite(requests_), time, out);
            if (step == Step::head_complete) {
                on_response_head(time, out);
            } else if (step == Step::message_complete) {
                if (!complete_response(true, time, out)) continue;
                unread_bytes_ = bytes.size();
                return ParseStatus::upgrade;
            } else {
                return settled(step);
            }
        }
    }

    ParseStatus settled(Step step) {
        if (step == Step::need_more) return ParseStatus::need_more;
        problem_ = step == Step::limit
                       ? ParseProblem{"head_too_long", http::max_head_bytes, http::max_head_bytes}
                       : ParseProblem{"not_http", 0, http::max_junk_bytes};
        return step == Step::limit ? ParseStatus::limit : ParseStatus::malformed;
    }

    void tell_oddities(MessageReader& reader, flow::Direction direction, Timestamp time,
                       EventEmitter& out) {
        const std::uint32_t odd = reader.take_oddities();
        for (unsigned i = 0; odd != 0 && i < static_cast<unsigned>(http::Oddity::count); ++i)
            if ((odd & (1U << i)) != 0)
                out.anomaly({http::oddity_name(static_cast<http::Oddity>(i))}, direction, time);
    }

    /// The request stands in the queue from the end of its head on; its body still goes to the
    /// reader, and the message moves over when it is complete.
    void queue_request(Timestamp time, EventEmitter& out) {
        if (pending_.size() >= max_pending_requests || pending_bytes_ > max_pending_bytes) {
            out.anomaly({"too_many_pending_requests", pending_.size(), max_pending_requests},
                        requests_, time);
            emit_oldest(nullptr, time, out);
        }
        pending_.emplace_back();
        request_queued_ = true;
    }

    /// The oldest request that waits for its response; null when there is none.
    const Message* oldest() {
        if (pending_.empty()) return nullptr;
        return request_queued_ && pending_.size() == 1 ? &request_.message() : &pending_.front();
    }

    void on_response_head(Timestamp time, EventEmitter& out) {
        if (responses_lost_) {  // which ones is unknown: this one answers the newest request
            responses_lost_ = false;
            while (pending_.size() > 1) emit_oldest(nullptr, time, out);
        }
        const unsigned status = response_.message().status;
        const Message* request = oldest();
        const bool to_head = request != nullptr && request->method == "HEAD";
        const bool to_connect =
            request != nullptr && request->method == "CONNECT" && status / 100 == 2;
        response_.begin_body(
            status / 100 == 1 || status == 204 || status == 304 || to_head || to_connect,
            begin_file(response_file_, response_.message(), request, out));
    }

    /// Where the body of `carrier` goes; null when nobody cares for files.
    static TransferredFile* begin_file(std::optional<TransferredFile>& file, const Message& carrier,
                                       const Message* request, const EventEmitter& out) {
        file.reset();
        if (!TransferredFile::is_wanted(out)) return nullptr;
        const std::string* const type = carrier.find("content-type");
        file.emplace(out, http::file_name(carrier, request),
                     type != nullptr ? std::string_view(*type) : std::string_view{});
        return &*file;
    }

    static void finish_file(std::optional<TransferredFile>& file, flow::Direction sender,
                            bool whole, const Message* request, Timestamp time, EventEmitter& out) {
        if (file && file->size_bytes() > 0)
            file->finish(out, sender, time, whole,
                         [&](Event& event) { http::add_file_context(event, request); });
        file.reset();
    }

    void finish_request_file(bool whole, Timestamp time, EventEmitter& out) {
        finish_file(request_file_, requests_, whole, &request_.message(), time, out);
    }

    /// True: the connection carries something else from here on. `whole`: nothing of its body is
    /// missing at the end.
    bool complete_response(bool whole, Timestamp time, EventEmitter& out) {
        const Message& response = response_.message();
        const bool interim = response.status / 100 == 1 && response.status != 101;
        if (interim) {
            response_.next_message();
            return false;
        }
        // an answer to a request whose head never ends: HTTP/0.9, or the server lost patience
        if (pending_.empty()) request_.cut();
        if (pending_.empty() && request_.in_head() && !request_told_) queue_request(time, out);
        const Message* request = oldest();
        const bool tunnel =
            response.status == 101 ||
            (request != nullptr && request->method == "CONNECT" && response.status / 100 == 2);
        finish_file(response_file_, opposite(requests_), whole, request, time, out);
        emit_oldest(&response, time, out);
        response_.next_message();
        return tunnel;
    }

    /// Emits the oldest request with `response`; either may be missing.
    void emit_oldest(const Message* response, Timestamp time, EventEmitter& out) {
        const Message* request = oldest();
        Event& event = out.begin("http", requests_, time);
        http::add_transaction(event, request, response);
        http::add_buffers(out, event, request, response);
        out.commit();
        if (request == nullptr) return;
        if (request == &request_.message()) {
            request_queued_ = false;
            request_told_ = true;  // its rest is read and forgotten
        } else {
            pending_bytes_ -= request->held_bytes();
        }
        pending_.pop_front();
    }

    void on_gap(bool from_client, std::uint64_t bytes, Timestamp time, EventEmitter& out) {
        MessageReader& reader = from_client ? request_ : response_;
        if (reader.skip_gap(bytes)) return;
        if (from_client) {
            if (request_.in_head() && !request_told_) queue_request(time, out);
            finish_request_file(false, time, out);
            keep_request();
            request_told_ = false;
        } else {
            if (response_.has_start()) complete_response(false, time, out);
            responses_lost_ = true;
        }
        reader.next_message();
    }

    /// Moves the message of request_ to its place in the queue, if it has one.
    void keep_request() {
        if (request_queued_ && !pending_.empty()) {
            pending_.back() = std::move(request_.message());
            pending_bytes_ += pending_.back().held_bytes();
        }
        request_queued_ = false;
    }

    MessageReader request_{http::Role::request};
    MessageReader response_{http::Role::response};
    std::optional<TransferredFile> request_file_, response_file_;  ///< bodies on their way
    std::deque<Message> pending_;  ///< oldest first; the last one may still be in request_
    flow::Direction requests_ = flow::Direction::to_server;
    std::size_t pending_bytes_ = 0;  ///< held by pending_
    bool sides_known_ = false;
    bool request_queued_ = false;  ///< the message in request_ has its place at the queue's end
    bool request_told_ = false;    ///< the message in request_ has had its event
    bool responses_lost_ = false;
    std::size_t unread_bytes_ = 0;
    ParseProblem problem_;
};

constexpr std::size_t probe_line_bytes = 256;  ///< RoomLimits::probe_bytes

/// Decides on the first line, once it is whole or longer than the probe sees.
Probe probe_http(ByteView bytes, flow::Direction, const flow::FlowInfo&) noexcept {
    std::string_view text = as_text(bytes);
    while (text.starts_with('\r') || text.starts_with('\n')) text.remove_prefix(1);
    const std::size_t end = text.find('\n');
    if (end != std::string_view::npos) {
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        return http::is_request_line(line) || http::is_status_line(line) ? Probe::mine
                                                                         : Probe::not_mine;
    }
    const std::size_t space = text.find_first_of(" \t");
    const std::string_view first = text.substr(0, space);
    const bool readable =
        std::all_of(first.begin(), first.end(), [](char c) { return c > ' ' && c < '\x7F'; });
    if (!readable || first.size() > 32) return Probe::not_mine;
    if (bytes.size() < probe_line_bytes) return Probe::unsure;
    const bool known = http::is_known_method(first);
    return known || http::is_status_line(text) ? Probe::mine : Probe::not_mine;
}

/// A status line, or a request line with a known method and its version.
bool begins_message(ByteView bytes) noexcept {
    const std::string_view text = as_text(bytes).substr(0, http::max_line_bytes);
    if (text.empty() || text[0] < 'A' || text[0] > 'Z') return false;
    const std::string_view first = text.substr(0, text.find(' '));
    const bool answer = first == "HTTP/1.1" || first == "HTTP/1.0";
    if (!answer && !http::is_known_method(first)) return false;
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return false;
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (answer) return http::is_status_line(line);
    return http::is_request_line(line) &&
           (line.ends_with(" HTTP/1.1") || line.ends_with(" HTTP/1.0"));
}

constexpr std::array<std::uint16_t, 10> ports = {80,   8080, 8000, 8008, 8081,
                                                 8888, 3128, 5985, 7001, 9200};
constexpr std::array<LimitInfo, 8> limits = {{
    {"line", http::max_line_bytes, "bytes"},
    {"head", http::max_head_bytes, "bytes"},
    {"headers kept", http::max_headers, "headers"},
    {"body kept, decoded", http::max_body_bytes, "bytes"},
    {"compressed body seen as a file, decoded", http::max_decoded_bytes, "bytes"},
    {"data outside messages", http::max_junk_bytes, "bytes"},
    {"requests without response", max_pending_requests, "requests"},
    {"requests without response, memory", max_pending_bytes, "bytes"},
}};
constexpr std::array<std::string_view, 4> references = {"RFC 9110", "RFC 9112",
                                                        "RFC 1945 section 4.1", "RFC 1952"};

std::span<const Field* const> all_fields() {
    static const std::vector<const Field*> all = [] {
        std::vector<const Field*> out;
        for (const auto part : {http::event_fields(), http::buffer_fields()})
            out.insert(out.end(), part.begin(), part.end());
        return out;
    }();
    return all;
}

}  // namespace

const ProtocolEntry& http_entry() noexcept {
    static const ProtocolEntry entry{
        .name = "http",
        .transport = Transport::tcp,
        .ports = ports,
        .fields = all_fields(),
        .limits = limits,
        .references = references,
        .probe = probe_http,
        .make = []() -> std::unique_ptr<ProtocolParser> { return std::make_unique<HttpParser>(); },
        .begins_inside = begins_message,
    };
    return entry;
}

}  // namespace persandian::protocols
