// SPDX-License-Identifier: Apache-2.0
#include "detectors/base/yaml_tree.h"

#include "detectors/base/bytes.h"

namespace persandian::yaml {
namespace {

constexpr std::string_view key_prefix = "yaml documents 2\n";

/// Seven bits a byte, low ones first; the high bit says that more follow.
void put_number(std::string& out, std::uint64_t number) {
    while (number >= 0x80) {
        out += static_cast<char>((number & 0x7FU) | 0x80U);
        number >>= 7U;
    }
    out += static_cast<char>(number);
}

void put_text(std::string& out, std::string_view text) {
    put_number(out, text.size());
    out += text;
}

void put_mark(std::string& out, Mark mark) {
    put_number(out, mark.line);
    put_number(out, mark.column);
}

void put_node(std::string& out, const Node& node) {
    out += static_cast<char>(static_cast<unsigned>(node.kind) | (node.quoted ? 0x80U : 0U));
    put_mark(out, node.mark);
    switch (node.kind) {
        case Node::Kind::null:
            return;
        case Node::Kind::scalar:
            put_text(out, node.text);
            return;
        case Node::Kind::sequence:
            put_number(out, node.items.size());
            for (const Node& item : node.items) put_node(out, item);
            return;
        case Node::Kind::map:
            put_number(out, node.entries.size());
            for (const Entry& entry : node.entries) {
                put_text(out, entry.key);
                put_mark(out, entry.mark);
                out += entry.quoted ? '\1' : '\0';
                put_node(out, entry.value);
            }
            return;
    }
}

class Decoder {
  public:
    explicit Decoder(std::string_view bytes) : reader_(as_bytes(bytes)) {}

    [[nodiscard]] bool complete() const { return reader_.ok() && reader_.at_end(); }
    [[nodiscard]] bool ok() const { return reader_.ok(); }

    std::uint64_t number() {
        std::uint64_t out = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint8_t byte = reader_.u8();
            out |= std::uint64_t{byte & 0x7FU} << shift;
            if (byte < 0x80) return out;
        }
        reader_.fail();
        return 0;
    }

    /// Of things that take at least a byte each.
    std::size_t count() {
        const std::uint64_t out = number();
        if (out > reader_.remaining()) {
            reader_.fail();
            return 0;
        }
        return static_cast<std::size_t>(out);
    }

    void node(Node& out, std::size_t depth) {
        const std::uint8_t head = reader_.u8();
        out.quoted = (head & 0x80U) != 0;
        out.mark = mark();
        if (depth > Limits().max_depth) return reader_.fail();
        switch (head & 0x7FU) {
            case static_cast<unsigned>(Node::Kind::null):
                out.kind = Node::Kind::null;
                return;
            case static_cast<unsigned>(Node::Kind::scalar):
                out.kind = Node::Kind::scalar;
                out.text = text();
                return;
            case static_cast<unsigned>(Node::Kind::sequence):
                out.kind = Node::Kind::sequence;
                out.items.resize(count());
                for (Node& item : out.items) node(item, depth + 1);
                return;
            case static_cast<unsigned>(Node::Kind::map):
                out.kind = Node::Kind::map;
                out.entries.resize(count());
                for (Entry& entry : out.entries) {
                    entry.key = text();
                    entry.mark = mark();
                    entry.quoted = reader_.u8() != 0;
                    node(entry.value, depth + 1);
                }
                return;
            default:
                reader_.fail();
        }
    }

  private:
    std::string text() { return std::string(as_text(reader_.take(count()))); }
    Mark mark() {
        Mark out;
        out.line = static_cast<std::size_t>(number());
        out.column = static_cast<std::size_t>(number());
        return out;
    }

    ByteReader reader_;
};

}  // namespace

std::string encode_documents(const std::vector<Document>& documents) {
    std::string out;
    put_number(out, documents.size());
    for (const Document& document : documents) {
        put_number(out, document.begin_byte);
        put_number(out, document.end_byte);
        put_node(out, document.root);
    }
    return out;
}

std::optional<std::vector<Document>> decode_documents(std::string_view bytes,
                                                      std::size_t text_size) {
    Decoder in(bytes);
    std::vector<Document> out(in.count());
    for (Document& document : out) {
        document.begin_byte = static_cast<std::size_t>(in.number());
        document.end_byte = static_cast<std::size_t>(in.number());
        if (document.begin_byte > document.end_byte || document.end_byte > text_size)
            return std::nullopt;
        in.node(document.root, 0);
        if (!in.ok()) return std::nullopt;
    }
    if (!in.complete()) return std::nullopt;
    return out;
}

ParseOutcome parse_cached(std::string_view text, DerivedCache* cache) {
    if (cache == nullptr) return parse(text);
    const Digest key = sha256({as_bytes(key_prefix), as_bytes(text)});
    if (const auto kept = cache->find(key))
        if (auto documents = decode_documents(*kept, text.size()))
            return {std::move(*documents), std::nullopt};
    ParseOutcome out = parse(text);
    if (!out.problem) cache->keep(key, encode_documents(out.documents));
    return out;
}

}  // namespace persandian::yaml
