// SPDX-License-Identifier: Apache-2.0
#include "tools/signatures/endpoints.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "detectors/base/ip_address.h"
#include "tools/signatures/keywords.h"
#include "tools/signatures/signature.h"
#include "tools/signatures/yaml_text.h"

namespace persandian::signatures {
namespace {

/// The parts of "[a,[b,!c]]", each with whether it is negated.
struct Part {
    std::string_view text;
    bool negated = false;
};

void flatten(std::string_view text, bool negated, std::vector<Part>& out) {
    text = trimmed(text);
    while (text.starts_with('!')) {
        negated = !negated;
        text = trimmed(text.substr(1));
    }
    if (!text.starts_with('[') || !text.ends_with(']')) {
        if (!text.empty()) out.push_back({text, negated});
        return;
    }
    text = text.substr(1, text.size() - 2);
    int open = 0;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        if (i < text.size() && text[i] == '[') ++open;
        if (i < text.size() && text[i] == ']') --open;
        if (i < text.size() && (text[i] != ',' || open > 0)) continue;
        flatten(text.substr(begin, i - begin), negated, out);
        begin = i + 1;
    }
}

/// Bits behind the prefix count for nothing.
std::string network_of(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) return {};
    const unsigned most = address->is_v6() ? 128 : 32;
    if (slash == std::string_view::npos) return fmt::format("{}/{}", text, most);
    const std::string_view digits = text.substr(slash + 1);
    unsigned bits = 0;
    const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc() || rest != digits.data() + digits.size() || bits > most) return {};
    return IpNetwork::around(*address, bits).to_string();
}

std::string tests_of(std::string_view field, std::string_view modifiers,
                     const std::vector<std::string>& networks) {
    std::vector<std::string> written;
    for (const std::string& network : networks) written.push_back(quoted(network));
    return fmt::format("{}|{}: {}", field, modifiers, listed(written));
}

std::optional<unsigned> port_of(std::string_view text) {
    unsigned port = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, port);
    if (error != std::errc() || rest != end || port > 65535) return std::nullopt;
    return port;
}

/// "80", "1024:", ":1023", "6000:6010" as the lines of a map; empty when it is none.
std::string range_test(std::string_view text, std::string_view field) {
    const std::size_t colon = text.find(':');
    const auto first = port_of(text.substr(0, colon));
    if (colon == std::string_view::npos)
        return first ? fmt::format("{}: {}", field, *first) : std::string();
    const auto last = port_of(text.substr(colon + 1));
    const bool has_first = colon > 0;
    const bool has_last = colon + 1 < text.size();
    if ((has_first && !first) || (has_last && !last) || (!has_first && !has_last)) return {};
    std::string out;
    if (has_first) out = fmt::format("{}|gte: {}", field, *first);
    if (has_last) out += fmt::format("{}{}|lte: {}", has_first ? ", " : "", field, *last);
    return out;
}

/// Variables replaced by what they stand for.
std::vector<Part> port_parts(std::string_view written, Reason& reason) {
    std::vector<Part> parts;
    flatten(written, false, parts);
    std::vector<Part> out;
    for (const Part& part : parts) {
        if (!part.text.starts_with('$')) {
            out.push_back(part);
            continue;
        }
        const auto ports = ports_of_variable(part.text.substr(1));
        if (!ports) {
            reason = fmt::format("unknown port variable {}", part.text);
            return {};
        }
        for (const std::string_view one : split(*ports)) {
            const bool not_it = one.starts_with('!');
            out.push_back({not_it ? one.substr(1) : one, part.negated != not_it});
        }
    }
    return out;
}

}  // namespace

std::vector<std::string> address_tests(std::string_view written, std::string_view field,
                                       const Networks& home, Reason& reason) {
    std::vector<Part> parts;
    flatten(written, false, parts);
    std::vector<std::string> inside;
    std::vector<std::string> outside;
    for (const Part& part : parts) {
        std::vector<std::string>& list = part.negated ? outside : inside;
        if (part.text == "any") {
            if (part.negated) reason = "an address that is not any";
            continue;
        }
        if (part.text == "$EXTERNAL_NET") {
            std::vector<std::string>& other = part.negated ? inside : outside;
            other.insert(other.end(), home.begin(), home.end());
        } else if (part.text.starts_with('$')) {  // $HOME_NET, and servers, which are in it
            list.insert(list.end(), home.begin(), home.end());
        } else if (const std::string network = network_of(part.text); !network.empty()) {
            list.push_back(network);
        } else {
            reason = fmt::format("'{}' is no address", part.text);
        }
    }
    std::vector<std::string> out;
    if (!inside.empty()) out.push_back(tests_of(field, "cidr", inside));
    if (!outside.empty()) out.push_back(tests_of(field, "cidr|neq", outside));
    return out;
}

PortTests port_tests(std::string_view written, std::string_view field, Reason& reason) {
    PortTests out;
    std::vector<std::string> single[2];  // not negated, negated
    for (const Part& part : port_parts(written, reason)) {
        if (part.text == "any") continue;
        const std::string test = range_test(part.text, field);
        if (test.empty()) {
            reason = fmt::format("'{}' is no port", part.text);
        } else if (part.text.find(':') == std::string_view::npos) {
            single[part.negated ? 1 : 0].emplace_back(part.text);
        } else {
            (part.negated ? out.none_of : out.any_of).push_back(test);
        }
    }
    for (const bool negated : {false, true}) {
        if (single[negated].empty()) continue;
        std::vector<std::string>& maps = negated ? out.none_of : out.any_of;
        maps.insert(maps.begin(), fmt::format("{}: {}", field, listed(single[negated])));
    }
    return out;
}

}  // namespace persandian::signatures
