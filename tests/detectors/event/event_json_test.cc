// SPDX-License-Identifier: Apache-2.0
#include "detectors/event/event_json.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "detectors/event/common_fields.h"

namespace persandian {
namespace {

constexpr Field rrname{"dns.queries[].rrname", FieldKind::text, "name asked"};
constexpr Field rrtype{"dns.queries[].rrtype", FieldKind::text, "type asked"};
constexpr Field dns_id{"dns.id", FieldKind::integer, "transaction"};
constexpr Field answer{"dns.answers[].rdata", FieldKind::text, "data"};
constexpr Field nested{"http.request_headers[].name", FieldKind::text, "name"};
constexpr Field ja3{"tls.ja3.hash", FieldKind::text, "hash"};
constexpr Field when{"tls.notbefore", FieldKind::time, "time"};

const std::string prefix = R"({"timestamp":"1970-01-01T00:00:01.000000+0000","event_type":"dns")";

/// Fails the test when an object below `element` has a key twice.
void expect_unique_keys(simdjson::dom::element element) {
    if (element.is_object()) {
        std::set<std::string> seen;
        const simdjson::dom::object object = element.get_object().value();
        for (const auto& member : object) {
            EXPECT_TRUE(seen.insert(std::string(member.key)).second) << member.key;
            expect_unique_keys(member.value);
        }
    } else if (element.is_array()) {
        const simdjson::dom::array array = element.get_array().value();
        for (const auto& entry : array) expect_unique_keys(entry);
    }
}

std::string written(const Event& event) {
    std::string out;
    append_eve_json(out, event);
    simdjson::dom::parser parser;
    simdjson::dom::element document;
    EXPECT_EQ(parser.parse(out).get(document), simdjson::SUCCESS) << out;
    expect_unique_keys(document);
    return out;
}

class EveJson : public ::testing::Test {
  protected:
    EveJson() { event_.reset("dns", Timestamp::from_seconds(1)); }
    void expect(const std::string& members) { EXPECT_EQ(written(event_), prefix + members + "}"); }
    Event event_;
};

TEST_F(EveJson, EventWithoutFieldsHasTimeAndType) {
    expect("");
}

TEST_F(EveJson, DotsNest) {
    event_.add(ja3, "abc");
    expect(R"(,"tls":{"ja3":{"hash":"abc"}})");
}

TEST_F(EveJson, ListEntriesAreToldApartByElement) {
    event_.add(rrname, "a.example.go.id", 0);
    event_.add(rrtype, "A", 0);
    event_.add(rrname, "b.example.go.id", 1);
    event_.add(rrtype, "AAAA", 1);
    expect(R"(,"dns":{"queries":[{"rrname":"a.example.go.id","rrtype":"A"},)"
           R"({"rrname":"b.example.go.id","rrtype":"AAAA"}]})");
}

TEST_F(EveJson, FieldsOfOneObjectMayBeAddedFarApart) {
    event_.add(rrname, "x", 0);
    event_.add(fields::proto, "UDP");
    event_.add(answer, "192.0.2.1", 0);
    event_.add(rrtype, "A", 0);
    event_.add(dns_id, Value::integer(7));
    expect(
        R"(,"dns":{"queries":[{"rrname":"x","rrtype":"A"}],"answers":[{"rdata":"192.0.2.1"}],"id":7})"
        R"(,"proto":"UDP")");
}

TEST_F(EveJson, ListEntriesWithoutAFieldKeepTheirPlace) {
    event_.add(rrname, "x", 0);
    event_.add(rrname, "y", 2);
    event_.add(rrtype, "A", 2);
    expect(R"(,"dns":{"queries":[{"rrname":"x"},{"rrname":"y","rrtype":"A"}]})");
}

TEST_F(EveJson, ScalarListIsAListEvenWithOneEntry) {
    event_.add(fields::vlan, Value::integer(7), 0);
    expect(R"(,"vlan":[7])");
}

TEST_F(EveJson, RepeatedNameBecomesAList) {
    event_.add(dns_id, Value::integer(1));
    event_.add(dns_id, Value::integer(2));
    expect(R"(,"dns":{"id":[1,2]})");
}

TEST_F(EveJson, ForeignNamesNestAndRepeat) {
    event_.add_foreign("win.event.id", Value::integer(4625));
    event_.add_foreign("win.user", Value::text("a"), 0);
    event_.add_foreign("win.user", Value::text("b"), 1);
    expect(R"(,"win":{"event":{"id":4625},"user":["a","b"]})");
}

TEST_F(EveJson, EachKindOfValueKeepsItsJsonType) {
    event_.add_foreign("a", Value::null());
    event_.add_foreign("b", Value::boolean(true));
    event_.add_foreign("c", Value::integer(-5));
    event_.add_foreign("d", Value::unsigned_integer(UINT64_MAX));
    event_.add_foreign("e", Value::real(1.5));
    event_.add_foreign("f", Value::real(std::numeric_limits<double>::quiet_NaN()));
    event_.add_foreign("g", Value::address(*IpAddress::parse("2001:db8::1")));
    event_.add(when, Value::time(Timestamp::from_seconds(2)));
    expect(
        R"(,"a":null,"b":true,"c":-5,"d":18446744073709551615,"e":1.5,"f":null,"g":"2001:db8::1",)"
        R"("tls":{"notbefore":"1970-01-01T00:00:02.000000+0000"})");
}

TEST_F(EveJson, ValueThatIsAlsoAnObjectMovesIntoIt) {
    event_.add_foreign("a", Value::integer(1));
    event_.add_foreign("ab", Value::integer(2));
    event_.add_foreign("a.b", Value::integer(3));
    event_.add_foreign("a.value.c", Value::integer(4));
    expect(R"(,"a":{"value":{"value":1,"c":4},"b":3},"ab":2)");
}

TEST_F(EveJson, ForeignTimeAndTypeDoNotReplaceOurs) {
    event_.add_foreign("timestamp", Value::text("x"));
    event_.add_foreign("event_type", Value::text("y"));
    event_.add_foreign("timestamp.z", Value::text("z"));
    expect(R"(,"persandian":{"original":{"timestamp":{"value":"x","z":"z"},"event_type":"y"}})");
}

TEST_F(EveJson, OddNamesStayDistinctKeysOrBecomeLists) {
    event_.add_foreign("", Value::integer(0));
    event_.add_foreign(".", Value::integer(1));
    event_.add_foreign("a\"b", Value::integer(2));
    event_.add_foreign("\xE9", Value::integer(3));
    event_.add_foreign("\xE8", Value::integer(4));
    event_.add_foreign("\xC3\xA9", Value::integer(5));
    expect(",\"\":{\"value\":0,\"\":1},\"a\\\"b\":2,\"?\":[3,4],\"\xC3\xA9\":5");
}

TEST_F(EveJson, TextThatIsNotUtf8IsReplaced) {
    event_.add(fields::host, "a\xFF\x01\"");
    expect(",\"host\":\"a\xEF\xBF\xBD\\u0001\\\"\"");
}

TEST_F(EveJson, NestingEndsAtTheLimit) {
    std::string name = "a";
    for (int i = 0; i < 3000; ++i) name += ".a";
    event_.add_foreign(name, Value::integer(1));
    const std::string out = written(event_);
    EXPECT_EQ(static_cast<std::size_t>(std::count(out.begin(), out.end(), '{')),
              EveJsonWriter::max_depth);
    EXPECT_NE(out.find(".a.a.a"), std::string::npos);
}

TEST_F(EveJson, ReusedWriterGivesTheSameText) {
    event_.add(rrname, "x", 0);
    event_.add_foreign("timestamp", Value::text("x"));
    EveJsonWriter writer;
    std::string first, second;
    writer.append(first, event_);
    writer.append(second, event_);
    EXPECT_EQ(first, second);
    EXPECT_EQ(first, written(event_));
}

TEST_F(EveJson, RandomNamesAlwaysParseWithUniqueKeys) {
    std::mt19937 random(4);
    const char letters[] = {'a', 'b', '.', '.', 'v', '\xE9', '"', '\\'};
    for (int round = 0; round < 3000; ++round) {
        event_.reset("dns", Timestamp::from_seconds(1));
        for (std::size_t i = random() % 12; i > 0; --i) {
            std::string name;
            for (std::size_t k = random() % 6; k > 0; --k) name += letters[random() % 8];
            if (random() % 4 == 0) name += ".value";
            event_.add_foreign(name, Value::integer(1), random() % 3);
            if (random() % 8 == 0) event_.add(nested, "n", random() % 3);
            if (random() % 8 == 0) event_.add_foreign("http.request_headers", Value::null());
        }
        ASSERT_FALSE(written(event_).empty());
    }
}

/// A foreign field makes the writer work an event out anew: its text must be that of the remembered
/// shape, with the foreign member behind.
TEST(EveJsonShapes, WhatIsRememberedIsWhatWouldBeWorkedOut) {
    constexpr std::array<const Field*, 8> some = {&rrname, &rrtype, &dns_id,         &answer,
                                                  &nested, &ja3,    &fields::src_ip, &fields::vlan};
    std::mt19937 random(7);  // NOLINT: the same events each time
    EveJsonWriter writer;
    Event event;
    for (int round = 0; round < 20'000; ++round) {
        event.reset(round % 3 == 0 ? "dns" : "http",
                    Timestamp{static_cast<std::int64_t>(random()) * 1'000'003'007});
        std::size_t element = 0;
        for (std::size_t count = random() % 9; count > 0; --count) {
            const Field& field = *some[random() % some.size()];
            if (random() % 2 == 0) ++element;
            switch (random() % 4) {
                case 0:
                    event.add(field, Value::integer(-static_cast<std::int64_t>(random())));
                    break;
                case 1:
                    event.add(field, "text \"and\" more", element);
                    break;
                case 2:
                    event.add(field, Value::bytes("never written"), element);
                    break;
                default:
                    event.add(field,
                              Value::address(IpAddress::v4(static_cast<std::uint32_t>(random()))),
                              element);
            }
        }
        std::string remembered;
        writer.append(remembered, event);
        event.add_foreign("zzz", Value::integer(1));
        std::string anew;
        writer.append(anew, event);
        remembered.pop_back();
        ASSERT_EQ(anew, remembered + R"(,"zzz":1})");
    }
}

TEST(EveJsonShapes, TimesOfOneSecondAndAroundTheEpoch) {
    EveJsonWriter writer;
    Event event;
    for (const std::int64_t ns : {1'000'000'999LL, 1'999'999'999LL, 0LL, -1LL, -1'000'000'000LL}) {
        event.reset("dns", Timestamp{ns});
        std::string out;
        writer.append(out, event);
        EXPECT_EQ(out,
                  "{\"timestamp\":\"" + format_eve(Timestamp{ns}) + R"(","event_type":"dns"})");
    }
}

}  // namespace
}  // namespace persandian
