// SPDX-License-Identifier: Apache-2.0
//
// Signed notes, checkpoints and verifier keys from outside. What parses must build back to the
// same.
#include <array>
#include <cstddef>
#include <cstdint>

#include "daemon/ledger/checkpoint.h"
#include "detectors/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace persandian;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto checkpoint = ledger::parse_checkpoint(text);
    if (checkpoint) PERSANDIAN_CHECK(text.starts_with(ledger::checkpoint_text(*checkpoint) + "\n"));
    PERSANDIAN_CHECK(!ledger::open_checkpoint(text, ledger::PublicKey{}));
    const auto key = ledger::parse_vkey(text);
    if (key) PERSANDIAN_CHECK(ledger::vkey(key->name, key->key) == text);
    return 0;
}
