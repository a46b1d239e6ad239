// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/wire.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "daemon/config/config.h"

namespace persandian::runtime {
namespace {

Finding sample_finding() {
    Finding finding;
    finding.rule = {"id-1",
                    "Title",
                    sha256(as_bytes("rule")),
                    Level::high,
                    {"attack.t1190", "attack.t1505.003"}};
    finding.alert = false;
    finding.time = {123456789};
    finding.source = 7;
    finding.sequence = 42;
    finding.event_type = "http";
    finding.fields = {{"src_ip", "192.0.2.1"}, {"http.url", std::string("/a\0b", 4)}};
    finding.conditions = {{"selection", "cs-uri-query", "contains 'union'", "union select"}};
    finding.evidence = {{Evidence::Kind::packet, "frame", 1, 60, {5}, "eth0", 9},
                        {Evidence::Kind::log_line, "line", 0, 0, {6}, "/var/log/a", 10}};
    return finding;
}

std::string frame_of(const Message& message) {
    std::string out;
    append_frame(out, message);
    return out;
}

Result<Message> round_trip(const Message& message) {
    return parse_frame(as_bytes(std::string_view(frame_of(message)).substr(4)));
}

TEST(Wire, FindingSurvivesTheCrossing) {
    const Result<Message> back = round_trip(sample_finding());
    ASSERT_TRUE(back);
    const Finding& finding = std::get<Finding>(*back);
    EXPECT_EQ(frame_of(finding), frame_of(sample_finding()));
    EXPECT_EQ(finding.rule.tags.size(), 2U);
    EXPECT_EQ(finding.fields[1].value.size(), 4U);
    EXPECT_EQ(finding.evidence[1].kind, Evidence::Kind::log_line);
    EXPECT_EQ(finding.evidence[1].source_name, "/var/log/a");
}

TEST(Wire, EveryMessageSurvivesTheCrossing) {
    incident::Coverage coverage;
    coverage.packets_received = 1;
    coverage.findings = UINT64_MAX;
    const Message messages[] = {Hello{sha256(as_bytes("x")), 77},
                                Progress{coverage, {-5}},
                                Cursor{3, {1, 2, 3, -4, 5, sha256(as_bytes("head"))}, true},
                                Loss{"log", "gone", {1}, {2}, 3},
                                Note{2, "text"},
                                Bye{},
                                RuleText{true, false, "a.yml", "title: x"},
                                RulesEnd{sha256(as_bytes("y"))},
                                Drain{},
                                ConfigText{"/etc/p.yaml", "version: 1", {"a=b"}},
                                Reply{77, "no"}};
    for (const Message& message : messages) {
        const Result<Message> back = round_trip(message);
        ASSERT_TRUE(back) << message.index();
        EXPECT_EQ(back->index(), message.index());
        EXPECT_EQ(frame_of(*back), frame_of(message));
    }
}

TEST(Wire, EveryTruncationIsRefused) {
    const std::string frame = frame_of(sample_finding()).substr(4);
    for (std::size_t size = 0; size < frame.size(); ++size)
        EXPECT_FALSE(parse_frame(as_bytes(std::string_view(frame).substr(0, size)))) << size;
    EXPECT_FALSE(parse_frame(as_bytes(frame + "x"))) << "bytes left over";
}

TEST(Wire, LengthsBeyondLimitsAreRefusedWithoutAllocation) {
    std::string frame = frame_of(sample_finding()).substr(4);
    frame[2] = '\xFF';  // length of the rule id
    const Result<Message> back = parse_frame(as_bytes(frame));
    ASSERT_FALSE(back);
    EXPECT_EQ(back.error().code, ErrorCode::limit);
}

/// Where the frame of `changed` differs from that of the sample.
std::size_t place_of(const Finding& changed) {
    const std::string before = frame_of(sample_finding());
    const std::string after = frame_of(changed);
    return static_cast<std::size_t>(
        std::mismatch(before.begin(), before.end(), after.begin()).first - before.begin());
}

TEST(Wire, NumbersBeyondTheirTypeAreRefusedNotCut) {
    Finding other_source = sample_finding();
    other_source.source = 8;
    std::string frame = frame_of(sample_finding());
    frame[place_of(other_source) - 2] = 1;  // source 65543
    EXPECT_FALSE(parse_frame(as_bytes(std::string_view(frame).substr(4))));

    Finding other_level = sample_finding();
    other_level.rule.level = Level::critical;
    frame = frame_of(sample_finding());
    ++frame[place_of(other_level)];
    EXPECT_TRUE(parse_frame(as_bytes(std::string_view(frame).substr(4))));
    ++frame[place_of(other_level)];  // a level above critical
    EXPECT_FALSE(parse_frame(as_bytes(std::string_view(frame).substr(4))));
}

TEST(Wire, AbsurdTimesAreBroughtWithinReckoning) {
    const Result<Message> late = round_trip(Progress{{}, {INT64_MAX}});
    const Result<Message> early = round_trip(Loss{"log", "gone", {INT64_MIN}, {-1}, 3});
    ASSERT_TRUE(late && early);
    EXPECT_EQ(std::get<Progress>(*late).event_time.ns, INT64_MAX / 2);
    EXPECT_EQ(std::get<Loss>(*early).from.ns, -(INT64_MAX / 2));
    EXPECT_EQ(std::get<Loss>(*early).to.ns, -1);
}

TEST(Wire, TheLargestConfigurationArrivesWhole) {
    ConfigText sent{std::string(4096, 'p'), std::string(config::max_config_bytes, 'c'), {}};
    sent.overrides.assign(config::max_overrides, std::string(config::max_override_bytes, 'o'));
    const Result<Message> back = round_trip(sent);
    ASSERT_TRUE(back);
    EXPECT_TRUE(std::get<ConfigText>(*back).text == sent.text);
    EXPECT_EQ(std::get<ConfigText>(*back).overrides, sent.overrides);
}

TEST(Wire, UnknownVersionAndTypeAreRefused) {
    EXPECT_FALSE(parse_frame(as_bytes("\x01\x06")));
    EXPECT_FALSE(parse_frame(as_bytes("\x02\x7F")));
    EXPECT_FALSE(parse_frame({}));
}

TEST(Wire, AnOversizedFindingIsCutToFitAFrame) {
    Finding finding = sample_finding();
    finding.evidence.assign(
        40, {Evidence::Kind::packet, std::string(100'000, 'x'), 1, 1, {1}, "eth0", 1});
    finding.fields.assign(500, {"name", std::string(5000, 'y')});
    const std::string frame = frame_of(finding);
    EXPECT_LE(frame.size(), max_frame_bytes + 4);
    const Result<Message> back = parse_frame(as_bytes(std::string_view(frame).substr(4)));
    ASSERT_TRUE(back);
    EXPECT_EQ(std::get<Finding>(*back).fields.size(), Finding::max_fields);
}

TEST(FrameBuffer, ReassemblesFramesFromAnyPieces) {
    std::string stream;
    for (std::uint64_t i = 0; i < 50; ++i) append_frame(stream, Hello{{}, i});
    for (const std::size_t piece : {1UL, 3UL, 7UL, 1000UL}) {
        FrameBuffer buffer;
        std::uint64_t expected = 0;
        for (std::size_t at = 0; at < stream.size(); at += piece) {
            buffer.append(as_bytes(std::string_view(stream).substr(at, piece)));
            ByteView frame;
            while (buffer.front(frame)) {
                const Result<Message> message = parse_frame(frame);
                ASSERT_TRUE(message);
                EXPECT_EQ(std::get<Hello>(*message).process_id, expected++);
                buffer.pop();
            }
        }
        EXPECT_EQ(expected, 50U);
    }
}

TEST(FrameBuffer, AbsurdLengthBreaksItForGood) {
    FrameBuffer buffer;
    buffer.append(as_bytes(std::string_view("\xFF\xFF\xFF\xFF\x01\x01", 6)));
    ByteView frame;
    EXPECT_FALSE(buffer.front(frame));
    EXPECT_TRUE(buffer.broken());
}

}  // namespace
}  // namespace persandian::runtime
