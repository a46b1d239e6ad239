// SPDX-License-Identifier: Apache-2.0
#include "detectors/base/yaml_tree.h"

#include <map>

#include <gtest/gtest.h>

namespace persandian::yaml {
namespace {

constexpr std::string_view text =
    "title: a\nlist: [1, 'two', null, {deep: [x]}]\n'empty': {}\n---\n- second\n- \"document\"\n";

void expect_same(const Node& a, const Node& b) {
    EXPECT_EQ(a.kind, b.kind);
    EXPECT_EQ(a.mark.line, b.mark.line);
    EXPECT_EQ(a.mark.column, b.mark.column);
    EXPECT_EQ(a.text, b.text);
    EXPECT_EQ(a.quoted, b.quoted);
    ASSERT_EQ(a.items.size(), b.items.size());
    for (std::size_t i = 0; i < a.items.size(); ++i) expect_same(a.items[i], b.items[i]);
    ASSERT_EQ(a.entries.size(), b.entries.size());
    for (std::size_t i = 0; i < a.entries.size(); ++i) {
        EXPECT_EQ(a.entries[i].key, b.entries[i].key);
        EXPECT_EQ(a.entries[i].quoted, b.entries[i].quoted);
        EXPECT_EQ(a.entries[i].mark.line, b.entries[i].mark.line);
        EXPECT_EQ(a.entries[i].mark.column, b.entries[i].mark.column);
        expect_same(a.entries[i].value, b.entries[i].value);
    }
}

TEST(YamlTree, WhatIsDecodedIsWhatWasParsed) {
    const ParseOutcome parsed = parse(text);
    ASSERT_FALSE(parsed.problem);
    const auto decoded = decode_documents(encode_documents(parsed.documents), text.size());
    ASSERT_TRUE(decoded);
    ASSERT_EQ(decoded->size(), parsed.documents.size());
    for (std::size_t i = 0; i < decoded->size(); ++i) {
        EXPECT_EQ((*decoded)[i].begin_byte, parsed.documents[i].begin_byte);
        EXPECT_EQ((*decoded)[i].end_byte, parsed.documents[i].end_byte);
        expect_same((*decoded)[i].root, parsed.documents[i].root);
    }
}

TEST(YamlTree, EveryTruncationIsRefused) {
    const std::string bytes = encode_documents(parse(text).documents);
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(decode_documents(std::string_view(bytes).substr(0, size), text.size()))
            << size;
    EXPECT_FALSE(decode_documents(bytes + '\0', text.size()));
    EXPECT_FALSE(decode_documents(bytes, 3));  // of another, shorter file
}

TEST(YamlTree, ADamagedByteNeverBreaksTheReader) {
    const std::string bytes = encode_documents(parse(text).documents);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            std::string bad = bytes;
            bad[i] = static_cast<char>(static_cast<unsigned char>(bad[i]) ^ (1U << bit));
            (void)decode_documents(bad, text.size());
        }
    }
}

class MapCache : public DerivedCache {
  public:
    std::optional<std::string_view> find(const Digest& key) override {
        const auto found = kept.find(key);
        if (found == kept.end()) return std::nullopt;
        ++hits;
        return found->second;
    }
    void keep(const Digest& key, std::string bytes) override { kept[key] = std::move(bytes); }
    std::map<Digest, std::string> kept;
    int hits = 0;
};

TEST(YamlTree, AFileIsParsedOnce) {
    MapCache cache;
    const ParseOutcome first = parse_cached(text, &cache);
    const ParseOutcome second = parse_cached(text, &cache);
    EXPECT_EQ(cache.hits, 1);
    ASSERT_EQ(second.documents.size(), 2U);
    expect_same(first.documents[0].root, second.documents[0].root);
    cache.kept.begin()->second = "damaged";
    EXPECT_EQ(parse_cached(text, &cache).documents.size(), 2U);
}

TEST(YamlTree, AFileWithAProblemIsNotKept) {
    MapCache cache;
    EXPECT_TRUE(parse_cached("a: 1\na: 2\n", &cache).problem);
    EXPECT_TRUE(cache.kept.empty());
}

}  // namespace
}  // namespace persandian::yaml
