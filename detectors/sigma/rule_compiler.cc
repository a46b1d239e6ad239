// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/rule_compiler.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "detectors/event/content_fields.h"
#include "detectors/sigma/modifiers/utf8.h"

namespace persandian::sigma {
namespace {

/// A program as a tree, while it is built.
struct Tree {
    ProgramNode::Op op = ProgramNode::Op::atom;
    Atom atom;
    std::vector<Tree> children;
};

Tree join(ProgramNode::Op op, std::vector<Tree> children) {
    if (children.size() == 1) return std::move(children.front());
    Tree out;
    out.op = op;
    out.children = std::move(children);
    return out;
}

void add_key(std::string& key, std::string_view part) {
    key += fmt::format("{}:", part.size());
    key += part;
}

/// Equal for predicates that ask the same.
std::string identity(const Predicate& p) {
    std::string key = fmt::format("{},{},{},{},{}{}{};", static_cast<int>(p.kind), p.slot,
                                  p.cased ? 1 : 0, p.other_slot, p.regex_flags.ignore_case ? 1 : 0,
                                  p.regex_flags.multi_line ? 1 : 0, p.regex_flags.dot_all ? 1 : 0);
    for (const std::string& literal : p.literals) add_key(key, literal);
    for (const Pattern& pattern : p.patterns) {
        for (const Token& token : pattern.tokens()) {
            key += fmt::format("{}", static_cast<int>(token.kind));
            add_key(key, token.text);
        }
        key += '/';
    }
    for (const std::string& regex : p.regex_texts) add_key(key, regex);
    for (const Operand& operand : p.operands) {
        if (operand.sequence == nullptr) continue;
        add_key(key, operand.sequence->to_text());
        for (const ByteSequence::Step& step : operand.sequence->steps()) add_key(key, step.text);
    }
    for (const Operand& operand : p.operands)
        key += fmt::format("{},{},{},{},{},{};", operand.network.to_string(),
                           canonical_text(operand.number), static_cast<int>(operand.comparison),
                           static_cast<int>(operand.part), operand.open_start, operand.open_end);
    return key;
}

Predicate::Kind kind_of(const Operand& operand) {
    static constexpr std::array<Predicate::Kind, 6> of_shape = {
        Predicate::Kind::exact,    Predicate::Kind::prefix,   Predicate::Kind::suffix,
        Predicate::Kind::contains, Predicate::Kind::anything, Predicate::Kind::glob};
    switch (operand.kind) {
        case Operand::Kind::text:
            return of_shape[static_cast<std::size_t>(operand.pattern.shape())];
        case Operand::Kind::number:
        case Operand::Kind::boolean:
            return Predicate::Kind::exact;
        case Operand::Kind::null:
            return Predicate::Kind::null;
        case Operand::Kind::regex:
            return Predicate::Kind::regex;
        case Operand::Kind::network:
            return Predicate::Kind::network;
        case Operand::Kind::compare:
            return Predicate::Kind::compare;
        case Operand::Kind::exists:
            return operand.flag ? Predicate::Kind::present : Predicate::Kind::absent;
        case Operand::Kind::field:
            return Predicate::Kind::field;
        case Operand::Kind::sequence:
            return Predicate::Kind::sequence;
        case Operand::Kind::time_part:
            break;
    }
    return Predicate::Kind::time_part;
}

class Compiler {
  public:
    Compiler(const RuleAst& rule, const SourceDefinition& source, FieldTable& fields,
             PredicatePool& pool)
        : rule_(rule), source_(source), fields_(fields), pool_(pool) {}

    Tree condition(const ConditionNode& node) {
        if (node.kind == ConditionNode::Kind::detection) {
            selection_ = static_cast<std::uint32_t>(node.detection);
            return detection(rule_.detections[node.detection].body);
        }
        std::vector<Tree> children;
        for (const ConditionNode& child : node.children) children.push_back(condition(child));
        if (node.kind == ConditionNode::Kind::negation) return negate(std::move(children.front()));
        return join(node.kind == ConditionNode::Kind::all_of ? ProgramNode::Op::all_of
                                                             : ProgramNode::Op::any_of,
                    std::move(children));
    }

  private:
    static Tree negate(Tree child) {
        Tree out;
        out.op = ProgramNode::Op::negation;
        out.children.push_back(std::move(child));
        return out;
    }

