// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"
#include "detectors/sigma/modifiers/utf16_text.h"
namespace persandian::sigma {
namespace {
constexpr std::string_view aliases[] = {"wide"};
}

const ModifierEntry& utf16le_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "utf16le",
        .summary = "the text in UTF-16, low byte first",
        .aliases = aliases,
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            return encode_texts(item, "utf16le", [](std::string_view text) {
                return to_utf16(text, ByteOrder::little);
            });
        }};
    return entry;
}

}  // namespace persandian::sigma
