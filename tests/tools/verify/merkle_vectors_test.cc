// SPDX-License-Identifier: Apache-2.0
//
// The published RFC 6962 vectors, good and bad, when they are at hand (PERSANDIAN_SHARED_DATA).
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"
#include "tools/verify/encoding.h"
#include "tools/verify/json.h"
#include "tools/verify/merkle.h"

namespace persandian::verify {
namespace {

/// The vectors are written for people: take the blanks out, outside strings.
std::string without_blanks(const std::string& text) {
    std::string out;
    bool in_string = false;
    for (const char c : text) {
        if (c == '"') in_string = !in_string;
        if (in_string || (c != ' ' && c != '\n')) out += c;
    }
    return out;
}

/// Some bad vectors carry hashes of a wrong length; padded (a leaf otherwise than a root), they
/// stay wrong.
Digest digest_of(const std::string& base64, char padding = '\0') {
    std::string bytes = base64_decode(base64).value();
    bytes.resize(32, padding);
    Digest out{};
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
}

struct Vector {
    JsonDocument json;
    std::string text;

    explicit Vector(const std::filesystem::path& path)
        : text(without_blanks(test::read_file(path))) {
        EXPECT_EQ(json.parse(text), nullptr) << path;
    }
    [[nodiscard]] std::uint64_t number(const char* name) const {
        return json.unsigned_integer(0, name).value();
    }
    [[nodiscard]] Digest hash(const char* name) const {
        return digest_of(json.string(0, name).value(), name[0] == 'l' ? '\x01' : '\0');
    }
    [[nodiscard]] std::vector<Digest> proof() const {
        std::vector<Digest> out;
        const std::uint32_t list = json.find(0, "proof");
        for (std::uint32_t i = list + 1; i < json.nodes()[list].next; ++i)
            out.push_back(digest_of(json.string(i).value()));
        return out;
    }
    [[nodiscard]] bool must_fail() const { return json.raw(json.find(0, "wantErr")) == "true"; }
};

template <typename Check>
void run_all(const char* kind, Check check) {
    const char* data = std::getenv("PERSANDIAN_SHARED_DATA");
    if (data == nullptr) GTEST_SKIP() << "skipped: PERSANDIAN_SHARED_DATA is not set";
    const std::filesystem::path folder = std::filesystem::path(data) / "merkle" / "testdata" / kind;
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "skipped: no " << folder;
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.path().extension() != ".json") continue;
        const Vector vector(entry.path());
        EXPECT_EQ(check(vector), !vector.must_fail()) << entry.path();
        ++count;
    }
    EXPECT_EQ(count, 98U);
}

TEST(MerkleVectors, Inclusion) {
    Sha256 sha;
    run_all("inclusion", [&sha](const Vector& v) {
        return verify_inclusion(sha, v.hash("leafHash"), v.number("leafIdx"), v.number("treeSize"),
                                v.proof(), v.hash("root"));
    });
}

TEST(MerkleVectors, Consistency) {
    Sha256 sha;
    run_all("consistency", [&sha](const Vector& v) {
        return verify_consistency(sha, v.number("size1"), v.hash("root1"), v.number("size2"),
                                  v.hash("root2"), v.proof());
    });
}

}  // namespace
}  // namespace persandian::verify
