// SPDX-License-Identifier: Apache-2.0
#include "detectors/protocols/protocol_room.h"

#include <array>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "tests/detectors/protocols/protocol_driver.h"

namespace persandian::protocols {
namespace {

constexpr Field said{"toy.said", FieldKind::text, "what the toy protocol said"};

/// A protocol for tests: lines that start with "toy"; each chunk is an event. "bad" is malformed,
/// "big" a limit, "bye" stops, "odd" an anomaly.
class ToyParser final : public ProtocolParser {
  public:
    ParseStatus on_chunk(const flow::StreamChunk& chunk, EventEmitter& out) noexcept override {
        return say(as_text(chunk.bytes), chunk.direction, chunk.time, out);
    }
    ParseStatus on_datagram(const flow::Datagram& datagram, EventEmitter& out) noexcept override {
        return say(as_text(datagram.bytes), datagram.direction, datagram.time, out);
    }
    void finish(Timestamp time, EventEmitter& out) noexcept override {
        out.begin("toy", flow::Direction::to_server, time).add(said, "finished");
        out.commit();
    }
    std::size_t held_bytes() const noexcept override { return 100; }
    ParseProblem problem() const noexcept override { return {"toy_problem", 7, 5}; }

  private:
    static ParseStatus say(std::string_view text, flow::Direction direction, Timestamp time,
                           EventEmitter& out) {
        if (text == "bad") return ParseStatus::malformed;
        if (text == "big") return ParseStatus::limit;
        if (text == "bye") return ParseStatus::stop;
        Event& event = out.begin("toy", direction, time);
        event.add(said, text);
        if (text == "odd") out.anomaly({"toy_oddity", 1, 0}, direction, time);
        out.commit();
        return ParseStatus::ok;
    }
};

Probe probe_toy(ByteView bytes, flow::Direction, const flow::FlowInfo&) noexcept {
    const std::string_view text = as_text(bytes);
    if (text.starts_with("toy")) return Probe::mine;
    return std::string_view("toy").starts_with(text) || text.starts_with("hm") ? Probe::unsure
                                                                               : Probe::not_mine;
}

const ProtocolEntry toy{
    .name = "toy",
    .transport = Transport::tcp_and_udp,
    .probe = probe_toy,
    .make = []() -> std::unique_ptr<ProtocolParser> { return std::make_unique<ToyParser>(); }};

const ProtocolEntry toy_inside{
    .name = "toy",
    .transport = Transport::tcp,
    .probe = probe_toy,
    .make = toy.make,
    .begins_inside = [](ByteView bytes) noexcept { return as_text(bytes).starts_with("toy:"); }};

class Room : public ::testing::Test, public EventSink {
  protected:
    Room() { start(6); }
    void start(std::uint8_t ip_protocol) {
        flow_ = std::make_unique<flow::FlowInfo>();
        flow_->id = 9;
        flow_->client = *IpAddress::parse("192.0.2.1");
        flow_->server = *IpAddress::parse("192.0.2.2");
        flow_->ip_protocol = ip_protocol;
        observer_ = room_.on_flow_start(*flow_);
    }
    void look_inside() {
        entries_[0] = &toy_inside;
        inside_ = std::make_unique<ProtocolRoom>(*this, entries_);
        observer_ = inside_->on_flow_start(*flow_);
    }
    void chunk(std::string_view text, flow::Direction direction = flow::Direction::to_server,
               std::uint64_t gap = 0, bool midstream = false) {
        observer_->on_chunk({.flow = *flow_,
                             .direction = direction,
                             .bytes = as_bytes(text),
                             .gap_bytes = gap,
                             .midstream = midstream});
    }
    void datagram(std::string_view text) {
        observer_->on_datagram(
            {.flow = *flow_, .direction = flow::Direction::to_server, .bytes = as_bytes(text)});
    }
    void on_event(const Event& event) override {
        heard_ += event.text_of("toy.said") + event.text_of("anomaly.event") + " ";
        last_number_ = event.text_of("pcap_cnt");
        last_limit_ = event.text_of("anomaly.observed") + "/" + event.text_of("anomaly.limit");
    }

