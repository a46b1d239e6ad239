// SPDX-License-Identifier: Apache-2.0
#include "tools/verify/policy.h"

#include <algorithm>

#include "tools/verify/encoding.h"

namespace persandian::verify {

namespace {

constexpr std::size_t max_names = 1'000;

std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> out;
    while (!line.empty()) {
        const std::size_t begin = line.find_first_not_of(" \t\r");
        if (begin == std::string_view::npos) break;
        line.remove_prefix(begin);
        const std::size_t end = std::min(line.find_first_of(" \t\r"), line.size());
        out.emplace_back(line.substr(0, end));
        line.remove_prefix(end);
    }
    return out;
}

}  // namespace

bool Policy::knows(std::string_view name) const {
    return std::any_of(witnesses_.begin(), witnesses_.end(),
                       [name](const Witness& w) { return w.name == name; }) ||
           std::any_of(groups_.begin(), groups_.end(),
                       [name](const Group& g) { return g.name == name; });
}

std::string Policy::group(const std::vector<std::string>& words) {
    if (words.size() < 4) return "group NAME THRESHOLD MEMBER… is expected";
    Group out{words[1], 0, {words.begin() + 3, words.end()}};
    for (const std::string& member : out.members)
        if (!knows(member)) return "unknown member " + member;
    if (words[2] == "all") {
        out.threshold = out.members.size();
    } else {
        const auto number =
            words[2] == "any" ? std::optional<std::uint64_t>(1) : decimal_decode(words[2]);
        if (!number || *number == 0 || *number > out.members.size())
            return "the threshold must be any, all or 1 to the number of members";
        out.threshold = static_cast<std::size_t>(*number);
    }
    groups_.push_back(std::move(out));
    return "";
}

std::string Policy::line(const std::vector<std::string>& words) {
    if (groups_.size() + witnesses_.size() > max_names) return "too many names";
    const bool names_one = words[0] == "witness" || words[0] == "group";
    if (names_one && words.size() > 1 && (words[1] == "none" || knows(words[1])))
        return "the name " + words[1] + " is taken";
    if (words[0] == "group") return group(words);
    if (words[0] == "quorum") {
        if (words.size() != 2 || !quorum_.empty()) return "one quorum NAME is expected";
        if (words[1] != "none" && !knows(words[1])) return "unknown name " + words[1];
        quorum_ = words[1];
        return "";
    }
    if (words[0] == "log" && (words.size() == 2 || words.size() == 3)) {
        const auto key = parse_key_file(words[1]);
        if (const Fault* fault = std::get_if<Fault>(&key)) return *fault;
        log_ = std::get<KeyFile>(key);
        return "";
    }
    if (words[0] == "witness" && (words.size() == 3 || words.size() == 4)) {
        const auto key = parse_vkey(words[2], 0x04);
        if (const Fault* fault = std::get_if<Fault>(&key)) return *fault;
        if (is_small_order(std::get<KeyFile>(key).key)) return "a key of small order";
        witnesses_.push_back({words[1], std::get<KeyFile>(key)});
        return "";
    }
    return "log, witness, group or quorum is expected";
}

std::variant<Policy, std::string> Policy::parse(std::string_view text) {
    Policy out;
    std::size_t number = 0;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        ++number;
        const auto words = words_of(line);
        if (words.empty() || words[0].starts_with('#')) continue;
        const std::string fault = out.line(words);
        if (!fault.empty()) return "line " + std::to_string(number) + ": " + fault;
    }
    if (out.quorum_.empty()) return std::string("the policy has no quorum line");
    return out;
}

bool Policy::is_met(std::set<std::string> signers) const {
    if (quorum_ == "none") return false;
    for (const Group& group : groups_) {
        const auto count = std::count_if(
            group.members.begin(), group.members.end(),
            [&signers](const std::string& member) { return signers.count(member) != 0; });
        if (static_cast<std::size_t>(count) >= group.threshold) signers.insert(group.name);
    }
    return signers.count(quorum_) != 0;
}

std::size_t Policy::needed() const {
    const auto group = std::find_if(groups_.begin(), groups_.end(),
                                    [this](const Group& g) { return g.name == quorum_; });
    return group == groups_.end() ? 1 : group->threshold;
}

}  // namespace persandian::verify