    Tree detection(const DetectionNode& node) {
        if (node.kind == DetectionNode::Kind::item) return item(node.item);
        std::vector<Tree> children;
        for (const DetectionNode& child : node.children) children.push_back(detection(child));
        return join(node.kind == DetectionNode::Kind::all_of ? ProgramNode::Op::all_of
                                                             : ProgramNode::Op::any_of,
                    std::move(children));
    }

    SlotId slot_of(const std::string& field) {
        return field.empty() ? keyword_slot : fields_.intern(source_.candidates(field));
    }

    Tree item(const Item& item) {
        std::vector<Tree> parts;
        if (item.all) {
            for (const Term& term : item.terms) {
                std::vector<Tree> any = predicates(item, {&term, 1});
                parts.push_back(join(ProgramNode::Op::any_of, std::move(any)));
            }
        } else {
            parts = predicates(item, item.terms);
        }
        Tree out =
            join(item.all ? ProgramNode::Op::all_of : ProgramNode::Op::any_of, std::move(parts));
        return item.negated ? negate(std::move(out)) : std::move(out);
    }

    /// One atom per kind of operand in `terms`; they are joined by or.
    std::vector<Tree> predicates(const Item& item, std::span<const Term> terms) {
        std::vector<Predicate> all;
        for (const Term& term : terms)
            for (const Operand& operand : term.alternatives)
                add(group(all, item, operand), item, operand);
        std::vector<Tree> atoms;
        for (Predicate& predicate : all) {
            Tree& tree = atoms.emplace_back();
            tree.atom = {pool_.intern(std::move(predicate)), selection_, item.field};
        }
        return atoms;
    }

    /// Numbers and booleans have no case that an author could mean.
    static bool is_cased(const Item& item, const Operand& operand) {
        return item.cased && operand.kind != Operand::Kind::number &&
               operand.kind != Operand::Kind::boolean;
    }

    /// Whether the field's values are bytes, whatever name of its the event has.
    bool is_of_bytes(const std::string& field) const {
        const std::vector<std::string> names = source_.candidates(field);
        return std::all_of(names.begin(), names.end(), [](const std::string& name) {
            return std::any_of(fields::only_bytes.begin(), fields::only_bytes.end(),
                               [&](const Field* known) { return known->name() == name; });
        });
    }

    /// The predicate of `all` that takes the operand; appended when there is none yet.
    Predicate& group(std::vector<Predicate>& all, const Item& item, const Operand& operand) {
        const Predicate::Kind kind = kind_of(operand);
        const bool cased = is_cased(item, operand);
        const bool alone = kind == Predicate::Kind::field;
        if (!alone)
            for (Predicate& predicate : all)
                if (predicate.kind == kind && predicate.cased == cased) return predicate;
        Predicate& fresh = all.emplace_back();
        fresh.kind = kind;
        fresh.slot = slot_of(item.field);
        fresh.cased = cased;
        fresh.of_bytes = is_of_bytes(item.field);
        if (kind == Predicate::Kind::field) fresh.other_slot = slot_of(operand.written);
        if (kind == Predicate::Kind::regex) fresh.regex_flags = item.regex;
        return fresh;
    }

    void add(Predicate& out, const Item& item, const Operand& operand) {
        const auto fold_unless_cased = [&](std::string_view text) {
            return out.cased ? std::string(text) : folded(text);
        };
        out.written.push_back(operand.written);
        switch (out.kind) {
            case Predicate::Kind::exact:
            case Predicate::Kind::prefix:
            case Predicate::Kind::suffix:
            case Predicate::Kind::contains:
                out.literals.push_back(fold_unless_cased(text_of(operand)));
                if (operand.kind == Operand::Kind::text)
                    out.written.back() = operand.pattern.literal_text();
                break;
            case Predicate::Kind::glob:
                out.patterns.push_back(item.cased ? operand.pattern : operand.pattern.folded());
                out.written.back() = operand.pattern.to_text();
                break;
            case Predicate::Kind::regex:
                out.regex_texts.push_back(operand.written);
                break;
            case Predicate::Kind::network:
            case Predicate::Kind::compare:
            case Predicate::Kind::time_part:
            case Predicate::Kind::field:
            case Predicate::Kind::sequence:
                out.operands.push_back(operand);
                break;
            case Predicate::Kind::anything:
            case Predicate::Kind::null:
            case Predicate::Kind::present:
            case Predicate::Kind::absent:
                break;
        }
    }

