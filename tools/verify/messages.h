// SPDX-License-Identifier: Apache-2.0
//
// What this tool can say about a ledger, in English and Bahasa Indonesia. {0}, {1}… are filled in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace persandian::verify {

enum class Language : std::uint8_t { english, indonesian };

enum class Message : std::uint8_t {
    // altered
    slot_damaged,
    checkpoint_malformed,
    signature_bad,
    signature_absent,
    origin_differs,
    slots_contradict,
    slot_missing,
    no_valid_checkpoint,
    older_root_differs,
    record_missing,
    record_altered,
    record_framing,
    record_rule,
    root_differs,
    leaf_file_differs,
    idx_file_differs,
    derived_file_length,
    segment_border,
    file_absent,
    disclosure_line,
    disclosure_unknown,
    disclosure_differs,
    evidence_altered,
    key_file_differs,
    head_truncated,
    head_forked,
    head_generation_absent,
    generation_absent,
    generation_lost,
    previous_differs,
    proof_malformed,
    proof_fails,
    bundle_contradicts,
    cosignature_bad,
    // not checkable
    no_key,
    no_log,
    unsigned_tail,
    unsigned_disclosures,
    unreadable,
    head_unusable,
    never_committed,
    bundle_file_absent,
    officer_unknown_here,
    // notes
    growing,
    evidence_absent,
    quarantine,
    gap_record,
    recovery_record,
    silence,
    unknown_kind,
    unknown_file,
    key_inside,
    no_saved_head,
    head_agrees,
    witnessed,
    too_few_witnesses,
    bundle_scope,
    more_of_these,
};

/// Stable name for machines: "record_altered".
[[nodiscard]] std::string_view code_of(Message message);
[[nodiscard]] std::string text_of(Message message, const std::vector<std::string>& arguments,
                                  Language language);

}  // namespace persandian::verify