    std::array<const ProtocolEntry*, 1> entries_ = {&toy};
    ProtocolRoom room_{*this, entries_};
    std::unique_ptr<ProtocolRoom> inside_;  ///< with an entry that may begin inside a flow
    std::unique_ptr<flow::FlowInfo> flow_;
    std::unique_ptr<flow::FlowObserver> observer_;
    std::string heard_, last_number_, last_limit_;
};

TEST_F(Room, ProbedBytesAreReplayedInTheirOrder) {
    chunk("t");
    chunk("to", flow::Direction::to_client);
    chunk("oy!");
    EXPECT_EQ(heard_, "t to oy! ");
    EXPECT_EQ(observer_->app_proto(), "toy");
}

TEST_F(Room, ContentThatNobodyKnowsIsGivenUpAtOnce) {
    chunk("xyz");
    EXPECT_TRUE(observer_->done());
    EXPECT_EQ(observer_->app_proto(), "failed");
    EXPECT_EQ(room_.counters().flows_unknown, 1U);
}

TEST_F(Room, UnsureIsGivenUpAtTheLimit) {
    for (std::size_t i = 0; i + 1 < RoomLimits::probe_bytes / 16; ++i) chunk("hm34567890123456");
    EXPECT_FALSE(observer_->done());
    chunk("hm34567890123456");
    EXPECT_TRUE(observer_->done());
}

TEST_F(Room, ManyTinyChunksAreGivenUpAtTheLimit) {
    for (std::size_t i = 0; i < RoomLimits::held_chunks; ++i) chunk("");
    EXPECT_FALSE(observer_->done());
    chunk("");
    EXPECT_TRUE(observer_->done());
}

TEST_F(Room, StreamPickedUpInItsMiddleIsProbedAtEachChunk) {
    chunk("rest of something", flow::Direction::to_server, 0, true);
    EXPECT_FALSE(observer_->done());
    chunk("toy", flow::Direction::to_server, 0, true);
    EXPECT_EQ(observer_->app_proto(), "toy");
}

TEST_F(Room, MidstreamProbingEndsAtTheLimit) {
    for (std::size_t i = 0; i < RoomLimits::probe_midstream_chunks; ++i) {
        EXPECT_FALSE(observer_->done());
        chunk("no", flow::Direction::to_server, 0, true);
    }
    EXPECT_TRUE(observer_->done());
}

TEST_F(Room, GapWhileProbingForgetsWhatWasHeld) {
    chunk("to");
    chunk("toy", flow::Direction::to_server, 5);
    EXPECT_EQ(heard_, "toy ");
}

TEST_F(Room, UnknownFlowIsLookedAtForWhatBeginsInside) {
    look_inside();
    chunk("xyz");
    EXPECT_FALSE(observer_->done());
    EXPECT_EQ(observer_->app_proto(), "failed");
    chunk("not toy:");
    chunk("toy:in", flow::Direction::to_server, 5);
    EXPECT_EQ(heard_, "toy:in ");
    EXPECT_EQ(observer_->app_proto(), "toy");
    EXPECT_EQ(inside_->counters().flows_unknown, 0U);
}

TEST_F(Room, LookingInsideEndsAtTheLimit) {
    look_inside();
    chunk("xyz");
    for (std::size_t i = 0; i < RoomLimits::later_chunks; ++i) {
        EXPECT_FALSE(observer_->done());
        chunk("no");
    }
    EXPECT_TRUE(observer_->done());
    EXPECT_EQ(inside_->counters().flows_unknown, 1U);
}

TEST_F(Room, UnknownFlowThatEndsWhileLookedAtIsCounted) {
    look_inside();
    chunk("xyz");
    observer_->on_end(*flow_, {});
    EXPECT_EQ(observer_->app_proto(), "failed");
    EXPECT_EQ(inside_->counters().flows_unknown, 1U);
    EXPECT_EQ(heard_, "");
}

TEST_F(Room, AboveTheMemoryLimitTheFlowLosesItsParserThatHeldLongest) {
    ProtocolRoom small(*this, entries_, 250);
    std::array<std::unique_ptr<flow::FlowObserver>, 3> flows;
    for (auto& flow : flows) {
        flow = small.on_flow_start(*flow_);
        flow->on_chunk({.flow = *flow_,
                        .direction = flow::Direction::to_server,
                        .bytes = as_bytes(std::string_view("toy"))});
    }
    EXPECT_EQ(heard_, "toy toy toy parser_memory finished ");
    EXPECT_TRUE(flows[0]->done());
    EXPECT_FALSE(flows[1]->done());
    EXPECT_FALSE(flows[2]->done());
    EXPECT_EQ(small.counters().held_bytes, 200U);
    EXPECT_EQ(small.counters().flows_dropped, 1U);
    flows[1]->on_end(*flow_, {});
    flows[2].reset();
    EXPECT_EQ(small.counters().held_bytes, 0U);
}

TEST_F(Room, MalformedStreamEndsTheParserWithAnAnomaly) {
    chunk("toy");
    chunk("bad");
    EXPECT_EQ(heard_, "toy toy_problem finished ");
    EXPECT_TRUE(observer_->done());
    EXPECT_EQ(observer_->app_proto(), "toy");
    EXPECT_EQ(room_.counters().entries[0].malformed, 1U);
    observer_->on_end(*flow_, {});
    EXPECT_EQ(heard_, "toy toy_problem finished ");
}

TEST_F(Room, LimitIsCountedApartAndSaysTheNumbers) {
    chunk("toy");
    chunk("big");
    EXPECT_EQ(room_.counters().entries[0].limits, 1U);
    EXPECT_EQ(room_.counters().entries[0].malformed, 0U);
}

TEST_F(Room, MalformedDatagramsEndTheParserOnlyAtTheLimit) {
    start(17);
    datagram("toy");
    for (std::size_t i = 0; i < RoomLimits::problems_per_flow; ++i) {
        EXPECT_FALSE(observer_->done());
        datagram("bad");
    }
    EXPECT_TRUE(observer_->done());
}

TEST_F(Room, StopFinishesWithoutAnomaly) {
    chunk("toy");
    chunk("bye");
    EXPECT_EQ(heard_, "toy finished ");
    EXPECT_TRUE(observer_->done());
}

TEST_F(Room, AnomalyInTheMiddleOfAnEventLeavesItWhole) {
    chunk("toy");
    chunk("odd");
    EXPECT_EQ(heard_, "toy toy_oddity odd ");
    EXPECT_EQ(room_.counters().entries[0].anomalies, 1U);
}

TEST_F(Room, AnomalyEventsOfAFlowAreLimitedAndCounted) {
    chunk("toy");
    for (std::size_t i = 0; i < RoomLimits::anomalies_per_flow + 4; ++i) chunk("odd");
    EXPECT_EQ(room_.counters().entries[0].anomalies, RoomLimits::anomalies_per_flow + 4);
    EXPECT_EQ(room_.counters().entries[0].anomalies_suppressed, 4U);
}

TEST_F(Room, EventsCarryTheirPacket) {
    Origin origin;
    origin.kind = Origin::Kind::packet;
    origin.number = 42;
    room_.set_origin(origin);
    chunk("toy");
    EXPECT_EQ(last_number_, "42");
}

TEST_F(Room, OnlyTcpAndUdpAreObserved) {
    flow::FlowInfo icmp;
    icmp.ip_protocol = 1;
    EXPECT_EQ(room_.on_flow_start(icmp), nullptr);
}

TEST(Catalog, EntriesAreCompleteAndTheirFieldsUnique) {
    std::set<std::string_view> names;
    for (const ProtocolEntry* entry : catalog()) {
        EXPECT_TRUE(names.insert(entry->name).second) << entry->name;
        EXPECT_FALSE(entry->fields.empty()) << entry->name;
        EXPECT_FALSE(entry->limits.empty()) << entry->name;
        EXPECT_FALSE(entry->references.empty()) << entry->name;
        // without a probe it comes only announced, and has no port to be looked for at
        EXPECT_TRUE(entry->probe != nullptr || entry->ports.empty()) << entry->name;
        EXPECT_NE(entry->make(), nullptr);
        std::set<std::string_view> fields;
        for (const Field* field : entry->fields)
            EXPECT_TRUE(fields.insert(field->path()).second) << field->path();
    }
}

constexpr std::array<std::uint16_t, 1> toy_ports = {7};

/// Toys on port 7; and "later", which only comes when a toy says "toy:expect".
class LaterParser final : public ProtocolParser {
  public:
    void on_announced(std::shared_ptr<const std::string> note) noexcept override { note_ = note; }
    ParseStatus on_chunk(const flow::StreamChunk& chunk, EventEmitter& out) noexcept override {
        out.begin("later", chunk.direction, chunk.time).add(said, *note_);
        out.commit();
        return ParseStatus::ok;
    }
    std::size_t held_bytes() const noexcept override { return 100; }
    ParseProblem problem() const noexcept override { return {}; }

