// SPDX-License-Identifier: Apache-2.0
//
// MQTT 3.1, 3.1.1 and 5: one event per connection, subscription and message: which device speaks as
// whom about what. Passwords and the messages themselves are left out.
//
// Source: MQTT 3.1.1 and MQTT 5.0 (OASIS) sections 2 and 3; names as in EVE, flattened.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "detectors/protocols/protocol.h"
#include "detectors/protocols/stream_buffer.h"

namespace persandian::protocols {
namespace {

constexpr std::size_t max_read_bytes = 8192;  ///< of a packet; what follows is read over
constexpr std::size_t max_topics = 32;        ///< told of one subscription

constexpr Field type{"mqtt.type", FieldKind::text, "connect, connack, publish, subscribe, …",
                     "MQTT section 2.1.2"};
constexpr Field protocol_version{"mqtt.connect.protocol_version", FieldKind::integer,
                                 "3 (3.1), 4 (3.1.1) or 5", "EVE"};
constexpr Field client_id{"mqtt.connect.client_id", FieldKind::text, "name of the client", "EVE"};
constexpr Field username{"mqtt.connect.username", FieldKind::text, "who logs in", "EVE"};
constexpr Field has_password{"mqtt.connect.flags.password", FieldKind::boolean,
                             "a password is sent", "EVE"};
constexpr Field will_topic{"mqtt.connect.will.topic", FieldKind::text,
                           "where its last message goes", "EVE"};
constexpr Field return_code{"mqtt.connack.return_code", FieldKind::integer,
                            "0 accepted; 4 and 5, or 134 and 135, wrong user or password", "EVE"};
constexpr Field topic{"mqtt.publish.topic", FieldKind::text, "what the message is about", "EVE"};
constexpr Field message_bytes{"mqtt.publish.message_length", FieldKind::integer,
                              "bytes of the message"};
constexpr Field qos{"mqtt.qos", FieldKind::integer, "quality of service of a message", "EVE"};
constexpr Field topics{"mqtt.subscribe.topics[]", FieldKind::text, "topics asked for", "EVE"};

constexpr std::array<const Field*, 11> fields_of_mqtt = {
    &type,  &protocol_version, &client_id, &username, &has_password, &will_topic, &return_code,
    &topic, &message_bytes,    &qos,       &topics};

constexpr unsigned connect = 1, connack = 2, publish = 3, subscribe = 8, unsubscribe = 10,
                   disconnect = 14;
constexpr std::array<std::string_view, 16> type_names = {
    "",        "connect",  "connack",    "publish", "puback",      "pubrec",
    "pubrel",  "pubcomp",  "subscribe",  "suback",  "unsubscribe", "unsuback",
    "pingreq", "pingresp", "disconnect", "auth"};

std::string_view take_text(ByteReader& reader) {
    return as_text(reader.take(reader.u16()));
}

std::size_t take_varint(ByteReader& reader) {
    std::size_t value = 0;
    for (unsigned shift = 0; shift < 28; shift += 7) {
        const std::size_t octet = reader.u8();
        value |= (octet & 0x7FU) << shift;
        if ((octet & 0x80U) == 0) return value;
    }
    reader.fail();
    return 0;
}

/// Reads over the properties of version 5.
void skip_properties(ByteReader& reader) {
    reader.skip(take_varint(reader));
}

class MqttParser final : public ProtocolParser {
  public:
    ParseStatus on_chunk(const flow::StreamChunk& chunk, EventEmitter& out) noexcept override {
        const bool from_client = chunk.direction == flow::Direction::to_server;
        MessageBuffer& buffer = from_client ? client_ : server_;
        if (chunk.gap_bytes > 0 && !buffer.skip_gap(chunk.gap_bytes)) return ParseStatus::stop;
        ByteView bytes = chunk.bytes;
        while (buffer.skipped(bytes)) {
            std::size_t header = 2;
            std::optional<ByteView> head = buffer.peek(header, bytes);
            while (head && header < 5 && (head->back() & std::byte{0x80}) != std::byte{})
                head = buffer.peek(++header, bytes);
            if (!head) break;
            ByteReader reader(*head);
            const unsigned first = reader.u8();
            const std::size_t length = take_varint(reader);
            if (!reader.ok() || first >> 4U == 0) {
                problem_ = {"bad_header", first, 0};
                return ParseStatus::malformed;
            }
            const std::size_t looked = std::min(length, max_read_bytes);
            const std::optional<ByteView> packet = buffer.take(header + looked, bytes);
            if (!packet) break;
            buffer.skip(length - looked);
            read(first, packet->subspan(header), length, chunk, out);
        }
        return ParseStatus::need_more;
    }
    std::size_t held_bytes() const noexcept override {
        return sizeof(*this) + client_.held_bytes() + server_.held_bytes();
    }
    ParseProblem problem() const noexcept override { return problem_; }

