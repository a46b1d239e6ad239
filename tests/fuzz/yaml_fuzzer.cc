// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a YAML file, with limits small enough that an input of a fuzzer's size meets them.
// It ends; what it gives is within the limits, and the documents are parts of the file in order.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "detectors/base/check.h"
#include "detectors/base/yaml.h"

namespace {

using namespace persandian;

struct Size {
    std::size_t nodes = 0;
    std::size_t text_bytes = 0;
    std::size_t depth = 0;
};

Size measure(const yaml::Node& node) {
    Size size{1, node.text.size(), 0};
    const auto add = [&size](const yaml::Node& child) {
        const Size below = measure(child);
        size.nodes += below.nodes;
        size.text_bytes += below.text_bytes;
        size.depth = std::max(size.depth, below.depth);
    };
    for (const yaml::Node& item : node.items) add(item);
    for (const yaml::Entry& entry : node.entries) {
        size.text_bytes += entry.key.size();
        ++size.nodes;
        add(entry.value);
    }
    if (node.is_map() || node.is_sequence()) ++size.depth;
    return size;
}

void check(std::string_view text, const yaml::Limits& limits) {
    const yaml::ParseOutcome outcome = yaml::parse(text, limits);
    PERSANDIAN_CHECK(outcome.documents.size() <= limits.max_documents);
    const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
    if (outcome.problem) {
        PERSANDIAN_CHECK(outcome.problem->mark.line >= 1 && outcome.problem->mark.column >= 1);
        PERSANDIAN_CHECK(outcome.problem->mark.line <= lines);
        PERSANDIAN_CHECK(!outcome.problem->reason.empty());
    }
    Size all;
    std::size_t at = 0;
    for (const yaml::Document& document : outcome.documents) {
        const Size size = measure(document.root);
        PERSANDIAN_CHECK(size.depth <= limits.max_depth);
        all.nodes += size.nodes;
        all.text_bytes += size.text_bytes;
        PERSANDIAN_CHECK(document.begin_byte == at && document.end_byte >= at);
        at = document.end_byte;
        (void)document.root.as_integer();
        (void)document.root.as_number();
        (void)document.root.as_boolean();
    }
    PERSANDIAN_CHECK(outcome.problem || outcome.documents.empty() || at == text.size());
    PERSANDIAN_CHECK(all.nodes <= limits.max_nodes && all.text_bytes <= limits.max_text_bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check(text, {});
    yaml::Limits small;
    small.max_depth = 5;
    small.max_nodes = 50;
    small.max_text_bytes = 200;
    small.max_value_bytes = 100;
    small.max_documents = 4;
    check(text, small);
    return 0;
}
