// SPDX-License-Identifier: Apache-2.0
//
// SlabTable: a hash table whose entries stay at their address, are recycled without allocation,
// and stand in lists from the longest idle to the latest used.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "detectors/base/check.h"

namespace persandian::flow {

/// Key: comparable with ==. Value: default constructible and movable. Hashes are made by the caller
/// (seeded). Each entry is in one of `list_count` lists, ordered by the last touch(). Memory grows
/// by slabs of entries and is kept for reuse; the caller bounds size().
template <typename Key, typename Value, std::size_t list_count>
class SlabTable {
  public:
    struct Node {
        Key key;
        Value value;
        std::uint64_t hash = 0;
        Node* chain = nullptr;  ///< next in the bucket, or in the free list
        Node* older = nullptr;
        Node* newer = nullptr;
        std::uint8_t list = 0;
    };
    /// What one entry costs, its share of the buckets included.
    static constexpr std::size_t node_cost_bytes = sizeof(Node) + 2 * sizeof(Node*);

    SlabTable() : buckets_(initial_buckets, nullptr) {}
    SlabTable(const SlabTable&) = delete;
    SlabTable& operator=(const SlabTable&) = delete;

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Null when absent. Valid until erased.
    [[nodiscard]] Node* find(const Key& key, std::uint64_t hash) noexcept {
        Node* node = buckets_[hash & (buckets_.size() - 1)];
        while (node != nullptr && !(node->hash == hash && node->key == key)) node = node->chain;
        return node;
    }
    /// Adds a key that is not there, as the newest of `list`.
    Node& insert(const Key& key, std::uint64_t hash, std::uint8_t list) {
        if (size_ >= buckets_.size()) grow();
        if (free_ == nullptr) add_slab();
        Node& node = *free_;
        free_ = node.chain;
        node.key = key;
        node.hash = hash;
        Node*& bucket = buckets_[hash & (buckets_.size() - 1)];
        node.chain = bucket;
        bucket = &node;
        node.list = list;
        link_newest(node);
        ++size_;
        return node;
    }
    /// Makes `node` the newest of `list`.
    void touch(Node& node, std::uint8_t list) noexcept {
        if (node.list == list && lists_[list].newest == &node) return;
        unlink(node);
        node.list = list;
        link_newest(node);
    }
    /// The longest untouched entry of `list`; null when the list is empty.
    [[nodiscard]] Node* oldest(std::size_t list) noexcept { return lists_[list].oldest; }
    /// Takes `node` out; its value is destroyed.
    void erase(Node& node) noexcept {
        Node** link = &buckets_[node.hash & (buckets_.size() - 1)];
        while (*link != &node) link = &(*link)->chain;
        *link = node.chain;
        unlink(node);
        node.value = Value{};
        node.chain = free_;
        free_ = &node;
        --size_;
    }

  private:
    static constexpr std::size_t initial_buckets = 1024;
    static constexpr std::size_t slab_nodes = 64;
    struct List {
        Node* oldest = nullptr;
        Node* newest = nullptr;
    };

    void add_slab() {
        slabs_.push_back(std::make_unique<Node[]>(slab_nodes));
        for (std::size_t i = slab_nodes; i-- > 0;) {
            slabs_.back()[i].chain = free_;
            free_ = &slabs_.back()[i];
        }
    }
    void grow() {
        std::vector<Node*> wider(buckets_.size() * 2, nullptr);
        for (Node* node : buckets_) {
            while (node != nullptr) {
                Node* const rest = node->chain;
                Node*& bucket = wider[node->hash & (wider.size() - 1)];
                node->chain = bucket;
                bucket = node;
                node = rest;
            }
        }
        buckets_.swap(wider);
    }
    void link_newest(Node& node) noexcept {
        List& list = lists_[node.list];
        node.older = list.newest;
        node.newer = nullptr;
        (list.newest == nullptr ? list.oldest : list.newest->newer) = &node;
        list.newest = &node;
    }
    void unlink(Node& node) noexcept {
        List& list = lists_[node.list];
        (node.older == nullptr ? list.oldest : node.older->newer) = node.newer;
        (node.newer == nullptr ? list.newest : node.newer->older) = node.older;
    }

    std::vector<Node*> buckets_;  ///< a power of two
    std::vector<std::unique_ptr<Node[]>> slabs_;
    Node* free_ = nullptr;
    std::array<List, list_count> lists_{};
    std::size_t size_ = 0;
};

}  // namespace persandian::flow
