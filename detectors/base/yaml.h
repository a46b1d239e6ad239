// SPDX-License-Identifier: Apache-2.0
//
// YAML documents with positions, read strictly: duplicate keys, alias bombs, too deep or too large
// documents, foreign characters are errors. The only file that includes yaml-cpp is yaml.cc.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/base/check.h"
#include "detectors/base/units.h"

namespace persandian::yaml {

/// A position in a file, counted from 1.
struct Mark {
    std::size_t line = 1;
    std::size_t column = 1;
};

struct Entry;

/// A node of a document: a plain tree, aliases already replaced by copies.
struct Node {
    enum class Kind { null, scalar, sequence, map };
    Kind kind = Kind::null;
    Mark mark;
    std::string text;  ///< scalars: the value; quoting and escapes already undone
    bool quoted =
        false;  ///< scalars: written in quotes or as a block, so never a number or boolean
    std::vector<Node> items;     ///< sequences
    std::vector<Entry> entries;  ///< maps, in the order of the file

    [[nodiscard]] bool is_null() const noexcept { return kind == Kind::null; }
    [[nodiscard]] bool is_scalar() const noexcept { return kind == Kind::scalar; }
    [[nodiscard]] bool is_sequence() const noexcept { return kind == Kind::sequence; }
    [[nodiscard]] bool is_map() const noexcept { return kind == Kind::map; }
    /// The value of `key` in a map; null pointer when absent. Valid as long as the node.
    [[nodiscard]] const Node* find(std::string_view key) const noexcept PERSANDIAN_LIFETIME_BOUND;
    /// Unquoted scalars that are a decimal integer of the YAML core schema.
    [[nodiscard]] std::optional<long long> as_integer() const;
    /// Unquoted scalars that are a number of the YAML core schema.
    [[nodiscard]] std::optional<double> as_number() const;
    /// Unquoted true/false (and YAML 1.1's yes/no/on/off).
    [[nodiscard]] std::optional<bool> as_boolean() const;
};

struct Entry {
    std::string key;
    Mark mark;
    Node value;
    bool quoted = false;  ///< the key is written in quotes
};

struct Problem {
    Mark mark;
    std::string reason;
};

/// One YAML document and the part of the file it was read from.
struct Document {
    Node root;
    std::size_t begin_byte = 0;  ///< in the file's text
    std::size_t end_byte = 0;
};

struct ParseOutcome {
    std::vector<Document> documents;  ///< those before the problem, if there is one
    std::optional<Problem> problem;
};

/// What one file may take, in bytes of memory about max_bytes + 200 * max_nodes + max_text_bytes.
struct Limits {
    std::size_t max_bytes = 16_MiB;
    std::size_t max_depth = 64;             ///< lists and maps in each other, aliases replaced
    std::size_t max_nodes = 2'000'000;      ///< of all documents, aliases replaced
    std::size_t max_text_bytes = 32_MiB;    ///< keys and texts of all documents, aliases replaced
    std::size_t max_value_bytes = 512_KiB;  ///< of one text; also of a comment or a [list]
    std::size_t max_documents = 100'000;
};

/// Reads all documents of a file. Never throws. Ends: time and memory are bounded by `limits`.
[[nodiscard]] ParseOutcome parse(std::string_view text, const Limits& limits = {});

/// Among `known`, the word nearest to `word` when it is near enough to be a typing mistake (edit
/// distance at most a third of its length); empty otherwise. Valid as long as `known`.
[[nodiscard]] std::string_view nearest_word(std::string_view word,
                                            const std::vector<std::string_view>& known);

}  // namespace persandian::yaml
