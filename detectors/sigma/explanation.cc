// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/explanation.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace persandian::sigma {
namespace {

constexpr std::size_t max_values_shown = 4;
constexpr std::size_t max_value_bytes_shown = 200;
constexpr std::size_t max_operands_shown = 6;

class Explainer {
  public:
    Explainer(const CompiledSet& set, ProgramRunner& runner, const Variant& variant)
        : set_(set), runner_(runner), variant_(variant) {}

    std::string text() {
        node(0, 1);
        return std::move(out_);
    }

  private:
    void node(std::size_t at, std::size_t depth) {
        const ProgramNode& node_at = variant_.program.nodes[at];
        out_ += std::string(2 * depth, ' ');
        out_ += runner_.holds(variant_.program, at) ? "[yes] " : "[no]  ";
        if (node_at.op == ProgramNode::Op::atom) {
            atom(variant_.program.atoms[node_at.first], depth);
            return;
        }
        static constexpr std::array<std::string_view, 4> names = {"", "all of:", "any of:", "not:"};
        out_ += fmt::format("{}\n", names[static_cast<std::size_t>(node_at.op)]);
        for (std::uint32_t i = 0; i < node_at.count; ++i) node(node_at.first + i, depth + 1);
    }

    void atom(const Atom& atom, std::size_t depth) {
        const Predicate& predicate = set_.predicates[atom.predicate];
        out_ += fmt::format("{}: {} ", set_.selections[variant_.rule][atom.selection],
                            atom.field.empty() ? "any value" : atom.field);
        Hit hit;
        if (predicate.find(runner_.view(), runner_.scratch(), hit)) {
            out_ += predicate.describe(hit.operand) + '\n';
            if (hit.value != 0) value(hit.value, depth);
            return;
        }
        const std::size_t shown = std::min(predicate.operand_count(), max_operands_shown);
        for (std::size_t i = 0; i < std::max<std::size_t>(shown, 1); ++i)
            out_ += (i == 0 ? "" : " or ") + predicate.describe(i);
        if (predicate.operand_count() > shown)
            out_ += fmt::format(" or {} more", predicate.operand_count() - shown);
        out_ += '\n';
        if (predicate.slot != keyword_slot) values(predicate.slot, depth);
    }

    void values(SlotId slot, std::size_t depth) {
        std::uint32_t i = runner_.view().first(slot);
        if (i == 0) line("the event has no such field", depth);
        for (std::size_t count = 0; i != 0; i = runner_.view().value(i).next) {
            if (++count > max_values_shown) return line("…", depth);
            value(i, depth);
        }
    }

    void value(std::uint32_t index, std::size_t depth) {
        SlotValue& shown = runner_.view().value(index);
        if (shown.value->is_null()) return line("its value is null", depth);
        const std::string_view text = runner_.view().text(shown);
        line(fmt::format("its value is '{}'{}", text.substr(0, max_value_bytes_shown),
                         text.size() > max_value_bytes_shown ? "…" : ""),
             depth);
    }

    void line(std::string_view text, std::size_t depth) {
        out_ += fmt::format("{}      {}\n", std::string(2 * depth, ' '), text);
    }

    const CompiledSet& set_;
    ProgramRunner& runner_;
    const Variant& variant_;
    std::string out_;
};

bool applies(const CompiledSet& set, VariantId variant, std::span<const std::uint32_t> sources) {
    const std::vector<std::uint32_t>& wanted = set.sources_of_variant[variant];
    const bool source_fits = std::any_of(wanted.begin(), wanted.end(), [&](std::uint32_t source) {
        return source == CompiledSet::every_source ||
               std::find(sources.begin(), sources.end(), source) != sources.end();
    });
    return source_fits && set.service_fits(set.variants[variant], sources);
}

}  // namespace

std::string to_text(const LogSource& source) {
    std::string out;
    const auto add = [&](std::string_view key, const std::string& value) {
        if (!value.empty()) out += fmt::format("{}{}={}", out.empty() ? "" : " ", key, value);
    };
    add("product", source.product);
    add("category", source.category);
    add("service", source.service);
    return out;
}

std::string explain_event(const CompiledSet& set, ProgramRunner& runner,
                          std::span<const std::uint32_t> sources, std::string_view rule) {
    const auto found = set.by_name.find(rule);
    if (found == set.by_name.end()) return {};
    std::string out = sources.empty() ? "the event is of no known log source\n"
                                      : "the event is of these log sources:\n";
    for (const std::uint32_t source : sources)
        out += fmt::format("  {}\n", to_text(set.sources[source].name));
    bool any = false;
    bool fires = false;
    for (VariantId variant = 0; variant < set.variants.size(); ++variant) {
        if (set.variants[variant].rule != found->second || !applies(set, variant, sources))
            continue;
        any = true;
        fires = fires || runner.holds(set.variants[variant].program);
        out += "the rule's condition, as compiled for them:\n";
        out += Explainer(set, runner, set.variants[variant]).text();
    }
    if (!any)
        return out + fmt::format("the rule is not for such events: it wants {}\n",
                                 set.infos[found->second].logsource);
    return out + (fires ? "the rule fires\n" : "the rule does not fire\n");
}

}  // namespace persandian::sigma
