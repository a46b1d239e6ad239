// SPDX-License-Identifier: Apache-2.0
//
// What the verifier reads of a ledger that may have been made by anybody: records, checkpoints,
// slots, proofs, keys, policies. A record that the writer lets through must be one to the verifier.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "daemon/ledger/json_check.h"
#include "detectors/base/check.h"
#include "tools/verify/json.h"
#include "tools/verify/merkle.h"
#include "tools/verify/note.h"
#include "tools/verify/policy.h"

namespace {

void read_json(std::string_view text) {
    using namespace persandian;
    verify::JsonDocument document;
    const bool good = document.parse(text) == nullptr;
    PERSANDIAN_CHECK(document.offset() <= text.size() + 1);
    ledger::JsonChecker checker;
    if (checker.check_object(text)) PERSANDIAN_CHECK(good);
    if (!good) return;
    PERSANDIAN_CHECK(document.raw(0) == text);
    const auto count = static_cast<std::uint32_t>(document.nodes().size());
    for (std::uint32_t node = 0; node < count; ++node) {
        PERSANDIAN_CHECK(document.nodes()[node].next > node &&
                         document.nodes()[node].next <= count);
        (void)document.key(node);
        (void)document.string(node);
        (void)document.unsigned_integer(node);
        (void)document.find(node, "id");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace persandian;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    read_json(text);
    (void)verify::parse_tlog_proof(text);
    (void)verify::parse_key_file(text);
    (void)verify::parse_vkey(text, 0x01);
    (void)verify::parse_slot(text);
    (void)verify::split_origin(text);
    const auto policy = verify::Policy::parse(text);
    if (const auto* const parsed = std::get_if<verify::Policy>(&policy)) {
        (void)parsed->is_met({"a", "b"});
        (void)parsed->needed();
    }
    const auto checkpoint = verify::parse_checkpoint(text);
    if (const auto* const parsed = std::get_if<verify::Checkpoint>(&checkpoint)) {
        (void)verify::check_log_signature(*parsed, verify::PublicKey{});
        (void)verify::check_cosignature(*parsed, parsed->origin, verify::PublicKey{});
    }
    return 0;
}
