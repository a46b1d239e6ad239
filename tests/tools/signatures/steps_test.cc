// SPDX-License-Identifier: Apache-2.0
#include "tools/signatures/steps.h"

#include <gtest/gtest.h>

#include "tools/signatures/buffers.h"

namespace persandian::signatures {
namespace {

/// What the options say of the first buffer, or why nothing.
std::string said(const std::string& options, FlowSide side = FlowSide::to_server) {
    const auto parsed = parse_signature("alert tcp any any -> any any (" + options + ")");
    const Tests tests = tests_of(std::get<Signature>(parsed), side);
    if (!tests.reason.empty()) return "reason: " + tests.reason;
    Reason reason;
    std::string out;
    for (const Buffer& buffer : tests.buffers)
        for (const std::string& map : selection_of(buffer, reason)) out += map + "\n";
    return reason.empty() ? out : "reason: " + reason;
}

TEST(Steps, OneContentIsPlainSigma) {
    EXPECT_EQ(said("content:\"Abc\";"), "payload|contains|cased: 'Abc'\n");
    EXPECT_EQ(said("content:\"Abc\"; nocase;"), "payload|contains: 'Abc'\n");
    EXPECT_EQ(said("content:\"123\";"), "payload|contains: '123'\n") << "digits have no case";
    EXPECT_EQ(said("content:\"a*?|5c|x\"; startswith;"),
              "payload|startswith|cased: 'a\\*\\?\\x'\n");
    EXPECT_EQ(said("content:\"ab\"; depth:2;"), "payload|startswith|cased: 'ab'\n");
    EXPECT_EQ(said("http.uri; content:\"/a\"; endswith;"), "http.url|endswith|cased: '/a'\n");
    EXPECT_EQ(said("http.method; content:\"GET\"; startswith; endswith;"),
              "http.http_method|cased: 'GET'\n");
    EXPECT_EQ(said("http.stat_code; content:\"200\";", FlowSide::to_client),
              "http.status: '200'\n");
}

TEST(Steps, PlacesBecomeASequence) {
    EXPECT_EQ(said("content:\"ab\"; offset:4; depth:8; content:\"|00 ff|\"; distance:2; within:6;"),
              "payload|sequence: [{text: 'ab', cased: true, offset: 4, depth: 8}, "
              "{hex: '00 ff', distance: 2, within: 6}]\n");
    EXPECT_EQ(said("content:\"a\"; content:!\"b\"; within:5;"),
              "payload|sequence: [{text: 'a', cased: true}, "
              "{text: 'b', cased: true, distance: 0, within: 5, not: true}]\n");
    EXPECT_EQ(said("content:\"a\"; nocase; pcre:\"/^x+/Ri\"; isdataat:!1,relative;"),
              "payload|sequence: [{text: 'a'}, {re: '(?i)^x+', distance: 0}, "
              "{remaining: {lt: 1}}]\n");
    EXPECT_EQ(said("content:\"a\"; distance:0; content:\"b\"; distance:0;"),
              "payload|sequence: [{text: 'a', cased: true, offset: 0}, "
              "{text: 'b', cased: true, distance: 0}]\n")
        << "nothing stands before the first";
}

TEST(Steps, Numbers) {
    EXPECT_EQ(said("byte_test:2,>,0x10,4,little;"),
              "payload|sequence: [{number: {bytes: 2, order: little, gt: 16}, offset: 4}]\n");
    EXPECT_EQ(said("content:\"n\"; byte_test:3,!=,7,1,relative,string,dec;"),
              "payload|sequence: [{text: 'n', cased: true}, "
              "{number: {bytes: 3, base: 10, neq: 7}, distance: 1}]\n");
    EXPECT_EQ(said("byte_test:1,&,128,0;"),
              "payload|sequence: [{number: {bytes: 1, and: 0x80, neq: 0}, offset: 0}]\n");
    EXPECT_EQ(said("byte_jump:2,0,from_beginning,post_offset -1; content:\"z\"; distance:0;"),
              "payload|sequence: [{jump: {bytes: 2, from_start: true, add: -1}, offset: 0}, "
              "{text: 'z', cased: true, distance: 0}]\n");
    EXPECT_EQ(said("http.uri; bsize:5<>9; content:\"/x\";"),
              "http.url|sequence: [{remaining: {gt: 5, lt: 9}}, {text: '/x', cased: true}]\n");
    EXPECT_EQ(said("isdataat:10;"), "payload|sequence: [{remaining: {gte: 11}}]\n");
    EXPECT_EQ(said("byte_test:1,^,7,0;"),
              "payload|sequence: [{number: {bytes: 1, neq: 7}, offset: 0}]\n");
    EXPECT_EQ(said("dsize:>100;"), "payload|sequence: [{remaining: {gt: 100}}]\n");
}

TEST(Steps, BuffersByDirectionAndOlderWords) {
    EXPECT_EQ(said("http.header; content:\"X\";", FlowSide::to_client),
              "http.response_header|contains|cased: 'X'\n");
    EXPECT_EQ(said("content:\"/x\"; http_uri; content:\"ab\"; http_header; nocase;"),
              "http.url|contains|cased: '/x'\nhttp.request_header|contains: 'ab'\n");
    EXPECT_EQ(said("pcre:\"/a+/U\";"), "http.url|sequence: [{re: 'a+'}]\n");
    EXPECT_EQ(said("http.host; content:\"evil.example\";"),
              "http.hostname|contains: 'evil.example'\n");
    EXPECT_EQ(said("tls.sni; dotprefix; content:\".evil.example\"; endswith;"),
              "tls.sni|endswith|cased: '.evil.example'\ntls.sni|cased: 'evil.example'\n");
}

TEST(Steps, WhatCannotBeSaid) {
    EXPECT_EQ(said("base64_decode; content:\"x\";"), "reason: base64_decode");
    EXPECT_EQ(said("content:\"x\"; within:var;"), "reason: within with a variable");
    EXPECT_EQ(said("byte_test:2,>,var,0;"), "reason: byte_test with a variable");
    EXPECT_EQ(said("byte_jump:1,0,multiplier *;"), "reason: byte_jump with multiplier *");
    EXPECT_EQ(said("pcre:\"/x/Y\";"), "reason: pcre with the flag Y");
    EXPECT_EQ(said("nocase;"), "reason: nocase without a content before it");
    EXPECT_EQ(said("content:\"|zz|\";"), "reason: a content that cannot be read");
}

}  // namespace
}  // namespace persandian::signatures
