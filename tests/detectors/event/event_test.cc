// SPDX-License-Identifier: Apache-2.0
#include "detectors/event/event.h"

#include <gtest/gtest.h>

#include "detectors/event/common_fields.h"

namespace persandian {
namespace {

constexpr Field list_field{"dns.answers[].rdata", FieldKind::text, "data of the answer"};

TEST(Field, NameDropsBrackets) {
    EXPECT_EQ(list_field.name(), "dns.answers.rdata");
    EXPECT_EQ(list_field.path(), "dns.answers[].rdata");
    EXPECT_EQ(list_field.hash(), field_name_hash("dns.answers.rdata"));
}

TEST(Event, KeepsOrderAndElements) {
    Event event;
    event.reset("dns", {1});
    event.add(list_field, "a", 0);
    event.add(list_field, "b", 1);
    ASSERT_EQ(event.fields().size(), 2U);
    EXPECT_EQ(event.fields()[1].element, 1);
    EXPECT_EQ(event.text_of("dns.answers.rdata"), "a");
    EXPECT_EQ(event.find("nothing"), nullptr);
}

TEST(Event, CopiedTextSurvivesItsSource) {
    Event event;
    event.reset("log", {1});
    {
        std::string source = "short lived";
        event.add_copy(fields::log_message, source);
        source = "overwritten!";
    }
    EXPECT_EQ(event.text_of("log.message"), "short lived");
}

TEST(Event, ReuseGivesUpNothingOfTheNextEvent) {
    Event event;
    for (int round = 0; round < 3; ++round) {
        event.reset("log", {round});
        for (int i = 0; i < 2000; ++i)
            event.add_copy(fields::log_message, std::string(50, static_cast<char>('a' + i % 26)));
        EXPECT_EQ(event.fields()[27].value.as_text(), std::string(50, 'b'));
        EXPECT_EQ(event.fields()[1999].value.as_text(),
                  std::string(50, static_cast<char>('a' + 1999 % 26)));
    }
}

TEST(WrittenText, IsReadWhenAskedForAndStaysAsWritten) {
    char room[16] = {};
    const WrittenText text(R"(a\\b\n)", room);
    const Value value = Value::text(text);
    const Value copy = value;
    EXPECT_EQ(room[0], '\0');
    ASSERT_NE(value.as_written(), nullptr);
    EXPECT_EQ(value.as_text(), "a\\b\n");
    EXPECT_EQ(copy.as_text(), "a\\b\n");
    EXPECT_EQ(copy.as_written()->written(), R"(a\\b\n)");
    EXPECT_EQ(Value::text("plain").as_written(), nullptr);

    const WrittenText broken(R"(a\q\n)", room);
    EXPECT_EQ(Value::text(broken).as_text(), R"(a\q\n)");
}

/// The limit is of the text: what only its escapes make long is not cut.
TEST(WrittenText, IsCutByItsOwnLength) {
    std::string written;
    for (std::size_t i = 0; i < Event::max_value_bytes; ++i) written += "\\n";
    std::string room(written.size() + 1, '\0');
    Event event;
    event.reset("log", {1});
    const WrittenText fits(written, room.data());
    event.add_foreign_view("fits", field_name_hash("fits"), Value::text(fits));
    EXPECT_EQ(event.cuts(), 0U);
    EXPECT_EQ(event.find("fits")->as_text().size(), Event::max_value_bytes);
    written += 'x';
    const WrittenText too_long(written, room.data());
    event.add_foreign_view("cut", field_name_hash("cut"), Value::text(too_long));
    EXPECT_EQ(event.cuts(), 1U);
    EXPECT_EQ(event.find("cut")->as_text().size(), Event::max_value_bytes);
}

TEST(Event, TextBeyondTheLimitIsCutAndCounted) {
    Event event;
    event.reset("log", {1});
    event.add_copy(fields::log_message, std::string(Event::max_value_bytes + 1, 'x'));
    EXPECT_EQ(event.find("log.message")->as_text().size(), Event::max_value_bytes);
    EXPECT_EQ(event.cuts(), 1U);
}

TEST(Event, FieldsBeyondTheLimitAreCounted) {
    Event event;
    event.reset("log", {1});
    for (std::size_t i = 0; i < Event::max_fields + 5; ++i)
        event.add(fields::log_line, Value::integer(1));
    EXPECT_EQ(event.fields().size(), Event::max_fields);
    EXPECT_EQ(event.cuts(), 5U);
}

TEST(Value, CanonicalTextOfEachKind) {
    std::string storage;
    EXPECT_EQ(Value::integer(-7).to_text(storage), "-7");
    EXPECT_EQ(Value::unsigned_integer(UINT64_MAX).to_text(storage), "18446744073709551615");
    EXPECT_EQ(Value::boolean(true).to_text(storage), "true");
    EXPECT_EQ(Value::real(1.5).to_text(storage), "1.5");
    EXPECT_EQ(Value::address(*IpAddress::parse("2001:DB8::1")).to_text(storage), "2001:db8::1");
    EXPECT_EQ(Value::null().to_text(storage), "");
}

TEST(Value, UnsignedThatFitsIsAnInteger) {
    EXPECT_EQ(Value::unsigned_integer(5).as_integer(), 5);
}

}  // namespace
}  // namespace persandian
