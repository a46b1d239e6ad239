// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/event_shape.h"

#include <algorithm>

namespace persandian::sigma {
namespace {

std::uint64_t hash_of(const std::vector<EventField>& fields) {
    std::uint64_t hash = fields.size();
    for (const EventField& field : fields)
        hash = (hash ^ field.name_hash) * 0x9E3779B97F4A7C15ULL + (hash >> 32U);
    return hash ^ (hash >> 29U);
}

bool same_names(const EventShape& shape, const std::vector<EventField>& fields) {
    return std::equal(shape.names.begin(), shape.names.end(), fields.begin(), fields.end(),
                      [](std::uint64_t a, const EventField& b) { return a == b.name_hash; });
}

}  // namespace

ShapeTable::ShapeTable(const FieldTable& fields)
    : fields_(fields), buckets_(max_shapes * 2), chains_(fields.name_count()) {}

const EventShape& ShapeTable::of(const std::vector<EventField>& fields) {
    if (fields.size() > max_kept_fields) {
        build(fields, passing_);
        return passing_;
    }
    const std::size_t mask = buckets_.size() - 1;
    const std::size_t home = hash_of(fields) & mask;
    std::size_t at = home;
    for (; buckets_[at] != 0; at = (at + 1) & mask) {
        const EventShape& shape = *kept_[buckets_[at] - 1];
        if (same_names(shape, fields)) return shape;
    }
    if (kept_.size() == max_shapes) {
        forget();
        at = home;
    }
    kept_.push_back(std::make_unique<EventShape>());
    build(fields, *kept_.back());
    buckets_[at] = static_cast<std::uint32_t>(kept_.size());
    return *kept_.back();
}

void ShapeTable::forget() {
    kept_.clear();
    buckets_.assign(buckets_.size(), 0);
}

void ShapeTable::build(const std::vector<EventField>& fields, EventShape& out) {
    out.number = ++made_;
    out.names.clear();
    out.values.clear();
    out.first.assign(fields_.slot_count(), 0);
    out.present.clear();
    for (std::uint32_t i = 0; i < fields.size(); ++i) {
        out.names.push_back(fields[i].name_hash);
        out.values.push_back({i, 0});
        const NameId name = fields_.find(fields[i].name_hash, fields[i].name);
        if (name == no_name) continue;
        Chain& chain = chains_[name];
        if (chain.first == 0) {
            chain.first = i + 1;
            names_present_.push_back(name);
        } else {
            out.values[chain.last - 1].next = i + 1;
        }
        chain.last = i + 1;
    }
    out.values.push_back({static_cast<std::uint32_t>(fields.size()), 0});
    for (const NameId name : names_present_)
        for (const SlotId slot : fields_.slots_of(name))
            if (out.first[slot] == 0) resolve(slot, out);
    if (out.first[type_slot] == 0) {
        out.first[type_slot] = static_cast<std::uint32_t>(fields.size() + 1);
        out.present.push_back(type_slot);
    }
    for (const NameId name : names_present_) chains_[name] = {};
    names_present_.clear();
}

/// The first present of the slot's names, or all of equal rank with it.
void ShapeTable::resolve(SlotId slot, EventShape& out) {
    const std::span<const FieldTable::Candidate> all = fields_.candidates(slot);
    for (std::size_t i = 0; i < all.size();) {
        std::uint32_t single = 0;
        Chain joined;
        do {
            const std::uint32_t own = chains_[all[i].name].first;
            if (own != 0 && single == 0) {
                single = own;
            } else if (own != 0) {
                if (joined.first == 0) append_copies(single, joined, out);
                append_copies(own, joined, out);
            }
            ++i;
        } while (i < all.size() && all[i].joined);
        if (single == 0) continue;
        out.first[slot] = joined.first != 0 ? joined.first : single;
        out.present.push_back(slot);
        return;
    }
}

void ShapeTable::append_copies(std::uint32_t from, Chain& to, EventShape& out) {
    for (std::uint32_t i = from; i != 0; i = out.values[i - 1].next) {
        out.values.push_back({out.values[i - 1].field, 0});
        const auto number = static_cast<std::uint32_t>(out.values.size());
        (to.first == 0 ? to.first : out.values[to.last - 1].next) = number;
        to.last = number;
    }
}

}  // namespace persandian::sigma
