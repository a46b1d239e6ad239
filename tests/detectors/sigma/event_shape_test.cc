// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/event_shape.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detectors/sigma/rule_bench.h"

namespace persandian::sigma::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ShapeTableTest : public testing::Test {
  protected:
    /// The fields that give values to the slot, by their places in the event.
    std::vector<std::uint32_t> places(const std::string& event_text, SlotId slot) {
        Event event;
        fill_event(event, event_text);
        const EventShape& shape = table_.of(event.fields());
        std::vector<std::uint32_t> out;
        for (std::uint32_t i = shape.first[slot]; i != 0; i = shape.values[i - 1].next)
            out.push_back(shape.values[i - 1].field);
        return out;
    }
    std::uint64_t number_of(const std::string& event_text) {
        Event event;
        fill_event(event, event_text);
        return table_.of(event.fields()).number;
    }

    const FieldTable& frozen() {
        fields_.freeze();
        return fields_;
    }

    FieldTable fields_;
    SlotId plain_ = fields_.intern({"a"});
    SlotId second_choice_ = fields_.intern({"x", "a"});
    SlotId joined_ = fields_.intern({std::string("a") + FieldTable::joiner + "b"});
    ShapeTable table_{frozen()};
};

TEST_F(ShapeTableTest, ValuesOfASlotInTheOrderOfTheEvent) {
    EXPECT_THAT(places("{z: 0, a: [1, 2], b: 3}", plain_), ElementsAre(1U, 2U));
    EXPECT_THAT(places("{z: 0}", plain_), IsEmpty());
}

TEST_F(ShapeTableTest, TheFirstNamePresentGivesThem) {
    EXPECT_THAT(places("{a: 1, x: 2}", second_choice_), ElementsAre(1U));
    EXPECT_THAT(places("{a: 1}", second_choice_), ElementsAre(0U));
}

TEST_F(ShapeTableTest, JoinedNamesGiveAllAndLeaveTheOthersAlone) {
    EXPECT_THAT(places("{b: 1, a: [2, 3]}", joined_), ElementsAre(1U, 2U, 0U));
    EXPECT_THAT(places("{b: 1, a: [2, 3]}", plain_), ElementsAre(1U, 2U));
    EXPECT_THAT(places("{b: 1}", joined_), ElementsAre(0U));
}

TEST_F(ShapeTableTest, TheTypeOfTheEventUnlessAFieldNamesIt) {
    EXPECT_THAT(places("{a: 1}", type_slot), ElementsAre(1U));
    EXPECT_THAT(places("{event_type: dns, a: 1}", type_slot), ElementsAre(0U));
}

TEST_F(ShapeTableTest, OneShapeForTheSameNamesInTheSameOrder) {
    EXPECT_EQ(number_of("{a: 1, b: 2}"), number_of("{a: 7, b: text}"));
    EXPECT_NE(number_of("{a: 1, b: 2}"), number_of("{b: 2, a: 1}"));
    EXPECT_NE(number_of("{a: 1, b: 2}"), number_of("{a: 1}"));
    EXPECT_EQ(table_.made(), 3U);
}

TEST_F(ShapeTableTest, WhatIsKeptIsBounded) {
    const std::uint64_t before = number_of("{a: 1}");
    for (std::size_t i = 0; i < ShapeTable::max_shapes; ++i)
        number_of("{a: 1, n" + std::to_string(i) + ": 2}");
    EXPECT_NE(number_of("{a: 1}"), before);
    EXPECT_THAT(places("{a: 1}", plain_), ElementsAre(0U));
}

TEST_F(ShapeTableTest, ManyFieldsAreWorkedOutEachTime) {
    std::string text = "{a: 1";
    for (std::size_t i = 0; i < ShapeTable::max_kept_fields; ++i)
        text += ", n" + std::to_string(i) + ": 2";
    text += "}";
    EXPECT_THAT(places(text, plain_), ElementsAre(0U));
    EXPECT_NE(number_of(text), number_of(text));
}

}  // namespace
}  // namespace persandian::sigma::test
