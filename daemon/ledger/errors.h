// SPDX-License-Identifier: Apache-2.0
//
// What opening a ledger or a key may fail with. Start-up only; appending returns Result.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace persandian::ledger {

enum class LedgerFault : std::uint8_t {
    locked,        ///< another writer has it open
    key_mismatch,  ///< the ledger was signed with another key
    rollback,      ///< a larger or different head is remembered outside
    damaged,       ///< content and signed root differ (readers; a writer begins a new generation)
    not_a_ledger,  ///< no ledger in that folder
    bad_options,   ///< origin, limits, key file
    no_space,
    permission,
    io,
};

/// what() names the file and the remedy, in one line.
struct LedgerError : std::runtime_error {
    LedgerError(LedgerFault what_happened, const std::string& message)
        : std::runtime_error(message), fault(what_happened) {}
    LedgerFault fault;
};

}  // namespace persandian::ledger
