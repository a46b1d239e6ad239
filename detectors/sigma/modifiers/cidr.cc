// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include <fmt/format.h>

#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {
namespace {

/// What is wrong with a text that IpNetwork::parse() does not take, and what to write instead.
std::string fault_of(const std::string& text) {
    const std::size_t slash = text.find('/');
    const std::optional<IpAddress> address =
        IpAddress::parse(std::string_view(text).substr(0, slash));
    if (!address || slash == std::string::npos)
        return fmt::format(
            "'{}' is not a network: 'cidr' needs ADDRESS/PREFIX, as 192.0.2.0/24 or 2001:db8::/32",
            text);
    const unsigned most = address->is_v6() ? 128 : 32;
    unsigned bits = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + slash + 1, end, bits);
    if (read.ec != std::errc{} || read.ptr != end || bits > most)
        return fmt::format("'{}' is not a network: its prefix must be a number from 0 to {}", text,
                           most);
    return fmt::format("'{}' is not a network: bits after the prefix are set; write {}", text,
                       IpNetwork::around(*address, bits).to_string());
}

std::optional<Refusal> apply(Item& item, const ModifierContext&) {
    if (std::optional<Refusal> refusal = require_field(item, "cidr")) return refusal;
    for (Term& term : item.terms)
        for (Operand& operand : term.alternatives) {
            const std::optional<IpNetwork> network = operand.kind == Operand::Kind::text
                                                         ? IpNetwork::parse(operand.written)
                                                         : std::nullopt;
            if (!network) return Refusal{fault_of(operand.written), operand.mark};
            operand.kind = Operand::Kind::network;
            operand.network = *network;
        }
    return std::nullopt;
}

}  // namespace

const ModifierEntry& cidr_entry() noexcept {
    static constexpr ModifierEntry entry = {.name = "cidr",
                                            .summary = "the value is an address inside the network",
                                            .first_only = true,
                                            .apply = apply};
    return entry;
}

}  // namespace persandian::sigma
