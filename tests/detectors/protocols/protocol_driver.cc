// SPDX-License-Identifier: Apache-2.0
#include "tests/detectors/protocols/protocol_driver.h"

#include <gtest/gtest.h>

#include "detectors/event/event_json.h"

namespace persandian::protocols {
namespace {

constexpr Timestamp now = Timestamp::from_seconds(1);

std::size_t side(flow::Direction direction) {
    return direction == flow::Direction::to_server ? 0 : 1;
}

std::vector<std::string> events_of(std::uint16_t port, const std::vector<Turn>& turns) {
    ProtocolDriver driver(6, port);
    driver.converse(turns);
    return driver.lines();
}

/// `turns` with turn `which` cut in two at `at`.
std::vector<Turn> cut(const std::vector<Turn>& turns, std::size_t which, std::size_t at) {
    std::vector<Turn> out;
    for (std::size_t i = 0; i < turns.size(); ++i) {
        if (i != which) {
            out.push_back(turns[i]);
            continue;
        }
        out.push_back({turns[i].direction, turns[i].bytes.substr(0, at)});
        out.push_back({turns[i].direction, turns[i].bytes.substr(at)});
    }
    return out;
}

}  // namespace

ProtocolDriver::ProtocolDriver(std::uint8_t ip_protocol, std::uint16_t server_port,
                               std::uint16_t client_port)
    : room_(*this) {
    flow_.id = 1;
    flow_.client = *IpAddress::parse("192.0.2.10");
    flow_.server = *IpAddress::parse("198.51.100.20");
    flow_.client_port = client_port;
    flow_.server_port = server_port;
    flow_.ip_protocol = ip_protocol;
    flow_.first_seen = now;
    observer_ = room_.on_flow_start(flow_);
}

void ProtocolDriver::next_flow(std::uint16_t server_port, std::uint16_t client_port,
                               bool exchange_ends) {
    end();
    observer_.reset();
    ++flow_.id;
    flow_.server_port = server_port;
    flow_.client_port = client_port;
    if (exchange_ends) std::swap(flow_.client, flow_.server);
    sent_[0] = sent_[1] = lost_[0] = lost_[1] = 0;
    observer_ = room_.on_flow_start(flow_);
}

flow::StreamChunk ProtocolDriver::chunk(const Turn& turn) {
    const std::size_t s = side(turn.direction);
    flow::StreamChunk chunk{.flow = flow_,
                            .direction = turn.direction,
                            .bytes = as_bytes(turn.bytes),
                            .stream_offset_bytes = sent_[s],
                            .gap_bytes = lost_[s],
                            .time = now};
    sent_[s] += turn.bytes.size();
    lost_[s] = 0;
    return chunk;
}

void ProtocolDriver::send(const Turn& turn) {
    if (!observer_->done()) observer_->on_chunk(chunk(turn));
}

void ProtocolDriver::send_midstream(const Turn& turn) {
    flow::StreamChunk picked_up = chunk(turn);
    picked_up.midstream = true;
    if (!observer_->done()) observer_->on_chunk(picked_up);
}

void ProtocolDriver::lose(flow::Direction direction, std::uint64_t bytes) {
    sent_[side(direction)] += bytes;
    lost_[side(direction)] += bytes;
}

void ProtocolDriver::datagram(const Turn& turn, bool truncated) {
    if (!observer_->done())
        observer_->on_datagram({.flow = flow_,
                                .direction = turn.direction,
                                .bytes = as_bytes(turn.bytes),
                                .truncated = truncated,
                                .time = now});
}

void ProtocolDriver::end_direction(flow::Direction direction) {
    observer_->on_direction_end(flow_, direction, now);
}

void ProtocolDriver::end() {
    observer_->on_end(flow_, now);
}

void ProtocolDriver::converse(const std::vector<Turn>& turns) {
    for (const Turn& turn : turns) send(turn);
    end();
}

void ProtocolDriver::on_event(const Event& event) {
    append_eve_json(lines_.emplace_back(), event);
    std::vector<Named>& copy = events_.emplace_back();
    std::string storage;
    for (const EventField& field : event.fields())
        copy.push_back({std::string(field.name), std::string(field.value.to_text(storage))});
}

std::string ProtocolDriver::text(std::size_t event, std::string_view field) const {
    if (event >= events_.size()) return "no such event";
    for (const Named& named : events_[event])
        if (named.name == field) return named.text;
    return {};
}

std::string ProtocolDriver::texts(std::size_t event, std::string_view field) const {
    if (event >= events_.size()) return "no such event";
    std::string all;
    for (const Named& named : events_[event])
        if (named.name == field) all += (all.empty() ? "" : "|") + named.text;
    return all;
}

std::string ProtocolDriver::anomalies() const {
    std::string all;
    for (std::size_t i = 0; i < events_.size(); ++i) {
        const std::string name = text(i, "anomaly.event");
        if (!name.empty()) all += (all.empty() ? "" : "|") + name;
    }
    return all;
}

void expect_split_invariance(std::uint16_t port, const std::vector<Turn>& turns) {
    const std::vector<std::string> whole = events_of(port, turns);
    std::vector<Turn> bytewise;
    for (std::size_t i = 0; i < turns.size(); ++i) {
        for (std::size_t at = 1; at < turns[i].bytes.size(); ++at) {
            ASSERT_EQ(events_of(port, cut(turns, i, at)), whole)
                << "turn " << i << " cut at " << at;
        }
        for (const char c : turns[i].bytes)
            bytewise.push_back({turns[i].direction, std::string(1, c)});
    }
    ASSERT_EQ(events_of(port, bytewise), whole) << "byte by byte";
    for (std::size_t kept = 0; kept < bytewise.size(); ++kept) {
        ProtocolDriver driver(6, port);
        for (std::size_t i = 0; i < kept; ++i) driver.send(bytewise[i]);
        driver.end();
    }
}

}  // namespace persandian::protocols
