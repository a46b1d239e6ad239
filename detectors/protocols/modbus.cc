// SPDX-License-Identifier: Apache-2.0
//
// Modbus/TCP: one event per request with its response: who reads or writes which registers of which
// device. Writes are what officers of waterworks and pumps look for.
//
// Source: Modbus Messaging on TCP/IP V1.0b section 3.1, Modbus Application Protocol V1.1b3 sections
// 6 and 7; names as in EVE.
#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <string_view>

#include "detectors/protocols/protocol.h"
#include "detectors/protocols/stream_buffer.h"

namespace persandian::protocols {
namespace {

constexpr std::size_t header_bytes = 7;  ///< transaction, protocol, length, unit
constexpr std::size_t max_length = 260;  ///< of unit and PDU; the standard says 254
constexpr std::size_t max_pending = 64;

constexpr Field transaction_id{"modbus.transaction_id", FieldKind::integer, "of the header", "EVE"};
constexpr Field unit_id{"modbus.unit_id", FieldKind::integer, "device behind a gateway", "EVE"};
constexpr Field function_code{"modbus.function_code", FieldKind::integer, "1 to 127",
                              "Modbus Application Protocol section 6"};
constexpr Field function{"modbus.function", FieldKind::text,
                         "its name: read_coils, write_single_register, …"};
constexpr Field access_type{"modbus.access_type", FieldKind::text, "read, write, or absent", "EVE"};
constexpr Field address{"modbus.address", FieldKind::integer, "first coil or register, from 0"};
constexpr Field quantity{"modbus.quantity", FieldKind::integer, "coils or registers"};
constexpr Field value{"modbus.value", FieldKind::integer,
                      "what a single coil or register is set to"};
constexpr Field exception{"modbus.exception_code", FieldKind::integer,
                          "why the device refuses: 1 illegal function, 2 illegal address, …",
                          "Modbus Application Protocol section 7"};
constexpr Field answered{"modbus.answered", FieldKind::boolean, "whether a response was seen"};

constexpr std::array<const Field*, 10> fields_of_modbus = {
    &transaction_id, &unit_id,  &function_code, &function,  &access_type,
    &address,        &quantity, &value,         &exception, &answered};

enum class Access : std::uint8_t { none, read, write };
struct Function {
    unsigned code;
    std::string_view name;
    Access access;
};
constexpr std::array<Function, 19> functions = {{
    {1, "read_coils", Access::read},
    {2, "read_discrete_inputs", Access::read},
    {3, "read_holding_registers", Access::read},
    {4, "read_input_registers", Access::read},
    {5, "write_single_coil", Access::write},
    {6, "write_single_register", Access::write},
    {7, "read_exception_status", Access::read},
    {8, "diagnostics", Access::none},
    {11, "get_comm_event_counter", Access::read},
    {12, "get_comm_event_log", Access::read},
    {15, "write_multiple_coils", Access::write},
    {16, "write_multiple_registers", Access::write},
    {17, "report_server_id", Access::read},
    {20, "read_file_record", Access::read},
    {21, "write_file_record", Access::write},
    {22, "mask_write_register", Access::write},
    {23, "read_write_multiple_registers", Access::write},
    {24, "read_fifo_queue", Access::read},
    {43, "encapsulated_interface_transport", Access::none},
}};

const Function* find_function(unsigned code) {
    for (const Function& known : functions)
        if (known.code == code) return &known;
    return nullptr;
}

struct Request {
    std::uint16_t transaction = 0;
    unsigned unit = 0;
    unsigned code = 0;
    std::optional<unsigned> first, count, set;
};

class ModbusParser final : public ProtocolParser {
  public:
    ParseStatus on_chunk(const flow::StreamChunk& chunk, EventEmitter& out) noexcept override {
        if (chunk.gap_bytes > 0) return ParseStatus::stop;
        const bool from_client = chunk.direction == flow::Direction::to_server;
        MessageBuffer& buffer = from_client ? client_ : server_;
        ByteView bytes = chunk.bytes;
        while (const std::optional<ByteView> head = buffer.peek(header_bytes, bytes)) {
            ByteReader reader(*head);
            reader.skip(2);
            const unsigned protocol = reader.u16();
            const std::size_t length = reader.u16();
            if (protocol != 0) return malformed("bad_protocol", protocol, 0);
            if (length < 2 || length > max_length)
                return malformed("bad_length", length, max_length);
            const std::optional<ByteView> message = buffer.take(header_bytes - 1 + length, bytes);
            if (!message) break;
            from_client ? on_request(*message, chunk.time, out)
                        : on_response(*message, chunk.time, out);
        }
        return ParseStatus::need_more;
    }
    void finish(Timestamp time, EventEmitter& out) noexcept override {
        while (!pending_.empty()) {
            emit(pending_.front(), false, std::nullopt, time, out);
            pending_.pop_front();
        }
    }
    std::size_t held_bytes() const noexcept override {
        return sizeof(*this) + client_.held_bytes() + server_.held_bytes() +
               pending_.size() * sizeof(Request);
    }
    ParseProblem problem() const noexcept override { return problem_; }

