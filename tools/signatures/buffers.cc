// SPDX-License-Identifier: Apache-2.0
#include "tools/signatures/buffers.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "tools/signatures/keywords.h"

namespace persandian::signatures {
namespace {

constexpr std::string_view raw = "payload";

class Collector {
  public:
    Collector(const Signature& signature, FlowSide side) : signature_(signature), side_(side) {}

    Tests collect() {
        for (const Option& option : signature_.options) {
            if (!out_.reason.empty()) break;
            if (!content(option) && !modifier(option) && !length(option) && !buffer(option) &&
                !is_ignored(option.key))
                out_.reason = option.key;
        }
        std::erase_if(out_.buffers, [](const Buffer& one) { return one.matches.empty(); });
        for (Buffer& one : out_.buffers) finish(one);
        return std::move(out_);
    }

  private:
    Buffer& at(std::string_view field) {
        for (Buffer& known : out_.buffers)
            if (known.field == field) return known;
        out_.buffers.push_back({std::string(field), {}});
        return out_.buffers.back();
    }

    std::string_view field_of(const BufferField& buffer) const {
        return side_ == FlowSide::to_client ? buffer.to_client : buffer.to_server;
    }

    Match* last() {
        Buffer& buffer = at(last_field_);
        return buffer.matches.empty() ? nullptr : &buffer.matches.back();
    }

    void add(Match match) {
        last_field_ = current_;
        at(current_).matches.push_back(std::move(match));
    }

    bool content(const Option& option) {
        if (option.key == "content" || option.key == "uricontent") {
            const QuotedText read = content_bytes(option.value);
            if (read.text.empty()) out_.reason = "a content that cannot be read";
            Match match;
            match.text = read.text;
            match.negated = read.negated;
            add(std::move(match));
        } else if (option.key == "pcre") {
            regex(option.value);
        } else if (option.key == "byte_test" || option.key == "byte_jump") {
            Match match;
            out_.reason = option.key == "byte_test" ? read_byte_test(option.value, match)
                                                    : read_byte_jump(option.value, match);
            add(std::move(match));
        } else if (option.key == "isdataat") {
            remaining_at(option.value);
        } else {
            return false;
        }
        return true;
    }

    bool modifier(const Option& option) {
        const std::string_view key = option.key;
        if (key == "dotprefix") {
            at(current_).dot_before = true;
            return true;
        }
        const bool flag = key == "nocase" || key == "startswith" || key == "endswith";
        const bool place =
            key == "offset" || key == "depth" || key == "distance" || key == "within";
        if (!flag && !place) return false;
        Match* const match = last();
        if (match == nullptr) {
            out_.reason = fmt::format("{} without a content before it", key);
        } else if (key == "nocase") {
            match->nocase = true;
        } else if (flag) {
            (key == "startswith" ? match->starts : match->ends) = true;
        } else if (const auto number = number_of(option.value); !number) {
            out_.reason = fmt::format("{} with a variable", key);
        } else {
            (key == "offset"     ? match->offset
             : key == "depth"    ? match->depth
             : key == "distance" ? match->distance
                                 : match->within) = *number;
        }
        return true;
    }

    /// Lengths: of the buffer, of the target, of the packet.
    bool length(const Option& option) {
        if (option.key != "bsize" && option.key != "urilen" && option.key != "dsize") return false;
        const std::string_view value = split(option.value).front();
        Match match;
        match.kind = Match::Kind::remaining;
        match.text = bounds(value);
        if (match.text.empty()) {
            out_.reason = fmt::format("{} with {}", option.key, value);
        } else if (option.key == "bsize") {
            at(current_).matches.push_back(std::move(match));
        } else {
            at(option.key == "urilen" ? "http.url" : raw).matches.push_back(std::move(match));
        }
        return true;
    }

