// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/witness.h"

#include <algorithm>
#include <array>

#include "detectors/base/ascii.h"
#include "detectors/sigma/modifiers/utf8.h"
#include "detectors/sigma/regex_literal.h"

namespace persandian::sigma {
namespace {

/// Stand in many values of ordinary events, so that they say little.
constexpr auto frequent = std::to_array<std::string_view>({
    "c:\\windows\\system32\\ntdll.dll+",
    "|c:\\windows\\system32\\kernelbase.dll+",
    "c:\\windows\\system32\\",
    "\\program files",
    " (x86)\\",
    ".exe",
    ".dll",
    "http://",
    "https://",
    "\\users\\public\\",
    "hkey",
    "hklm\\",
    "\\software\\",
    "microsoft",
    "\\appdata\\local\\temp\\",
    "powershell.exe",
    "currentversion",
    "select",
    "\\svchost.exe",
    "\\explorer.exe",
    "\\cmd.exe",
    "\\lsass.exe",
    "\\services.exe",
    "\\rundll32.exe",
    "\\conhost.exe",
    "\\system",
    "\\wmiprvse.exe",
    "\\searchapp.exe",
    "\\chrome.exe",
    "\\msedge.exe",
    "\\taskhostw.exe",
    "\\csrss.exe",
    "\\wininit.exe",
    "\\ntdll.dll",
    "\\kernel32.dll",
    "\\python.exe",
    "nt authority\\",
    "system",
    "text/html; charset=utf-8",
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/json",
    "application/octet-stream",
    "mozilla/5.0 (windows nt 10.0; win64; x64) applewebkit/537.36 (khtml, like gecko) chrome/",
    "mozilla/4.0 (compatible; msie ",
    "safari/537.36",
    "http/1.1",
    "http/1.0 200 ok\r\n",
    " http/1.1\r\nhost: ",
    "\r\nuser-agent: mozilla/",
    "\r\naccept: */*\r\n",
    "\r\naccept-encoding: gzip, deflate\r\n",
    "\r\naccept-language: ",
    "\r\nconnection: keep-alive\r\n",
    "\r\ncontent-type: ",
    "\r\ncontent-length: ",
    "\r\nhost: ",
    "\r\nreferer: http",
    "\r\ncookie: ",
    "\r\ncache-control: no-cache\r\n",
    "\r\nserver: ",
    "\r\ndate: ",
    "\r\nhost\r\n",
    "\r\nuser-agent\r\n",
    "\r\naccept\r\n",
    "\r\nconnection\r\n",
    "\r\ncontent-type\r\n",
    "\r\ncontent-length\r\n",
    "\r\naccept-encoding\r\n",
    "\r\nreferer\r\n",
    "\r\n\r\n",
    "get /",
    "post /",
    "/index.php",
    ".html",
    "www.",
    ".com",
    "<!doctype html>",
    "<html",
    "<script",
    "<title>",
    "</title>",
    "javascript",
    "function",
    "document.",
    "content",
    "<?xml version=",
    "windows nt",
    "\xffsmb",
    "\xfesmb",
});

/// Bytes that fill space (zeros, blanks) say less than others.
std::size_t telling_bytes(std::string_view text) {
    const auto fillers = std::count_if(text.begin(), text.end(), [](char c) {
        return c == '\0' || c == '\xFF' || c == ' ' || c == '\x01';
    });
    return text.size() - static_cast<std::size_t>(fillers) + static_cast<std::size_t>(fillers) / 4;
}

/// How often a text is expected to stand in a value by chance, in arbitrary units.
double chance_of(std::string_view text) {
    for (const std::string_view word : frequent)
        if (word.find(text) != std::string_view::npos) return 300;
    switch (telling_bytes(text)) {
        case 0:
            return 1000;
        case 1:
            return 400;
        case 2:
            return 120;
        case 3:
            return 40;
        case 4:
            return 12;
        default:
            return telling_bytes(text) < 8 ? 4 : 1.5;
    }
}

constexpr double cost_of_presence = 5000;

/// Shorter ones stand in most values.
constexpr std::size_t least_regex_literal_bytes = 2;

/// Values of fields that have few: every second event has them.
constexpr std::array<std::string_view, 21> frequent_values = {
    "true",        "false",     "key",       "file", "process", "createkey", "setvalue",
    "binary data", "valid",     "-",         "tcp",  "udp",     "http",      "dns",
    "tls",         "to_server", "to_client", "get",  "post",    "request",   "response"};

/// Of a whole value. Event numbers say little: most rules are asked only for events of theirs.
double chance_of_value(std::string_view text) {
    const bool number = !text.empty() && std::all_of(text.begin(), text.end(),
                                                     [](char c) { return c >= '0' && c <= '9'; });
    if (number || text.starts_with("0x")) return 100;
    if (std::find(frequent_values.begin(), frequent_values.end(), text) != frequent_values.end())
        return 300;
    return text.size() < 4 ? 8 : 1;
}

/// Of an address: most are far from a small network.
double chance_of_network(std::string_view key) {
    const auto bits = static_cast<unsigned char>(key.front());
    const bool is_v4 = key.size() == 5;
    if (bits == (is_v4 ? 32 : 128)) return 1;
    if (bits >= (is_v4 ? 24 : 64)) return 3;
    return bits >= (is_v4 ? 16 : 32) ? 60 : 3000;
}

double cost_of(const Clue& clue) {
    switch (clue.kind) {
        case Clue::Kind::network:
            return chance_of_network(clue.text);
        case Clue::Kind::whole:
            return chance_of_value(clue.text);
        case Clue::Kind::start:
            return chance_of(clue.text);
        case Clue::Kind::end:  // at one place only, where the words of paths are less alike
            return std::max(chance_of(clue.text), chance_of(last_component(clue.text))) / 3;
        case Clue::Kind::inside:  // the value must be searched
            return 1 + chance_of(clue.text);
        case Clue::Kind::presence:
            break;
    }
    return cost_of_presence;
}

Clue cheapest_of(const std::vector<Clue>& clues) {
    const auto best =
        std::min_element(clues.begin(), clues.end(),
                         [](const Clue& a, const Clue& b) { return cost_of(a) < cost_of(b); });
    return best == clues.end() ? Clue{} : *best;
}

/// Of a pattern with wildcards in its midst.
Clue clue_of(const Pattern& pattern) {
    const std::vector<Token>& tokens = pattern.tokens();
    std::vector<Clue> all;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (tokens[i].kind != Token::Kind::literal) continue;
        const Clue::Kind kind = i == 0                   ? Clue::Kind::start
                                : i + 1 == tokens.size() ? Clue::Kind::end
                                                         : Clue::Kind::inside;
        all.push_back({kind, folded(tokens[i].text)});
    }
    return cheapest_of(all);
}

Clue clue_of_regex(std::string_view regex) {
    std::vector<Clue> all;
    for (std::string& literal : certain_literals(regex))
        if (literal.size() >= least_regex_literal_bytes)
            all.push_back({Clue::Kind::inside, std::move(literal)});
    return cheapest_of(all);
}

std::string_view longest_ascii_run(std::string_view text) {
    std::string_view longest;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        while (end < text.size() && static_cast<unsigned char>(text[end]) < 0x80) ++end;
        if (end - at > longest.size()) longest = text.substr(at, end - at);
        at = end + 1;
    }
    return longest;
}

