// SPDX-License-Identifier: Apache-2.0
//
// The only file that includes simdjson. Of its two stages the first is used: its on-demand reader
// goes over the same tokens, at more than twice the cost per field.
#include "detectors/logs/json_tokens.h"

#define SIMDJSON_EXCEPTIONS 0  // nothing may throw here: without them it does not compile
#include <simdjson.h>

namespace persandian::logs {

static_assert(JsonTokens::padding_bytes >= simdjson::SIMDJSON_PADDING);

struct JsonTokens::Parser {
    simdjson::dom::parser dom;
};

JsonTokens::JsonTokens() : parser_(std::make_unique<Parser>()) {}
JsonTokens::~JsonTokens() = default;

std::span<const std::uint32_t> JsonTokens::find(std::string_view text) {
    simdjson::dom::parser& dom = parser_->dom;
    // The depth is of the second stage.
    if (dom.capacity() < text.size() && dom.allocate(text.size() + text.size() / 2, 1)) return {};
    if (dom.implementation == nullptr && dom.allocate(text.size(), 1)) return {};
    const auto* const bytes =
        static_cast<const std::uint8_t*>(static_cast<const void*>(text.data()));
    if (dom.implementation->stage1(bytes, text.size(), simdjson::stage1_mode::regular)) return {};
    const std::uint32_t count = dom.implementation->n_structural_indexes;
    std::uint32_t* const offsets = dom.implementation->structural_indexes.get();
    offsets[count] = static_cast<std::uint32_t>(text.size());
    return {offsets, count + 1};
}

}  // namespace persandian::logs
