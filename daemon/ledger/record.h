// SPDX-License-Identifier: Apache-2.0
//
// Composes records: the common members, then those of the draft. Checks what a draft promises.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/ledger/clock.h"
#include "daemon/ledger/json_check.h"
#include "detectors/base/result.h"
#include "detectors/incident/record_draft.h"

namespace persandian::ledger {

/// Kinds a caller may write. genesis and recovery are the writer's own.
[[nodiscard]] bool is_caller_kind(std::string_view kind);

/// What all records of one append() share.
struct RecordContext {
    std::string origin;
    std::string boot;  ///< 32 hexadecimal digits
    Timestamp now;
    std::int64_t mono_ns = 0;
    std::int64_t error_bound_ns = -1;
};

/// Appends records to a buffer as entries. Reuses its memory. Single-threaded.
class RecordComposer {
  public:
    void begin(const RecordContext& context);
    /// Appends one entry (length prefix and record) to `out`; on an error `out` is as before.
    /// Errors: `malformed`, `limit` (longer than `limit_bytes`).
    [[nodiscard]] Result<void> append(std::string& out, std::uint64_t seq,
                                      const incident::RecordDraft& draft, std::size_t limit_bytes);

  private:
    std::string log_member_;  ///< ,"log":"…","seq":
    std::string rest_;        ///< ,"boot":…,"ts":…,"mono":…,"clk":{…}
    JsonChecker checker_;
};

/// Aborts when a commitment, a path or an evidence hash of the draft is not what it says: only our
/// own code makes drafts.
void check_promises(const incident::RecordDraft& draft);

/// Whether `path` has the form that docs/formats/ledger.md gives to paths of commitments.
[[nodiscard]] bool is_commitment_path(std::string_view path);
/// "p":"<path>","c":"<hex>" as it stands in a record.
[[nodiscard]] std::string commitment_members(std::string_view path, const Digest& commitment);

}  // namespace persandian::ledger