/// Of the steps that must stand somewhere. Texts fold by the characters that bytes make with those
/// around them, unless the values are `of_bytes`: only ASCII is sure.
Clue clue_of_sequence(const ByteSequence& sequence, bool of_bytes) {
    std::vector<Clue> all;
    const auto add = [&](std::string_view literal, Clue::Kind kind) {
        if (!of_bytes) literal = longest_ascii_run(literal);
        std::string lowered = ascii_lower(literal);
        if (!lowered.empty()) all.push_back({kind, std::move(lowered)});
    };
    for (const ByteSequence::Step& step : sequence.steps()) {
        if (step.negated) continue;
        if (step.kind == ByteSequence::Step::Kind::text) add(step.text, Clue::Kind::inside);
        if (step.kind == ByteSequence::Step::Kind::regex)
            for (const std::string& literal : certain_literals(step.text))
                if (longest_ascii_run(literal).size() >= least_regex_literal_bytes)
                    add(longest_ascii_run(literal), Clue::Kind::inside);
    }
    return cheapest_of(all);
}

double predicate_cost(const Predicate& predicate) {
    const double spread = predicate.slot == keyword_slot ? 10 : 1;
    double cost = 0;
    for (const Clue& clue : clues_of(predicate)) cost += cost_of(clue);
    return std::min(cost, cost_of_presence) * spread;
}

