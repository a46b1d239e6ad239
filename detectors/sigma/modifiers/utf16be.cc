// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"
#include "detectors/sigma/modifiers/utf16_text.h"
namespace persandian::sigma {

const ModifierEntry& utf16be_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "utf16be",
        .summary = "the text in UTF-16, high byte first",
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            return encode_texts(item, "utf16be", [](std::string_view text) {
                return to_utf16(text, ByteOrder::big);
            });
        }};
    return entry;
}

}  // namespace persandian::sigma
