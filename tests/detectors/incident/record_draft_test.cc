// SPDX-License-Identifier: Apache-2.0
#include "detectors/incident/record_draft.h"

#include <gtest/gtest.h>

#include "tests/support/fixed_random.h"

namespace persandian::incident {
namespace {

// The value was computed with: printf 'persandian/c1\0' … | sha256sum, see docs/formats/ledger.md.
TEST(Commitments, AreTheHashThatTheFormatSays) {
    std::array<std::byte, 16> salt{};
    for (std::size_t i = 0; i < salt.size(); ++i) salt[i] = static_cast<std::byte>(i);
    EXPECT_EQ(commitment_of("entity/0/value", salt, "203.0.113.7").hex(),
              "a5324ffb8de22f9f50c65f8e4b27055f7697752609a4567a3f56145e659f33dc");
}

TEST(Commitments, DependOnSaltPathAndValue) {
    test::FixedRandom random;
    const Disclosure a = make_disclosure("p", "v", random);
    const Disclosure b = make_disclosure("p", "v", random);
    EXPECT_NE(a.salt, b.salt);
    EXPECT_NE(a.commitment, b.commitment);
    EXPECT_EQ(a.commitment, commitment_of("p", a.salt, "v"));
    EXPECT_NE(a.commitment, commitment_of("q", a.salt, "v"));
    EXPECT_NE(a.commitment, commitment_of("p", a.salt, "w"));
    EXPECT_EQ(a.path, "p");
    EXPECT_EQ(a.value, "v");
}

}  // namespace
}  // namespace persandian::incident
