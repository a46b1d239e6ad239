// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/witness.h"

#include <algorithm>
#include <array>

#include "detectors/sigma/modifiers/utf8.h"

namespace persandian::sigma {
namespace {

/// Stand in many values of ordinary events, so that they say little.
constexpr std::array<std::string_view, 36> frequent = {"c:\\windows\\system32\\",
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
                                                       "system"};

/// How often a text is expected to stand in a value by chance, in arbitrary units.
double chance_of(std::string_view text) {
    for (const std::string_view word : frequent)
        if (word.find(text) != std::string_view::npos) return 300;
    switch (text.size()) {
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
            return text.size() < 8 ? 4 : 1.5;
    }
}

constexpr double cost_of_presence = 5000;

/// Values of fields that have few: every second event has them.
constexpr std::array<std::string_view, 10> frequent_values = {
    "true",      "false",    "key",         "file",  "process",
    "createkey", "setvalue", "binary data", "valid", "-"};

/// Of a whole value. Event numbers say little: most rules are asked only for events of theirs.
double chance_of_value(std::string_view text) {
    const bool number = !text.empty() && std::all_of(text.begin(), text.end(),
                                                     [](char c) { return c >= '0' && c <= '9'; });
    if (number || text.starts_with("0x")) return 100;
    if (std::find(frequent_values.begin(), frequent_values.end(), text) != frequent_values.end())
        return 300;
    return text.size() < 4 ? 8 : 1;
}

double cost_of(const Clue& clue) {
    switch (clue.kind) {
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

/// A literal that stands in every text which the regular expression matches; empty when none is
/// sure. Looks only at plain characters before the first group or class.
std::string certain_literal(std::string_view regex) {
    std::string best;
    std::string run;
    const auto end_run = [&] {
        if (run.size() > best.size()) best = run;
        run.clear();
    };
    std::size_t at = 0;
    while (at < regex.size()) {
        const char c = regex[at];
        if (c == '(' || c == '[') break;
        char literal = 0;
        std::size_t size = 1;
        if (c == '\\') {
            if (at + 1 >= regex.size()) return {};
            const char next = regex[at + 1];
            const bool letter = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') ||
                                (next >= '0' && next <= '9');
            if (next == 'Q' || next == 'x' || next == 'p' || next == 'P' || next == 'k' ||
                next == 'g' || next == 'c' || next == 'o' || next == 'N')
                return best;
            literal = letter ? '\0' : next;
            size = 2;
        } else if (std::string_view("^$.").find(c) == std::string_view::npos &&
                   static_cast<unsigned char>(c) < 0x80) {
            literal = c;
        }
        at += size;
        const char after = at < regex.size() ? regex[at] : '\0';
        const bool repeated = after == '*' || after == '?' || after == '{' || after == '+';
        if (literal == 0 || repeated) {
            end_run();
        } else {
            run += literal;
        }
        if (repeated) {
            if (after == '{') {
                const std::size_t close = regex.find('}', at);
                if (close == std::string_view::npos) return best;
                at = close;
            }
            ++at;
            if (at < regex.size() && (regex[at] == '?' || regex[at] == '+')) ++at;
        }
    }
    end_run();
    return best;
}

/// The top level must have no alternative anywhere; groups may hold some.
bool has_top_level_alternative(std::string_view regex) {
    int depth = 0;
    bool in_class = false;
    for (std::size_t i = 0; i < regex.size(); ++i) {
        const char c = regex[i];
        if (c == '\\') {
            ++i;
        } else if (in_class) {
            in_class = c != ']';
        } else if (c == '[') {
            in_class = true;
            if (i + 1 < regex.size() && (regex[i + 1] == '^' || regex[i + 1] == ']')) ++i;
        } else if (c == '(') {
            ++depth;
        } else if (c == ')') {
            --depth;
        } else if (c == '|' && depth == 0) {
            return true;
        }
    }
    return false;
}

std::string literal_of_regex(std::string_view regex) {
    if (has_top_level_alternative(regex) || regex.starts_with("(?")) return {};
    return folded(certain_literal(regex));
}

/// The best clue of a pattern with wildcards in its midst.
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
    const auto best = std::min_element(all.begin(), all.end(), [](const Clue& a, const Clue& b) {
        return cost_of(a) < cost_of(b);
    });
    return best == all.end() ? Clue{} : *best;
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
            for (const std::string& regex : predicate.regex_texts) {
                const std::string literal = literal_of_regex(regex);
                out.push_back(
                    {literal.empty() ? Clue::Kind::presence : Clue::Kind::inside, literal});
            }
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