    /// Whole numbers beyond 64 bits keep their digits, as they do in events.
    static std::string number_text(const Operand& operand) {
        const bool whole = operand.written.find_first_of(".eE") == std::string::npos;
        if (operand.number.is_integer || !whole) return canonical_text(operand.number);
        const std::string sign = operand.written[0] == '-' ? "-" : "";
        const std::size_t digits = operand.written.find_first_not_of("+-0");
        return sign + operand.written.substr(std::min(digits, operand.written.size()));
    }

    static std::string text_of(const Operand& operand) {
        if (operand.kind == Operand::Kind::number) return number_text(operand);
        if (operand.kind == Operand::Kind::boolean) return operand.flag ? "true" : "false";
        return operand.pattern.literal_text();
    }

    const RuleAst& rule_;
    const SourceDefinition& source_;
    FieldTable& fields_;
    PredicatePool& pool_;
    std::uint32_t selection_ = 0;
};

unsigned cost_of(const Tree& tree, const PredicatePool& pool) {
    if (tree.op == ProgramNode::Op::atom) return pool[tree.atom.predicate].cost();
    unsigned total = 0;
    for (const Tree& child : tree.children) total += cost_of(child, pool);
    return total;
}

/// Cheap questions first.
void order(Tree& tree, const PredicatePool& pool) {
    for (Tree& child : tree.children) order(child, pool);
    std::stable_sort(tree.children.begin(), tree.children.end(), [&](const Tree& a, const Tree& b) {
        return cost_of(a, pool) < cost_of(b, pool);
    });
}

void flatten(const Tree& tree, std::size_t at, Program& out) {
    ProgramNode node;
    node.op = tree.op;
    if (tree.op == ProgramNode::Op::atom) {
        node.first = static_cast<std::uint32_t>(out.atoms.size());
        out.atoms.push_back(tree.atom);
    } else {
        node.first = static_cast<std::uint32_t>(out.nodes.size());
        node.count = static_cast<std::uint32_t>(tree.children.size());
        out.nodes.resize(out.nodes.size() + tree.children.size());
        for (std::size_t i = 0; i < tree.children.size(); ++i)
            flatten(tree.children[i], node.first + i, out);
    }
    out.nodes[at] = node;
}

}  // namespace

PredicateId PredicatePool::intern(Predicate predicate) {
    const auto [at, fresh] =
        ids_.try_emplace(identity(predicate), static_cast<PredicateId>(predicates_.size()));
    if (fresh) predicates_.push_back(std::move(predicate));
    return at->second;
}

Program compile_program(const RuleAst& rule, const SourceDefinition& source, FieldTable& fields,
                        PredicatePool& pool) {
    Tree tree = Compiler(rule, source, fields, pool).condition(rule.condition);
    order(tree, pool);
    Program program;
    program.nodes.resize(1);
    flatten(tree, 0, program);
    return program;
}

namespace {

void describe_node(const Program& program, std::size_t at, const PredicatePool& pool,
                   const std::vector<std::string>& selections, std::size_t depth,
                   std::string& out) {
    constexpr std::size_t max_shown = 8;
    const ProgramNode& node = program.nodes[at];
    const std::string indent(2 * depth, ' ');
    if (node.op == ProgramNode::Op::atom) {
        const Atom& atom = program.atoms[node.first];
        const Predicate& predicate = pool[atom.predicate];
        out += fmt::format("{}{}: {} ", indent, selections[atom.selection],
                           atom.field.empty() ? "any value" : atom.field);
        for (std::size_t i = 0; i < std::min(max_shown, predicate.operand_count()); ++i)
            out += (i == 0 ? "" : " or ") + predicate.describe(i);
        if (predicate.operand_count() > max_shown)
            out += fmt::format(" or {} more", predicate.operand_count() - max_shown);
        out += '\n';
        return;
    }
    static constexpr std::array<std::string_view, 4> names = {"", "all of:", "any of:", "not:"};
    out += fmt::format("{}{}\n", indent, names[static_cast<std::size_t>(node.op)]);
    for (std::uint32_t i = 0; i < node.count; ++i)
        describe_node(program, node.first + i, pool, selections, depth + 1, out);
}

}  // namespace

std::string describe(const Program& program, const PredicatePool& pool,
                     const std::vector<std::string>& selections) {
    std::string out;
    describe_node(program, 0, pool, selections, 0, out);
    return out;
}

}  // namespace persandian::sigma
