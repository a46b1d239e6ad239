// SPDX-License-Identifier: Apache-2.0
//
// Our reading of JSON against simdjson's: generated documents, and the same with bytes changed.
#include "detectors/logs/json_flattener.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include "detectors/logs/json_tokens.h"

namespace persandian::logs {
namespace {

/// "name[element] kind text" per field.
using Fields = std::vector<std::string>;

void append(Fields& out, const std::string& name, std::size_t element, const Value& value) {
    std::string storage;
    out.push_back(name + '[' + std::to_string(element) + "] " +
                  std::to_string(static_cast<int>(value.kind())) + ' ' +
                  std::string(value.to_text(storage)));
}

class Reader {
  public:
    /// False when the text is no object.
    bool read(std::string text, Fields& out) {
        text.reserve(text.size() + 1024);
        const auto tokens = tokens_.find(text);
        if (tokens.empty()) return false;
        event_.reset("log", {});
        JsonFlattener flattener(text, tokens, event_, names_, texts_, 0);
        if (!flattener.run()) return false;
        for (const EventField& field : event_.fields())
            append(out, std::string(field.name), field.element, field.value);
        return true;
    }

  private:
    JsonTokens tokens_;
    JsonNames names_;
    JsonTexts texts_{JsonFlattener::max_fields};
    Event event_;
};

void flatten(simdjson::dom::element element, const std::string& name, std::size_t index,
             Fields& out) {
    simdjson::dom::object object;
    simdjson::dom::array array;
    std::string_view text;
    if (!element.get(object)) {
        for (const auto member : object)
            flatten(member.value,
                    name.empty() ? std::string(member.key) : name + '.' + std::string(member.key),
                    index, out);
    } else if (!element.get(array)) {
        std::size_t at = 0;
        for (const simdjson::dom::element item : array) flatten(item, name, at++, out);
    } else if (!element.get(text)) {
        append(out, name, index, Value::text(text));
    } else if (element.is_bool()) {
        append(out, name, index, Value::boolean(element.get_bool().value_unsafe()));
    } else if (element.is_null()) {
        append(out, name, index, Value::null());
    } else if (element.is<std::int64_t>()) {
        append(out, name, index, Value::integer(element.get_int64().value_unsafe()));
    } else if (element.is<std::uint64_t>()) {
        append(out, name, index, Value::unsigned_integer(element.get_uint64().value_unsafe()));
    } else {
        append(out, name, index, Value::real(element.get_double().value_unsafe()));
    }
}

class Writer {
  public:
    explicit Writer(unsigned seed) : chance_(seed) {}

    std::string object(unsigned depth) {
        std::string out = "{" + blank();
        for (std::size_t i = chance_() % 5; i > 0; --i) {
            out += key() + blank() + ':' + blank() + value(depth) + blank();
            if (i > 1) out += ',' + blank();
        }
        return out + '}' + blank();
    }
    /// With a few bytes changed, taken out or put in.
    std::string broken(std::string text) {
        static constexpr std::string_view bytes = "{}[]:,\"\\ \t019-.eEtnu\x01x\xC3\xA9";
        for (std::size_t i = chance_() % 3 + 1; i > 0 && !text.empty(); --i) {
            const std::size_t at = chance_() % text.size();
            const char byte = bytes[chance_() % bytes.size()];
            switch (chance_() % 3) {
                case 0:
                    text[at] = byte;
                    break;
                case 1:
                    text.erase(at, 1);
                    break;
                default:
                    text.insert(at, 1, byte);
            }
        }
        return text;
    }

  private:
    template <std::size_t N>
    const char* one_of(const char* const (&choices)[N]) {
        return choices[chance_() % N];
    }
    std::string blank() { return one_of({"", "", "", " ", "\t", "  \n"}); }
    std::string key() {
        return one_of({"\"a\"", "\"Image\"", "\"CommandLine\"", "\"k.d\"", "\"\"", "\"a\\u0062\"",
                       "\"a key that is longer than the words which are kept of it\"",
                       "\"\xC3\xA9\""});
    }
    std::string value(unsigned depth) {
        const auto kind = chance_() % (depth < 6 ? 12 : 9);
        if (kind > 10) return object(depth + 1);
        if (kind > 8) {
            std::string out = "[" + blank();
            for (std::size_t i = chance_() % 4; i > 0; --i)
                out += value(depth + 1) + blank() + (i > 1 ? "," + blank() : "");
            return out + ']';
        }
        if (kind > 5)
            return one_of({"0", "-0", "7", "-12", "1.5", "-0.0", "1e3", "2.5E-7", "1e-400",
                           "9223372036854775807", "-9223372036854775808", "9223372036854775808",
                           "18446744073709551615", "0.1", "123456.789e12", "true", "false",
                           "null"});
        return one_of({"\"\"", "\"x\"", "\"C:\\\\Windows\\\\System32\\\\cmd.exe\"",
                       "\"line\\r\\n\\ttwo \\\"quoted\\\" \\/\\b\\f\"", "\"\\u0041\\u00e9\\u20ac\"",
                       "\"\\ud83d\\ude00 smile\"", "\"\xE2\x82\xAC\"", "\"{[,:]}\"", "\"\\\\\""});
    }

    std::mt19937 chance_;
};

TEST(JsonFlattener, ReadsWhatAnotherReaderReads) {
    Reader reader;
    Writer writer(7);
    simdjson::dom::parser parser;
    std::size_t with_fields = 0;
    for (int i = 0; i < 5'000; ++i) {
        const std::string text = writer.object(0);
        simdjson::dom::element root;
        ASSERT_FALSE(parser.parse(text).get(root)) << text;
        Fields expected;
        flatten(root, "", 0, expected);
        Fields found;
        ASSERT_TRUE(reader.read(text, found)) << text;
        ASSERT_EQ(found, expected) << text;
        with_fields += found.size();
    }
    EXPECT_GT(with_fields, 10'000U);
}

/// We are more lenient in two things, so that no value is lost: numbers that break the rules keep
/// their characters, and texts with a broken escape stay as they are written.
TEST(JsonFlattener, RefusesWhatAnotherReaderRefuses) {
    Reader reader;
    Writer writer(8);
    simdjson::dom::parser parser;
    std::size_t refused = 0;
    std::size_t accepted = 0;
    for (int i = 0; i < 40'000; ++i) {
        const std::string text = writer.broken(writer.object(0));
        simdjson::dom::element root;
        const simdjson::error_code error = parser.parse(text).get(root);
        Fields found;
        const bool read = reader.read(text, found);
        if (error == simdjson::SUCCESS && root.is_object()) {
            Fields expected;
            flatten(root, "", 0, expected);
            ASSERT_TRUE(read) << text;
            ASSERT_EQ(found, expected) << text;
            ++accepted;
        } else if (error != simdjson::NUMBER_ERROR && error != simdjson::STRING_ERROR) {
            ASSERT_FALSE(read) << text << " (" << simdjson::error_message(error) << ')';
            ++refused;
        }
    }
    EXPECT_GT(accepted, 5'000U);
    EXPECT_GT(refused, 10'000U);
}

}  // namespace
}  // namespace persandian::logs
