// SPDX-License-Identifier: Apache-2.0
//
// Commit slots: as they are, and as content with a right frame around it.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "daemon/ledger/format.h"
#include "daemon/ledger/slot.h"
#include "detectors/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace persandian;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    std::string padded(text.substr(0, ledger::slot_bytes));
    padded.resize(ledger::slot_bytes, '\0');
    const auto slot = ledger::decode_slot(as_bytes(padded));
    if (slot) PERSANDIAN_CHECK(ledger::encode_slot(*slot) == padded);
    (void)ledger::decode_slot(as_bytes(text));
    if (size == 0 || size > ledger::max_note_bytes) return 0;
    const ledger::Slot made{.sequence = size, .note = std::string(text)};
    const auto again = ledger::decode_slot(as_bytes(ledger::encode_slot(made)));
    PERSANDIAN_CHECK(again && again->note == made.note && again->sequence == made.sequence);
    return 0;
}