  private:
    static Request read(ByteView message) {
        ByteReader reader(message);
        Request out;
        out.transaction = reader.u16();
        reader.skip(4);
        out.unit = reader.u8();
        out.code = reader.u8();
        const bool addressed = (out.code >= 1 && out.code <= 6) || out.code == 15 ||
                               out.code == 16 || out.code == 22 || out.code == 24;
        if (!addressed || reader.remaining() < 4) return out;
        out.first = reader.u16();
        const unsigned second = reader.u16();
        if (out.code == 5 || out.code == 6)
            out.set = second;
        else if (out.code != 22)
            out.count = second;
        return out;
    }

    void on_request(ByteView message, Timestamp time, EventEmitter& out) {
        if (pending_.size() >= max_pending) {
            emit(pending_.front(), false, std::nullopt, time, out);
            pending_.pop_front();
        }
        pending_.push_back(read(message));
    }

    void on_response(ByteView message, Timestamp time, EventEmitter& out) {
        constexpr unsigned failed = 0x80;
        ByteReader reader(message);
        const std::uint16_t transaction = reader.u16();
        reader.skip(4);
        const unsigned unit = reader.u8();
        const unsigned code = reader.u8();
        std::optional<unsigned> why;
        if ((code & failed) != 0) why = reader.u8();
        const auto request =
            std::find_if(pending_.begin(), pending_.end(), [&](const Request& waiting) {
                return waiting.transaction == transaction && waiting.unit == unit;
            });
        if (request == pending_.end()) {
            emit({.transaction = transaction, .unit = unit, .code = code & 0x7FU}, true, why, time,
                 out);
            return;
        }
        emit(*request, true, why, time, out);
        pending_.erase(request);
    }

    static void emit(const Request& request, bool responded, std::optional<unsigned> why,
                     Timestamp time, EventEmitter& out) {
        Event& event = out.begin("modbus", flow::Direction::to_server, time);
        event.add(transaction_id, Value::unsigned_integer(request.transaction));
        event.add(unit_id, Value::unsigned_integer(request.unit));
        event.add(function_code, Value::unsigned_integer(request.code));
        if (const Function* const known = find_function(request.code)) {
            event.add(function, known->name);
            if (known->access != Access::none)
                event.add(access_type, known->access == Access::read ? "read" : "write");
        }
        const auto add = [&](const Field& field, const std::optional<unsigned>& number) {
            if (number) event.add(field, Value::unsigned_integer(*number));
        };
        add(address, request.first);
        add(quantity, request.count);
        add(value, request.set);
        add(exception, why);
        event.add(answered, Value::boolean(responded));
        out.commit();
    }

    ParseStatus malformed(std::string_view event, std::uint64_t observed, std::uint64_t limit) {
        problem_ = {event, observed, limit};
        return ParseStatus::malformed;
    }

    MessageBuffer client_, server_;
    std::deque<Request> pending_;
    ParseProblem problem_;
};

/// The header has little to know it by: off its port the length must be that of what came, and the
/// function one with a fixed request.
Probe probe_modbus(ByteView bytes, flow::Direction direction, const flow::FlowInfo& flow) noexcept {
    ByteReader reader(bytes);
    if (bytes.size() < header_bytes + 1) return Probe::unsure;
    reader.skip(2);
    const unsigned protocol = reader.u16();
    const std::size_t length = reader.u16();
    reader.skip(1);
    const unsigned code = reader.u8();
    if (protocol != 0 || length < 2 || length > max_length ||
        find_function(code & 0x7FU) == nullptr)
        return Probe::not_mine;
    if (flow.server_port == 502) return Probe::mine;
    const bool fixed = direction == flow::Direction::to_server && code >= 1 && code <= 6;
    return fixed && length == 6 && bytes.size() == 12 ? Probe::mine : Probe::not_mine;
}

constexpr std::array<std::uint16_t, 1> ports = {502};
constexpr std::array<LimitInfo, 2> limits = {
    {{"message", max_length, "bytes"}, {"requests without response", max_pending, "requests"}}};
constexpr std::array<std::string_view, 2> references = {
    "Modbus Messaging on TCP/IP V1.0b section 3.1",
    "Modbus Application Protocol V1.1b3 sections 6, 7"};

}  // namespace

const ProtocolEntry& modbus_entry() noexcept {
    static const ProtocolEntry entry{
        .name = "modbus",
        .transport = Transport::tcp,
        .ports = ports,
        .fields = fields_of_modbus,
        .limits = limits,
        .references = references,
        .probe = probe_modbus,
        .make = []() -> std::unique_ptr<ProtocolParser> {
            return std::make_unique<ModbusParser>();
        },
    };
    return entry;
}

}  // namespace persandian::protocols
