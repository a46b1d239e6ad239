// SPDX-License-Identifier: Apache-2.0
//
// What stands beside the leaves: evidence blobs and disclosure lines. Both are durable before the
// record that refers to them is written.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "daemon/ledger/storage.h"
#include "detectors/base/digest.h"
#include "detectors/base/result.h"
#include "detectors/incident/record_draft.h"

namespace persandian::ledger {

/// Content-addressed blobs. Single-threaded; `storage` must outlive it.
class EvidenceStore {
  public:
    explicit EvidenceStore(Storage& storage) : storage_(storage) {}
    /// Makes every blob of the drafts durable. A blob that is there already is checked, and
    /// written again when it is damaged.
    [[nodiscard]] Result<void> store(std::span<const incident::RecordDraft> drafts);

    /// Hashes remembered as stored, so that a rule's text is not looked up for each incident.
    static constexpr std::size_t max_remembered = 65'536;

  private:
    Result<void> write(const incident::EvidenceBlob& blob);
    [[nodiscard]] bool is_intact(const incident::EvidenceBlob& blob) const;

    Storage& storage_;
    std::set<Digest> remembered_;
    std::set<std::string> fresh_dirs_;  ///< folders with names that are not durable yet
};

/// Appends the line of one disclosure.
void append_disclosure_line(std::string& out, std::uint64_t seq,
                            const incident::Disclosure& disclosure);

/// A line read back.
struct DisclosureLine {
    std::uint64_t seq = 0;
    std::string path;
    std::string salt;  ///< 16 bytes
    std::string value;
};
/// Strict in its members, `malformed` for anything else. `line` has no newline.
[[nodiscard]] Result<DisclosureLine> parse_disclosure_line(std::string_view line);
/// Only the number at the front; `malformed` when the line does not begin as ours do.
[[nodiscard]] Result<std::uint64_t> disclosure_seq(std::string_view line);

}  // namespace persandian::ledger
