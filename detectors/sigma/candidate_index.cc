// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/candidate_index.h"

#include <algorithm>

#include <xxhash.h>

#include "detectors/sigma/modifiers/utf8.h"

namespace persandian::sigma {
namespace {

std::uint64_t hash_of(std::string_view text) {
    return XXH3_64bits(text.data(), text.size());
}

/// From the last path separator on; the whole text when there is none.
std::string_view last_component(std::string_view text) {
    const std::size_t at = text.find_last_of("\\/");
    return at == std::string_view::npos ? text : text.substr(at);
}

/// Whether a value that ends with `literal` has exactly `literal` as its last component.
bool is_whole_component(std::string_view literal) {
    return !literal.empty() && (literal[0] == '\\' || literal[0] == '/') &&
           literal.find_last_of("\\/") == 0;
}

/// How often a literal is expected to be found by chance, in arbitrary units.
double literal_cost(std::string_view literal) {
    static const std::vector<std::string_view> frequent = {
        "c:\\",       "\\windows\\",    "\\system32\\", "c:\\windows\\", "\\program files",
        ".exe",       ".dll",           "system32",     "windows",       "http",
        "\\users\\",  "hkey",           "\\software\\", "microsoft",     "\\appdata\\",
        "powershell", "currentversion", "select"};
    for (const std::string_view word : frequent)
        if (word.find(literal) != std::string_view::npos) return 300;
    switch (literal.size()) {
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
            return literal.size() < 8 ? 4 : 1.5;
    }
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

/// The texts by which an index can notice the predicate; empty: only by the slot's presence.
std::vector<std::string> literals_of(const Predicate& predicate) {
    std::vector<std::string> out;
    for (const std::string& literal : predicate.literals) out.push_back(folded(literal));
    for (const Pattern& pattern : predicate.patterns)
        out.push_back(folded(pattern.longest_literal()));
    for (const std::string& regex : predicate.regex_texts) out.push_back(literal_of_regex(regex));
    if (predicate.kind != Predicate::Kind::exact)
        if (std::any_of(out.begin(), out.end(), [](const std::string& s) { return s.empty(); }))
            out.clear();
    return out;
}

double predicate_cost(const Predicate& predicate) {
    constexpr double presence = 5000;
    const std::vector<std::string> literals = literals_of(predicate);
    double spread = predicate.slot == keyword_slot ? 10 : 1;
    if (literals.empty()) return presence * spread;
    double cost = 0;
    for (const std::string& literal : literals) {
        if (predicate.kind == Predicate::Kind::exact) {
            cost += literal.size() < 3 ? 8 : 1;
        } else if (predicate.kind == Predicate::Kind::suffix && is_whole_component(literal)) {
            cost += 1;
        } else {
            cost += literal_cost(literal);
        }
    }
    return std::min(cost, presence * 0.9) * spread;
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

Witness find_witness(const Program& program, const PredicatePool& pool) {
    return of_node(program, 0, pool);
}

CandidateIndex::SlotIndex& CandidateIndex::of_slot(SlotId slot) {
    for (SlotIndex& index : slots_)
        if (index.slot == slot) return index;
    slots_.emplace_back();
    slots_.back().slot = slot;
    return slots_.back();
}

void CandidateIndex::add(VariantId variant, const Program& program, const PredicatePool& pool) {
    ++variant_count_;
    const Witness witness = find_witness(program, pool);
    if (!witness.possible) {
        always_.push_back(variant);
        return;
    }
    for (const PredicateId id : witness.predicates) add_predicate(variant, pool[id]);
}

void CandidateIndex::add_predicate(VariantId variant, const Predicate& predicate) {
    SlotIndex& index = of_slot(predicate.slot);
    const auto add_once = [variant](Variants& list) {
        if (list.empty() || list.back() != variant) list.push_back(variant);
    };
    const std::vector<std::string> literals = literals_of(predicate);
    if (literals.empty()) add_once(index.present);
    for (const std::string& literal : literals) {
        if (predicate.kind == Predicate::Kind::exact) {
            add_once(index.exact[hash_of(literal)]);
        } else if (predicate.kind == Predicate::Kind::suffix && is_whole_component(literal)) {
            add_once(index.ending[hash_of(literal)]);
        } else {
            const auto [at, fresh] =
                index.literal_numbers.try_emplace(literal, index.literals.size());
            if (fresh) {
                index.literals.push_back(literal);
                index.literal_variants.emplace_back();
            }
            add_once(index.literal_variants[at->second]);
        }
    }
}

void CandidateIndex::build() {
    for (SlotIndex& index : slots_) {
        if (!index.literals.empty())
            index.matcher = std::make_unique<LiteralMatcher>(index.literals);
        index.literals.clear();
        index.literal_numbers.clear();
    }
}

void CandidateIndex::prepare(MatchScratch& scratch) const {
    for (const SlotIndex& index : slots_)
        if (index.matcher) index.matcher->prepare(scratch.literals);
}

void CandidateIndex::find_in(const SlotIndex& index, std::string_view text, MatchScratch& scratch,
                             std::vector<std::uint32_t>& hits, CandidateSet& out) {
    if (!index.exact.empty())
        if (const auto found = index.exact.find(hash_of(text)); found != index.exact.end())
            out.add(found->second);
    if (!index.ending.empty())
        if (const auto found = index.ending.find(hash_of(last_component(text)));
            found != index.ending.end())
            out.add(found->second);
    if (index.matcher == nullptr) return;
    hits.clear();
    index.matcher->scan(text, scratch.literals, hits);
    for (const std::uint32_t hit : hits) out.add(index.literal_variants[hit]);
}

void CandidateIndex::find(EventView& view, MatchScratch& scratch, std::vector<std::uint32_t>& hits,
                          CandidateSet& out) const {
    out.add(always_);
    for (const SlotIndex& index : slots_) {
        const std::uint32_t first = view.first(index.slot);
        if (first == 0) continue;
        out.add(index.present);
        for (std::uint32_t i = first; i != 0; i = view.value(i).next)
            if (!view.value(i).value->is_null())
                find_in(index, view.folded(view.value(i)), scratch, hits, out);
    }
}

std::size_t CandidateIndex::database_size_bytes() const {
    std::size_t size = 0;
    for (const SlotIndex& index : slots_)
        if (index.matcher) size += index.matcher->database_size_bytes();
    return size;
}

}  // namespace persandian::sigma
