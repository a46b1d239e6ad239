// SPDX-License-Identifier: Apache-2.0
//
// What stands beside the records: disclosed values, compared with the commitments, and evidence
// files, compared with their hashes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tools/verify/file.h"
#include "tools/verify/json.h"
#include "tools/verify/record.h"
#include "tools/verify/report.h"

namespace persandian::verify {

/// Reads one disclosure file in step with the records of its segment.
class DisclosureFile {
  public:
    static constexpr std::size_t max_line_bytes = 16U * 1024U * 1024U;

    /// `name` is how the report calls the file.
    DisclosureFile(std::filesystem::path path, std::string name, Coverage& coverage,
                   Report& report);

    /// Compares the lines of record `index` with its commitments.
    void check(std::uint64_t index, std::vector<Commitment>& commitments);
    /// After the last record of the segment. `size` = records that are signed: lines beyond are an
    /// unsigned tail when the log has grown past it or crashed, all others are unknown. Nullopt in
    /// a bundle, where nothing can be under way. Returns how many lines are beyond, for the caller
    /// to judge: a last line that was only begun is one, and so are zeros behind the last line.
    [[nodiscard]] std::uint64_t finish(std::optional<std::uint64_t> size);

  private:
    struct Line {
        std::uint64_t seq = 0;
        std::string path;
        std::string salt;
        std::string value;
    };
    bool next();
    void take_torn();
    const char* parse(std::string_view text);
    void compare(std::vector<Commitment>& commitments);
    void tampered(Message message, std::vector<std::string> arguments, bool with_index);

    std::string name_;
    Coverage& coverage_;
    Report& report_;
    InputFile file_;
    Sha256 sha_;
    JsonDocument json_;
    std::uint64_t line_number_ = 0;
    bool have_line_ = false;
    Line line_;
    std::optional<std::string> torn_;  ///< of what stands behind the last line feed, the beginning
};

/// Hashes each evidence file once.
class EvidenceStore {
  public:
    /// `flat`: files stand in `folder` itself (bundle), else below their first two digits.
    EvidenceStore(std::filesystem::path folder, bool flat, Report& report);

    void check(const std::vector<EvidenceReference>& references, std::uint64_t index,
               Coverage& coverage);

  private:
    static constexpr std::size_t max_remembered = 2'000'000;
    enum class State : std::uint8_t { good, bad, missing };
    State examine(const EvidenceReference& reference, std::uint64_t index, Coverage& coverage);

    std::filesystem::path folder_;
    bool flat_;
    Report& report_;
    Sha256 sha_;
    struct Seen {
        State state = State::good;
        std::uint64_t size = 0;
    };
    std::unordered_map<std::string, Seen> seen_;
};

}  // namespace persandian::verify
