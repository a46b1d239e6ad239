// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"
#include "detectors/sigma/modifiers/utf16_text.h"

namespace persandian::sigma {
namespace {

std::string encode(std::string_view text) {
    return "\xFF\xFE" + to_utf16(text, ByteOrder::little);
}

}  // namespace

const ModifierEntry& utf16_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "utf16",
        .summary = "the text in UTF-16 with a byte order mark, low byte first",
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            return encode_texts(item, "utf16", encode);
        }};
    return entry;
}

}  // namespace persandian::sigma
