// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/paths.h"

#include <charconv>

#include <fmt/format.h>

namespace persandian::ledger::paths {

std::string eight_digits(std::uint32_t number) {
    return fmt::format("{:08}", number);
}

std::optional<std::uint32_t> parse_eight_digits(std::string_view name) {
    if (name.size() != 8) return std::nullopt;
    std::uint32_t value = 0;
    const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), value);
    if (failure != std::errc{} || end != name.data() + name.size()) return std::nullopt;
    return value;
}

std::string generation(std::uint32_t generation) {
    return fmt::format("{}/{:08}", log, generation);
}
std::string segments(std::uint32_t generation) {
    return fmt::format("{}/{:08}/seg", log, generation);
}
std::string segment(std::uint32_t generation, std::uint32_t segment, std::string_view extension) {
    return fmt::format("{}/{:08}/seg/{:08}.{}", log, generation, segment, extension);
}
std::string slot(std::uint32_t generation, unsigned which) {
    return fmt::format("{}/{:08}/commit.{}", log, generation, which == 0 ? 'a' : 'b');
}
std::string quarantine(std::uint32_t generation) {
    return fmt::format("{}/{:08}/quarantine", log, generation);
}
std::string disclosures(std::uint32_t generation) {
    return fmt::format("{}/{:08}", disclosure, generation);
}
std::string disclosures(std::uint32_t generation, std::uint32_t segment) {
    return fmt::format("{}/{:08}/{:08}.jsonl", disclosure, generation, segment);
}
std::string evidence_dir(const Digest& sha256) {
    return fmt::format("{}/{}", evidence, sha256.hex().substr(0, 2));
}
std::string evidence_blob(const Digest& sha256) {
    const std::string hex = sha256.hex();
    return fmt::format("{}/{}/{}", evidence, hex.substr(0, 2), hex);
}

Result<std::vector<std::uint32_t>> numbered(const Storage& storage, const std::string& folder,
                                            std::string_view suffix) {
    std::vector<std::uint32_t> numbers;
    const Result<std::vector<std::string>> names = storage.list(folder);
    if (!names) {
        if (names.error().code == ErrorCode::not_found) return numbers;
        return names.error();
    }
    for (const std::string& name : *names) {
        if (!name.ends_with(suffix)) continue;
        const std::string_view stem(name.data(), name.size() - suffix.size());
        if (const auto number = parse_eight_digits(stem)) numbers.push_back(*number);
    }
    return numbers;
}

}  // namespace persandian::ledger::paths
