// SPDX-License-Identifier: Apache-2.0
//
// Members: writes the members of a record as JSON text, by hand, so that the bytes are ours to the
// last one: no blanks, integers only, members in the order of writing. See docs/formats/ledger.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/base/random.h"
#include "detectors/base/timestamp.h"
#include "detectors/incident/record_draft.h"

namespace persandian::incident {

/// Life-cycle: one per record. Keys are our own words and written unescaped; texts are escaped.
/// Whatever can name a person goes through disclosed(): the text then holds only the commitment.
class Members {
  public:
    /// `random` draws the salts and must outlive the writer.
    explicit Members(RandomSource& random) : random_(&random) {}

    void text(std::string_view key, std::string_view value);
    void number(std::string_view key, std::int64_t value);
    void count(std::string_view key, std::uint64_t value);
    void time(std::string_view key, Timestamp value);
    void null(std::string_view key);
    void texts(std::string_view key, const std::vector<std::string>& values);
    /// `"p":"<path>","c":"<commitment>"` in the object that is open; the value becomes a
    /// disclosure.
    void disclosed(std::string path, std::string_view value);

    void begin_object(std::string_view key);
    void begin_array(std::string_view key);
    void begin_item();  ///< an object inside an array
    void end_object();
    void end_array();

    /// Bytes written so far.
    [[nodiscard]] std::size_t size() const noexcept { return out_.size(); }
    /// The draft of what was written, without evidence. The writer is empty afterwards.
    [[nodiscard]] RecordDraft take(std::string kind);

  private:
    void key(std::string_view name);
    void comma();

    RandomSource* random_;
    std::string out_;
    std::vector<Disclosure> disclosures_;
};

}  // namespace persandian::incident