Witness of_node(const Program& program, std::size_t at, const PredicatePool& pool) {
    const ProgramNode& node = program.nodes[at];
    if (node.op == ProgramNode::Op::negation) return {};
    if (node.op == ProgramNode::Op::atom) {
        const PredicateId id = program.atoms[node.first].predicate;
        const Predicate::Kind kind = pool[id].kind;
        if (kind == Predicate::Kind::null || kind == Predicate::Kind::absent) return {};
        return {true, {id}, predicate_cost(pool[id])};
    }
    Witness best;
    for (std::uint32_t i = 0; i < node.count; ++i) {
        Witness child = of_node(program, node.first + i, pool);
        if (node.op == ProgramNode::Op::all_of) {
            if (child.possible && (!best.possible || child.cost < best.cost))
                best = std::move(child);
            continue;
        }
        if (!child.possible) return {};
        best.possible = true;
        best.cost += child.cost;
        best.predicates.insert(best.predicates.end(), child.predicates.begin(),
                               child.predicates.end());
    }
    return best;
}

}  // namespace

std::string_view last_component(std::string_view text) noexcept {
    std::size_t at = text.size();
    while (at > 0 && text[at - 1] != '\\' && text[at - 1] != '/') --at;
    return at == 0 ? text : text.substr(at - 1);
}

std::string network_key(const IpNetwork& network) {
    std::string key(1, static_cast<char>(network.prefix_bits));
    key += as_text(network.address.bytes());
    return key;
}

std::vector<Clue> clues_of(const Predicate& predicate) {
    std::vector<Clue> out;
    const auto add_literals = [&](Clue::Kind kind) {
        for (const std::string& literal : predicate.literals)
            out.push_back(
                {literal.empty() && kind != Clue::Kind::whole ? Clue::Kind::presence : kind,
                 folded(literal)});
    };
    switch (predicate.kind) {
        case Predicate::Kind::exact:
            add_literals(Clue::Kind::whole);
            break;
        case Predicate::Kind::prefix:
            add_literals(Clue::Kind::start);
            break;
        case Predicate::Kind::suffix:
            add_literals(Clue::Kind::end);
            break;
        case Predicate::Kind::contains:
            add_literals(Clue::Kind::inside);
            break;
        case Predicate::Kind::glob:
            for (const Pattern& pattern : predicate.patterns) out.push_back(clue_of(pattern));
            break;
        case Predicate::Kind::regex:
            for (const std::string& regex : predicate.regex_texts)
                out.push_back(clue_of_regex(regex));
            break;
        case Predicate::Kind::network:
            for (const Operand& operand : predicate.operands)
                out.push_back({Clue::Kind::network, network_key(operand.network)});
            break;
        case Predicate::Kind::sequence:
            for (const Operand& operand : predicate.operands)
                out.push_back(clue_of_sequence(*operand.sequence, predicate.of_bytes));
            break;
        default:
            break;
    }
    if (out.empty()) out.push_back({});
    return out;
}

Witness find_witness(const Program& program, const PredicatePool& pool) {
    return of_node(program, 0, pool);
}

}  // namespace persandian::sigma
