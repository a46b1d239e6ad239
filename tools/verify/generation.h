// SPDX-License-Identifier: Apache-2.0
//
// One generation of a ledger, from the first byte to the last: every record is read and hashed
// once, in order, in constant memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/verify/file.h"
#include "tools/verify/merkle.h"
#include "tools/verify/record.h"
#include "tools/verify/sidefiles.h"
#include "tools/verify/slots.h"

namespace persandian::verify {

class GenerationCheck {
  public:
    /// `ledger`: the top folder. `progress`, when set, is called now and then with (done, total).
    GenerationCheck(std::filesystem::path ledger, std::string generation, const PublicKey& key,
                    EvidenceStore& evidence, Coverage& coverage, Report& report,
                    std::function<void(std::uint64_t, std::uint64_t)> progress);

    /// Sizes at which the root is wanted afterwards (saved heads).
    void want_root_at(std::uint64_t size) { roots_.emplace(size, std::nullopt); }
    void run();

    [[nodiscard]] const std::optional<SignedHead>& head() const { return slots_.latest; }
    /// Root that the records give at a wanted size; nullopt when it was not reached.
    [[nodiscard]] std::optional<Digest> root_at(std::uint64_t size) const;
    [[nodiscard]] const std::optional<PreviousGeneration>& previous() const {
        return rules_->previous();
    }

  private:
    struct Segment {
        std::string name;  ///< 8 digits
        std::uint64_t records = 0;
        InputFile entries;
        InputFile leaves;
        InputFile offsets;
        std::unique_ptr<DisclosureFile> disclosures;
        bool leaves_differ = false;
        bool leaves_short = false;
        bool offsets_bad = false;
    };

    void read_records(std::uint64_t size);
    /// False when no further record can be read.
    bool read_record(std::uint64_t index, std::uint64_t size);
    FileState open_segment(std::uint64_t number);
    void close_segment(bool last, bool log_ended);
    void compare_derived(const Digest& leaf, std::uint64_t index, std::uint64_t offset);
    void judge_root(std::uint64_t size);
    void look_beyond(std::uint64_t size);
    std::uint64_t look_at_other_entries();
    void look_at_other_disclosures(std::uint64_t segments);
    void list_unknown_files();
    [[nodiscard]] std::vector<std::string> names_in(const std::string& folder);
    void tell(Weight weight, Message message, std::string where,
              std::vector<std::string> arguments = {},
              std::optional<std::uint64_t> index = std::nullopt);
    [[nodiscard]] std::string segment_path(const Segment& segment, const char* suffix) const;

    std::filesystem::path ledger_;
    std::string generation_;
    PublicKey key_;
    EvidenceStore& evidence_;
    Coverage& coverage_;
    Report& report_;
    std::function<void(std::uint64_t, std::uint64_t)> progress_;
    Sha256 sha_;
    TreeBuilder tree_;
    SlotPair slots_;
    std::unique_ptr<RecordRules> rules_;
    std::map<std::uint64_t, std::optional<Digest>> roots_;
    std::unique_ptr<Segment> segment_;
    std::uint64_t next_segment_ = 0;
    std::optional<std::uint64_t> first_leaf_difference_;
    std::string first_leaf_file_;
    /// Disclosure files with lines beyond the signed records, and how many ("?": not counted).
    std::vector<std::pair<std::string, std::string>> lines_beyond_;
    bool broken_ = false;
};

}  // namespace persandian::verify
