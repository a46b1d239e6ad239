// SPDX-License-Identifier: Apache-2.0
#include "tools/verify/merkle.h"

#include <algorithm>
#include <bit>

#include "tools/verify/encoding.h"

namespace persandian::verify {

namespace {

constexpr std::size_t max_proof_hashes = 63;

bool is_odd(std::uint64_t value) {
    return (value & 1U) != 0;
}

/// Takes one line off `text`; nullopt when it has no line feed.
std::optional<std::string_view> take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

}  // namespace

void TreeBuilder::append(const Digest& leaf, Sha256& sha) {
    Digest hash = leaf;
    for (std::uint64_t full = size_; is_odd(full); full >>= 1U) {
        hash = sha.node(peaks_.back(), hash);
        peaks_.pop_back();
    }
    peaks_.push_back(hash);
    ++size_;
}

Digest TreeBuilder::root(Sha256& sha) const {
    if (peaks_.empty()) return sha.of("");
    Digest hash = peaks_.back();
    for (std::size_t i = peaks_.size() - 1; i > 0; --i) hash = sha.node(peaks_[i - 1], hash);
    return hash;
}

bool verify_inclusion(Sha256& sha, const Digest& leaf, std::uint64_t index, std::uint64_t size,
                      std::span<const Digest> proof, const Digest& root) {
    if (index >= size) return false;
    std::uint64_t node = index;
    std::uint64_t last = size - 1;
    Digest hash = leaf;
    for (const Digest& sibling : proof) {
        if (last == 0) return false;
        if (is_odd(node) || node == last) {
            hash = sha.node(sibling, hash);
            while (!is_odd(node) && node != 0) {
                node >>= 1U;
                last >>= 1U;
            }
        } else {
            hash = sha.node(hash, sibling);
        }
        node >>= 1U;
        last >>= 1U;
    }
    return last == 0 && hash == root;
}

bool verify_consistency(Sha256& sha, std::uint64_t old_size, const Digest& old_root,
                        std::uint64_t new_size, const Digest& new_root,
                        std::span<const Digest> proof) {
    if (old_size == 0 || old_size > new_size) return false;
    if (old_size == new_size) return proof.empty() && old_root == new_root;
    std::uint64_t node = old_size - 1;
    std::uint64_t last = new_size - 1;
    while (is_odd(node)) {
        node >>= 1U;
        last >>= 1U;
    }
    std::size_t at = 0;
    Digest old_hash = old_root;
    if (!std::has_single_bit(old_size)) {
        if (proof.empty()) return false;
        old_hash = proof[at++];
    }
    Digest new_hash = old_hash;
    for (; at < proof.size(); ++at) {
        if (last == 0) return false;
        if (is_odd(node) || node == last) {
            old_hash = sha.node(proof[at], old_hash);
            new_hash = sha.node(proof[at], new_hash);
            while (!is_odd(node) && node != 0) {
                node >>= 1U;
                last >>= 1U;
            }
        } else {
            new_hash = sha.node(new_hash, proof[at]);
        }
        node >>= 1U;
        last >>= 1U;
    }
    return last == 0 && old_hash == old_root && new_hash == new_root;
}

std::optional<TlogProof> parse_tlog_proof(std::string_view text) {
    TlogProof out;
    auto line = take_line(text);
    if (!line || *line != "c2sp.org/tlog-proof@v1") return std::nullopt;
    line = take_line(text);
    if (line && line->starts_with("extra ")) {
        if (!base64_decode(line->substr(6))) return std::nullopt;
        line = take_line(text);
    }
    if (!line || !line->starts_with("index ")) return std::nullopt;
    const auto index = decimal_decode(line->substr(6));
    if (!index || *index >= max_tree_size) return std::nullopt;
    out.index = *index;
    for (line = take_line(text); line && !line->empty(); line = take_line(text)) {
        const auto hash = base64_decode(*line);
        if (!hash || hash->size() != 32 || out.hashes.size() == max_proof_hashes)
            return std::nullopt;
        std::copy(hash->begin(), hash->end(), out.hashes.emplace_back().begin());
    }
    if (!line) return std::nullopt;
    out.checkpoint = text;
    return out;
}

}  // namespace persandian::verify