  private:
    void read(unsigned first, ByteView body, std::size_t length, const flow::StreamChunk& chunk,
              EventEmitter& out) {
        const unsigned kind = first >> 4U;
        const bool told = kind == connect || kind == connack || kind == publish ||
                          kind == subscribe || kind == unsubscribe || kind == disconnect;
        if (!told) return;
        Event& event = out.begin("mqtt", chunk.direction, chunk.time);
        event.add(type, type_names[kind]);
        ByteReader reader(body);
        if (kind == connect) {
            add_connect(event, reader);
        } else if (kind == connack) {
            reader.skip(1);
            event.add(return_code, Value::unsigned_integer(reader.u8()));
        } else if (kind == publish) {
            const unsigned quality = first >> 1U & 3U;
            event.add(topic, take_text(reader));
            if (quality > 0) reader.skip(2);
            if (version_ == 5) skip_properties(reader);
            event.add(qos, Value::unsigned_integer(quality));
            event.add(message_bytes, Value::unsigned_integer(length - reader.position()));
        } else if (kind == subscribe || kind == unsubscribe) {
            add_topics(event, reader, kind == subscribe);
        }
        out.commit();
    }

    void add_connect(Event& event, ByteReader& reader) {
        constexpr unsigned flag_will = 0x04, flag_password = 0x40, flag_user = 0x80;
        (void)take_text(reader);
        version_ = reader.u8();
        const unsigned flags = reader.u8();
        reader.skip(2);
        if (version_ == 5) skip_properties(reader);
        event.add(protocol_version, Value::unsigned_integer(version_));
        event.add(client_id, take_text(reader));
        if ((flags & flag_will) != 0) {
            if (version_ == 5) skip_properties(reader);
            event.add(will_topic, take_text(reader));
            (void)take_text(reader);
        }
        if ((flags & flag_user) != 0) event.add(username, take_text(reader));
        event.add(has_password, Value::boolean((flags & flag_password) != 0));
    }

    void add_topics(Event& event, ByteReader& reader, bool with_options) {
        reader.skip(2);
        if (version_ == 5) skip_properties(reader);
        for (std::size_t i = 0; i < max_topics && reader.ok() && !reader.at_end(); ++i) {
            const std::string_view name = take_text(reader);
            if (with_options) reader.skip(1);
            if (reader.ok()) event.add(topics, name, i);
        }
    }

    MessageBuffer client_, server_;
    unsigned version_ = 0;
    ParseProblem problem_;
};

/// CONNECT with its protocol's name; a server's CONNACK on the port alone.
Probe probe_mqtt(ByteView bytes, flow::Direction direction, const flow::FlowInfo& flow) noexcept {
    ByteReader reader(bytes);
    const unsigned first = reader.u8();
    if (!reader.ok()) return Probe::unsure;
    if (direction == flow::Direction::to_client) {
        if (first != connack << 4U || flow.server_port != 1883) return Probe::not_mine;
        const unsigned length = reader.u8();
        if (!reader.ok()) return Probe::unsure;
        return length >= 2 && length + 2U <= bytes.size() ? Probe::mine : Probe::not_mine;
    }
    if (first != connect << 4U) return Probe::not_mine;
    (void)take_varint(reader);
    const std::string_view name = take_text(reader);
    if (!reader.ok()) return bytes.size() < 16 ? Probe::unsure : Probe::not_mine;
    return name == "MQTT" || name == "MQIsdp" ? Probe::mine : Probe::not_mine;
}

constexpr std::array<std::uint16_t, 1> ports = {1883};
constexpr std::array<LimitInfo, 2> limits = {
    {{"packet read", max_read_bytes, "bytes"}, {"topics", max_topics, "names"}}};
constexpr std::array<std::string_view, 2> references = {"MQTT 3.1.1 sections 2, 3",
                                                        "MQTT 5.0 sections 2, 3"};

}  // namespace

const ProtocolEntry& mqtt_entry() noexcept {
    static const ProtocolEntry entry{
        .name = "mqtt",
        .transport = Transport::tcp,
        .ports = ports,
        .fields = fields_of_mqtt,
        .limits = limits,
        .references = references,
        .probe = probe_mqtt,
        .make = []() -> std::unique_ptr<ProtocolParser> { return std::make_unique<MqttParser>(); },
    };
    return entry;
}

}  // namespace persandian::protocols