    bool buffer(const Option& option) {
        if (option.key == "pkt_data") {
            current_ = raw;
            return true;
        }
        if (const BufferField* const sticky = sticky_buffer(option.key)) {
            current_ = field_of(*sticky);
            return true;
        }
        const BufferField* const older = buffer_of_previous(option.key);
        if (older == nullptr) return false;
        Buffer& from = at(last_field_);
        if (from.matches.empty()) {
            out_.reason = fmt::format("{} without a content before it", option.key);
            return true;
        }
        Match moved = std::move(from.matches.back());
        from.matches.pop_back();
        last_field_ = field_of(*older);
        at(last_field_).matches.push_back(std::move(moved));
        return true;
    }

    void regex(std::string_view value) {
        Match match;
        match.kind = Match::Kind::regex;
        match.negated = value.starts_with('!');
        if (match.negated) value = trimmed(value.substr(1));
        if (value.size() >= 2 && value.starts_with('"')) value = value.substr(1, value.size() - 2);
        const std::size_t end = value.rfind('/');
        if (!value.starts_with('/') || end == 0) {
            out_.reason = "a pcre that cannot be read";
            return;
        }
        std::string flags;
        std::string_view field = current_;
        for (const char c : value.substr(end + 1)) {
            if (c == 'R') {
                match.relative = true;
            } else if (std::string_view("ismxG").find(c) != std::string_view::npos) {
                flags += c == 'G' ? 'U' : c;
            } else if (c == 'A') {
                match.text = "\\A";
            } else if (const BufferField* const named = buffer_of_pcre_flag(c)) {
                field = field_of(*named);
            } else if (std::string_view("BEO").find(c) == std::string_view::npos) {
                out_.reason = fmt::format("pcre with the flag {}", c);
            }
        }
        match.text += value.substr(1, end - 1);
        if (!flags.empty()) match.text = fmt::format("(?{})", flags) + match.text;
        last_field_ = field;
        at(field).matches.push_back(std::move(match));
    }

    void remaining_at(std::string_view value) {
        const std::vector<std::string_view> parts = split(value);
        Match match;
        match.kind = Match::Kind::remaining;
        match.relative = std::find(parts.begin(), parts.end(), "relative") != parts.end();
        const bool none = parts[0].starts_with('!');
        const auto number = number_of(none ? trimmed(parts[0].substr(1)) : parts[0]);
        if (!number) {
            out_.reason = "isdataat with a variable";
            return;
        }
        // From the start the byte of that number must be there, from a step on so many bytes.
        match.text =
            fmt::format("{{{}: {}}}", none ? "lt" : "gte", *number + (match.relative ? 0 : 1));
        at(current_).matches.push_back(std::move(match));
    }

    static void finish(Buffer& buffer) {
        // Suricata makes these lower-case, and its signatures with them.
        if (buffer.field == "http.hostname")
            for (Match& match : buffer.matches) match.nocase = true;
    }

    static std::optional<std::int64_t> number_of(std::string_view text) {
        std::int64_t value = 0;
        const char* const end = text.data() + text.size();
        const auto [rest, error] = std::from_chars(text.data(), end, value);
        if (text.empty() || error != std::errc() || rest != end) return std::nullopt;
        return value;
    }

    const Signature& signature_;
    FlowSide side_;
    std::string_view current_ = raw;
    std::string_view last_field_ = raw;
    Tests out_;
};

}  // namespace

Tests tests_of(const Signature& signature, FlowSide side) {
    return Collector(signature, side).collect();
}

FlowSide side_of(const Signature& signature) {
    bool of_servers = false;
    for (const Option& option : signature.options) {
        of_servers = of_servers || is_of_servers(option.key);
        if (option.key != "flow") continue;
        for (const std::string_view word : split(option.value)) {
            if (word == "to_server" || word == "from_client") return FlowSide::to_server;
            if (word == "to_client" || word == "from_server") return FlowSide::to_client;
        }
    }
    return of_servers ? FlowSide::to_client : FlowSide::unknown;
}

}  // namespace persandian::signatures
