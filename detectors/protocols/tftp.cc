// SPDX-License-Identifier: Apache-2.0
//
// TFTP: one event per request, and the file itself (`fileinfo`). The server answers from another
// port, so the transfer is a flow of its own, which the request announces.
//
// Source: RFC 1350 sections 4 and 5, RFC 2347 (options); names as in EVE.
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "detectors/protocols/datagram_parser.h"
#include "detectors/protocols/text_scan.h"
#include "detectors/protocols/transferred_file.h"

namespace persandian::protocols {
namespace {

constexpr unsigned read_request = 1, write_request = 2, data = 3, acknowledgement = 4, error = 5,
                   option_acknowledgement = 6;
constexpr std::size_t default_block_bytes = 512;
constexpr std::size_t max_block_bytes = 65'464;  ///< RFC 2348

constexpr Field packet{"tftp.packet", FieldKind::text, "read, write or error",
                       "EVE; RFC 1350 section 5"};
constexpr Field file{"tftp.file", FieldKind::text, "name of the file", "EVE"};
constexpr Field mode{"tftp.mode", FieldKind::text, "octet or netascii", "EVE"};
constexpr Field error_message{"tftp.error", FieldKind::text, "why the other side refuses"};

constexpr std::array<const Field*, 4> fields_of_tftp = {&packet, &file, &mode, &error_message};

/// The next text that ends with NUL; the reader fails without one.
std::string_view take_text(ByteReader& reader) {
    const std::string_view rest = as_text(reader.rest());
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos) {
        reader.fail();
        return {};
    }
    reader.skip(end + 1);
    return rest.substr(0, end);
}

class TftpParser final : public DatagramParser {
  public:
    void on_announced(std::shared_ptr<const std::string> note) noexcept override {
        name_ = note != nullptr ? *note : "";
        announced_ = true;
    }

    ParseStatus on_datagram(const flow::Datagram& datagram, EventEmitter& out) noexcept override {
        ByteReader reader(datagram.bytes);
        const unsigned code = reader.u16();
        switch (code) {
            case read_request:
            case write_request:
                return on_request(code, reader, datagram, out);
            case data:
                return on_data(reader, datagram, out);
            case error:
                return on_error(reader, datagram, out);
            case option_acknowledgement:
                read_options(reader);
                return ParseStatus::ok;
            case acknowledgement:
                return ParseStatus::ok;
            default:
                return malformed("bad_operation", code, option_acknowledgement);
        }
    }

    void finish(Timestamp time, EventEmitter& out) noexcept override {
        if (file_) file_->finish(out, sender_, time, whole_);
        file_.reset();
    }
    std::size_t held_bytes() const noexcept override {
        return sizeof(*this) + name_.capacity() + (file_ ? file_->held_bytes() : 0);
    }

  private:
    ParseStatus on_request(unsigned code, ByteReader& reader, const flow::Datagram& datagram,
                           EventEmitter& out) {
        const std::string_view name = take_text(reader);
        const std::string_view how = take_text(reader);
        if (!reader.ok()) return malformed("bad_request");
        Event& event = out.begin("tftp", datagram.direction, datagram.time);
        event.add(packet, code == read_request ? "read" : "write");
        event.add(file, name);
        event.add(mode, how);
        out.commit();
        const bool from_client = datagram.direction == flow::Direction::to_server;
        const flow::FlowInfo& flow = datagram.flow;
        out.announce({.server = from_client ? flow.client : flow.server,
                      .port = from_client ? flow.client_port : flow.server_port,
                      .entry = "tftp",
                      .tcp = false,
                      .note = std::make_shared<std::string>(name)},
                     datagram.time);
        return ParseStatus::ok;
    }

    /// Blocks come in order, one after its acknowledgement; repeated ones are left out.
    ParseStatus on_data(ByteReader& reader, const flow::Datagram& datagram, EventEmitter& out) {
        const std::uint16_t block = reader.u16();
        if (!file_) {
            file_.emplace(out, name_);
            sender_ = datagram.direction;
        }
        if (!reader.ok() || datagram.direction != sender_ || block == last_block_)
            return ParseStatus::ok;
        if (block != static_cast<std::uint16_t>(last_block_ + 1)) file_->lose(1);
        last_block_ = block;
        file_->add(reader.rest());
        if (datagram.truncated) {  // by the capture: no last block
            file_->lose(1);
            return ParseStatus::ok;
        }
        whole_ = reader.remaining() < block_bytes_;
        if (!whole_ || !announced_) return ParseStatus::ok;
        return ParseStatus::stop;
    }

    ParseStatus on_error(ByteReader& reader, const flow::Datagram& datagram, EventEmitter& out) {
        reader.skip(2);
        const std::string_view rest = as_text(reader.rest());
        Event& event = out.begin("tftp", datagram.direction, datagram.time);
        event.add(packet, "error");
        if (!name_.empty()) event.add(file, name_);
        event.add(error_message, rest.substr(0, rest.find('\0')));
        out.commit();
        return ParseStatus::ok;
    }

    void read_options(ByteReader& reader) {
        while (reader.ok() && !reader.at_end()) {
            const std::string_view option = take_text(reader);
            const auto value = number_in<std::size_t>(take_text(reader));
            if (reader.ok() && value && equals_ignoring_case(option, "blksize") && *value >= 8 &&
                *value <= max_block_bytes)
                block_bytes_ = *value;
        }
    }

    std::string name_;
    std::optional<TransferredFile> file_;
    flow::Direction sender_ = flow::Direction::to_client;
    std::size_t block_bytes_ = default_block_bytes;
    std::uint16_t last_block_ = 0;
    bool announced_ = false;
    bool whole_ = false;
};

/// A request: operation, printable name, known mode. The transfer itself comes announced.
Probe probe_tftp(ByteView bytes, flow::Direction, const flow::FlowInfo&) noexcept {
    ByteReader reader(bytes);
    const unsigned code = reader.u16();
    const std::string_view name = take_text(reader);
    const std::string_view how = take_text(reader);
    const bool fits = reader.ok() && (code == read_request || code == write_request) &&
                      !name.empty() && is_printable(name) &&
                      (equals_ignoring_case(how, "octet") ||
                       equals_ignoring_case(how, "netascii") || equals_ignoring_case(how, "mail"));
    return fits ? Probe::mine : Probe::not_mine;
}

constexpr std::array<std::uint16_t, 1> ports = {69};
constexpr std::array<LimitInfo, 2> limits = {
    {{"name of the file", TransferredFile::max_name_bytes, "bytes"},
     {"block", max_block_bytes, "bytes"}}};
constexpr std::array<std::string_view, 3> references = {"RFC 1350", "RFC 2347", "RFC 2348"};

}  // namespace

const ProtocolEntry& tftp_entry() noexcept {
    static const ProtocolEntry entry{
        .name = "tftp",
        .transport = Transport::udp,
        .ports = ports,
        .fields = fields_of_tftp,
        .limits = limits,
        .references = references,
        .probe = probe_tftp,
        .make = []() -> std::unique_ptr<ProtocolParser> { return std::make_unique<TftpParser>(); },
    };
    return entry;
}

}  // namespace persandian::protocols
