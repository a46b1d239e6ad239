// SPDX-License-Identifier: Apache-2.0
#include "tests/daemon/ledger/fixture.h"

#include <algorithm>
#include <stdexcept>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/ledger/paths.h"
#include "daemon/ledger/side_files.h"
#include "daemon/ledger/slot.h"
#include "detectors/base/encoding.h"

namespace persandian::test {
namespace {

namespace paths = ledger::paths;

void require(bool condition, const std::string& what) {
    if (!condition) throw std::runtime_error(what);
}

Digest hash_with(unsigned char prefix, std::string_view bytes) {
    const std::array<std::byte, 1> first{std::byte{prefix}};
    return sha256({first, as_bytes(bytes)});
}

std::string whole(const ledger::Storage& storage, const std::string& path) {
    const auto text = ledger::read_whole(storage, path, 1U << 30U);
    return text ? *text : std::string();
}

std::optional<ledger::Checkpoint> latest(const ledger::Storage& storage, std::uint32_t generation,
                                         const ledger::PublicKey& key) {
    std::optional<ledger::Checkpoint> out;
    for (const unsigned which : {0U, 1U}) {
        const std::string bytes = whole(storage, paths::slot(generation, which));
        const auto slot = ledger::decode_slot(as_bytes(bytes));
        if (!slot) continue;
        const auto checkpoint = ledger::open_checkpoint(slot->note, key);
        require(checkpoint.has_value(), "a sound slot has a bad signature");
        if (!out || checkpoint->size > out->size) out = *checkpoint;
    }
    return out;
}

/// The first `count` records of the generation's segments, framed by hand.
std::vector<std::string> records_of(const ledger::Storage& storage, std::uint32_t generation,
                                    std::uint64_t count) {
    std::vector<std::string> out;
    for (std::uint32_t segment = 0; out.size() < count; ++segment) {
        const std::string bytes = whole(storage, paths::segment(generation, segment, "ent"));
        require(!bytes.empty(), fmt::format("records missing from {}", out.size()));
        std::size_t at = 0;
        while (at < bytes.size() && out.size() < count) {
            require(at + 2 <= bytes.size(), "torn length");
            const std::size_t length = static_cast<unsigned char>(bytes[at]) * 256U +
                                       static_cast<unsigned char>(bytes[at + 1]);
            require(at + 2 + length <= bytes.size(), "torn record");
            out.push_back(bytes.substr(at + 2, length));
            at += 2 + length;
        }
    }
    return out;
}

void check_record(const ledger::Storage& storage, const std::string& text,
                  const std::string& origin, std::uint64_t index) {
    const boost::json::value parsed = boost::json::parse(text);
    const boost::json::object& record = parsed.as_object();
    require(record.at("log").as_string() == boost::json::string_view(origin), "log differs");
    require(record.at("seq").to_number<std::uint64_t>() == index, "seq differs");
    const boost::json::value* const evidence = record.if_contains("ev");
    if (evidence == nullptr) return;
    for (const boost::json::value& reference : evidence->as_array()) {
        const boost::json::string& hex = reference.at("sha256").as_string();
        const auto digest = Digest::from_hex({hex.data(), hex.size()});
        require(digest.has_value(), "bad evidence hash");
        const std::string blob = whole(storage, paths::evidence_blob(*digest));
        require(sha256(as_bytes(blob)) == *digest, "evidence missing or different");
    }
}

/// Every disclosure line belongs to a record below the size and matches; every commitment of a
/// record is disclosed.
void check_disclosures(const ledger::Storage& storage, std::uint32_t generation,
                       const std::vector<std::string>& records, bool leftovers) {
    std::size_t commitments = 0;
    for (const std::string& record : records)
        for (std::size_t at = record.find("\"p\":\""); at != std::string::npos;
             at = record.find("\"p\":\"", at + 1))
            ++commitments;
    std::size_t lines = 0;
    for (std::uint32_t segment = 0; segment < 64; ++segment) {
        std::string text = whole(storage, paths::disclosures(generation, segment));
        while (!text.empty()) {
            const std::size_t end = text.find('\n');
            if (leftovers && end == std::string::npos) break;
            require(end != std::string::npos, "torn disclosure line");
            const auto line = ledger::parse_disclosure_line(text.substr(0, end));
            if (leftovers && (!line || line->seq >= records.size())) {
                text.erase(0, end + 1);
                continue;
            }
            require(line.has_value(), "bad disclosure line");
            require(line->seq < records.size(), "disclosure of a record that does not exist");
            std::array<std::byte, 16> salt{};
            std::ranges::copy(as_bytes(line->salt), salt.begin());
            const std::string hex = incident::commitment_of(line->path, salt, line->value).hex();
            require(records[line->seq].find(hex) != std::string::npos,
                    "disclosure does not fit its record");
            ++lines;
            text.erase(0, end + 1);
        }
    }
    require(lines == commitments, fmt::format("{} disclosures of {}", lines, commitments));
}

}  // namespace

Digest naive_root(const std::vector<Digest>& leaves) {
    if (leaves.empty()) return sha256(ByteView{});
    if (leaves.size() == 1) return leaves[0];
    std::size_t split = 1;
    while (split * 2 < leaves.size()) split *= 2;
    const auto middle = leaves.begin() + static_cast<std::ptrdiff_t>(split);
    const Digest left = naive_root({leaves.begin(), middle});
    const Digest right = naive_root({middle, leaves.end()});
    return hash_with(1, std::string(as_text(left.bytes)) + std::string(as_text(right.bytes)));
}

std::vector<AuditedGeneration> audit(const ledger::Storage& storage, const ledger::PublicKey& key,
                                     bool leftovers) {
    std::vector<AuditedGeneration> out;
    const auto generations = paths::numbered(storage, paths::log, "");
    require(generations.has_value(), "cannot list the log folder");
    for (const std::uint32_t generation : *generations) {
        const auto checkpoint = latest(storage, generation, key);
        if (!checkpoint) continue;
        AuditedGeneration found{.origin = checkpoint->origin};
        found.records = records_of(storage, generation, checkpoint->size);
        std::vector<Digest> leaves;
        for (std::size_t i = 0; i < found.records.size(); ++i) {
            leaves.push_back(hash_with(0, found.records[i]));
            check_record(storage, found.records[i], found.origin, i);
        }
        require(naive_root(leaves) == checkpoint->root, "root differs");
        require(kind_of(found.records[0]) == "genesis", "the first record is not genesis");
        check_disclosures(storage, generation, found.records, leftovers);
        out.push_back(std::move(found));
    }
    return out;
}

std::string kind_of(const std::string& record) {
    const boost::json::value parsed = boost::json::parse(record);
    return std::string(parsed.at("kind").as_string().c_str());
}

}  // namespace persandian::test