  private:
    std::shared_ptr<const std::string> note_;
};

class AnnouncingParser final : public ProtocolParser {
  public:
    ParseStatus on_chunk(const flow::StreamChunk& chunk, EventEmitter& out) noexcept override {
        out.announce({.server = chunk.flow.server,
                      .port = 2000,
                      .entry = "later",
                      .note = std::make_shared<std::string>("as announced")},
                     chunk.time);
        return ParseStatus::ok;
    }
    std::size_t held_bytes() const noexcept override { return 100; }
    ParseProblem problem() const noexcept override { return {}; }
};

const ProtocolEntry announcing{.name = "announcing",
                               .ports = toy_ports,
                               .probe = probe_toy,
                               .make = []() -> std::unique_ptr<ProtocolParser> {
                                   return std::make_unique<AnnouncingParser>();
                               }};
const ProtocolEntry later{.name = "later", .make = []() -> std::unique_ptr<ProtocolParser> {
                              return std::make_unique<LaterParser>();
                          }};

/// One room, flows one after the other; events as "type:said" or "anomaly:name:observed:limit".
class Announcements : public ::testing::Test, public EventSink {
  protected:
    void say(std::uint16_t port, std::string_view text, Timestamp time) {
        flow::FlowInfo flow;
        flow.client = *IpAddress::parse("192.0.2.1");
        flow.server = *IpAddress::parse("192.0.2.2");
        flow.server_port = port;
        flow.ip_protocol = 6;
        flow.first_seen = time;
        const auto observer = room.on_flow_start(flow);
        observer->on_chunk({.flow = flow,
                            .direction = flow::Direction::to_server,
                            .bytes = as_bytes(text),
                            .time = time});
        observer->on_end(flow, time);
    }
    void on_event(const Event& event) override {
        events += std::string(event.type()) + ':' + event.text_of("toy.said") +
                  event.text_of("anomaly.event") + ' ';
    }

