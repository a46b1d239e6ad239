// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/source_finder.h"

#include <algorithm>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace persandian::sigma {
namespace {

/// The memo has no other slot: the key says of which shape it is.
constexpr std::uint64_t only_slot = 1;

void append_number(std::string& out, std::uint64_t number) {
    out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

}  // namespace

SourceFinder::SourceFinder(const Router& router)
    : router_(router), plans_(max_plans), memo_(max_remembered) {}

std::span<const std::uint32_t> SourceFinder::find(EventView& view) {
    write_key(plan_of(view.shape()), view);
    const std::uint64_t hash = XXH3_64bits(key_.data(), key_.size());
    if (const auto known = memo_.find(hash, only_slot, key_)) return *known;
    router_.find(view, sources_);
    memo_.keep(hash, only_slot, key_, sources_);
    return sources_;
}

const SourceFinder::Plan& SourceFinder::plan_of(const EventShape& shape) {
    Plan& plan = plans_[shape.number % max_plans];
    if (plan.shape == shape.number) return plan;
    plan.shape = shape.number;
    plan.first.clear();
    for (const SlotId slot : router_.slots())
        if (shape.first[slot] != 0) plan.first.push_back(shape.first[slot]);
    return plan;
}

/// The shape says how many values there are, and each says how long it is: no two lists of values
/// have the same key.
void SourceFinder::write_key(const Plan& plan, EventView& view) {
    key_.clear();
    append_number(key_, plan.shape);
    for (const std::uint32_t first : plan.first) {
        for (std::uint32_t i = first; i != 0; i = view.value(i).next) {
            SlotValue& value = view.value(i);
            if (value.value->is_null()) {
                append_number(key_, UINT64_MAX);
                continue;
            }
            const std::string_view text = view.text(value);
            append_number(key_, text.size());
            key_ += text;
        }
    }
}

}  // namespace persandian::sigma
