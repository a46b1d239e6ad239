// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/modifiers/modifier.h"

namespace persandian::sigma {

const ModifierEntry& cidr_entry() noexcept {
    static constexpr ModifierEntry entry = {
        .name = "cidr",
        .summary = "the value is an address inside the network",
        .first_only = true,
        .apply = [](Item& item, const ModifierContext&) -> std::optional<Refusal> {
            for (Term& term : item.terms)
                for (Operand& operand : term.alternatives) {
                    const std::optional<IpNetwork> network = operand.kind == Operand::Kind::text
                                                                 ? IpNetwork::parse(operand.written)
                                                                 : std::nullopt;
                    if (!network)
                        return Refusal{
                            "'" + operand.written +
                                "' is not a network: 'cidr' needs ADDRESS/PREFIX with all bits "
                                "after the prefix 0, as 192.0.2.0/24 or 2001:db8::/32",
                            operand.mark};
                    operand.kind = Operand::Kind::network;
                    operand.network = *network;
                }
            return std::nullopt;
        }};
    return entry;
}

}  // namespace persandian::sigma
