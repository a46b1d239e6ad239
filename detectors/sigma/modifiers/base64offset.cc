// SPDX-License-Identifier: Apache-2.0
#include "detectors/base/encoding.h"
#include "detectors/sigma/modifiers/modifier.h"
namespace persandian::sigma {
namespace {

/// `text` in base64 when `offset` unknown bytes stand before it, without the characters at both
/// ends that depend on the neighbours.
std::string encode_at(const std::string& text, std::size_t offset) {
    static constexpr std::size_t unstable_start[] = {0, 2, 3};
    static constexpr std::size_t unstable_end[] = {0, 3, 2};
    const std::string encoded = base64_encode(as_bytes(std::string(offset, ' ') + text));
    const std::size_t start = unstable_start[offset];
    const std::size_t end = encoded.size() - unstable_end[(offset + text.size()) % 3];
    return start < end ? encoded.substr(start, end - start) : std::string();
}

}  // namespace

const ModifierEntry& base64offset_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "base64offset",
        .summary =
            "the text in base64 at any of the three offsets it may have inside a longer text",
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            if (std::optional<Refusal> refusal = require_plain_texts(item, "base64offset"))
                return refusal;
            for (Term& term : item.terms) {
                std::vector<Operand> variants;
                for (const Operand& operand : term.alternatives) {
                    const std::string text = operand.pattern.literal_text();
                    for (std::size_t offset = 0; offset < 3; ++offset) {
                        const std::string cut = encode_at(text, offset);
                        if (cut.empty())
                            return Refusal{
                                "the text is too short for 'base64offset': nothing of it is "
                                "certain in base64; use at least three characters",
                                operand.mark};
                        variants.push_back(operand);
                        variants.back().pattern = Pattern::literal(cut);
                    }
                }
                term.alternatives = std::move(variants);
            }
            return std::nullopt;
        }};
    return entry;
}

}  // namespace persandian::sigma