    std::array<const ProtocolEntry*, 2> entries{&announcing, &later};
    ProtocolRoom room{*this, entries};
    std::string events;
};

TEST_F(Announcements, AnnouncedFlowIsGivenToItsParserOnce) {
    say(7, "toy", Timestamp::from_seconds(10));
    say(2001, "elsewhere", Timestamp::from_seconds(11));
    say(2000, "anything", Timestamp::from_seconds(12));
    say(2000, "anything", Timestamp::from_seconds(13));
    EXPECT_EQ(events, "later:as announced ");
}

TEST_F(Announcements, NobodyWaitsForever) {
    say(7, "toy", Timestamp::from_seconds(10));
    say(2000, "anything", Timestamp::from_seconds(71));
    EXPECT_EQ(events, "");
}

TEST_F(Announcements, TooManyPushOutTheOldest) {
    for (std::size_t i = 0; i <= RoomLimits::announced_flows; ++i)
        say(7, "toy", Timestamp::from_seconds(10));
    EXPECT_EQ(room.counters().announced_forgotten, 1U);
}

TEST_F(Announcements, ProtocolWhereNobodyLooksForItIsAnAnomaly) {
    say(7, "toy", Timestamp::from_seconds(10));
    EXPECT_EQ(events, "");
    say(2323, "toy", Timestamp::from_seconds(10));
    EXPECT_EQ(events, "anomaly:foreign_port ");
}

}  // namespace
}  // namespace persandian::protocols
