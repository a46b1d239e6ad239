// SPDX-License-Identifier: Apache-2.0
#include "detectors/base/encoding.h"
#include "detectors/sigma/modifiers/modifier.h"
namespace persandian::sigma {

const ModifierEntry& base64_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "base64",
        .summary = "the text in base64",
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            return encode_texts(item, "base64", [](std::string_view text) {
                return base64_encode(as_bytes(text));
            });
        }};
    return entry;
}

}  // namespace persandian::sigma
