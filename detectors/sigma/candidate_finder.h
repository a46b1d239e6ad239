// SPDX-License-Identifier: Apache-2.0
//
// CandidateFinder: from an event to the variants whose programs are run for it. What the log
// sources of an event and its shape decide is worked out once and kept as a plan; what a value
// decides is remembered. Everything remembered is bounded.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "detectors/sigma/compiled_set.h"
#include "detectors/sigma/value_memo.h"

namespace persandian::sigma {

/// One per thread.
class CandidateFinder {
  public:
    /// When so many sets of log sources are known, all are forgotten.
    static constexpr std::size_t max_groups = 256;
    static constexpr std::size_t max_plans = 1024;
    static constexpr std::size_t max_values_remembered = 16384;

    /// `set` must outlive the finder.
    explicit CandidateFinder(const CompiledSet& set);
    /// Each once, in no order. `sources` as Router::find() gives them. Valid until the next call.
    [[nodiscard]] const Variants& find(EventView& view, MatchScratch& scratch,
                                       std::span<const std::uint32_t> sources);

  private:
    /// What all indexes of a group say about one slot.
    struct GroupSlot {
        SlotId slot = 0;
        std::uint64_t number = 0;  ///< for the memo; from 1, never given again
        std::vector<const SlotIndex*> indexes;
    };
    /// What one index says about keywords.
    struct KeywordIndex {
        const SlotIndex* index = nullptr;
        bool shares_line_runs = false;  ///< of the group
    };
    /// The indexes for the events of a set of log sources.
    struct Group {
        std::uint64_t number = 0;
        std::vector<std::uint32_t> sources;
        Variants always;
        std::vector<GroupSlot> slots;  ///< ascending by slot, without the keyword slot
        std::vector<KeywordIndex> keywords;
        RunScanner line_runs;  ///< of those indexes that share it
    };
    /// A group, for events of one shape.
    struct Plan {
        struct Visit {
            std::uint32_t first = 0;  ///< number of the slot's first value
            std::uint32_t slot = 0;   ///< index in Group::slots
        };
        std::uint64_t shape = 0;
        std::uint64_t group = 0;
        Variants always;
        std::vector<Visit> visits;
    };

    const Group& group_of(std::span<const std::uint32_t> sources);
    void build(Group& group);
    void add_index(const CandidateIndex& index, Group& group);
    static bool share_line_runs(std::span<const std::string> runs, Group& group);
    const Plan& plan_of(const EventShape& shape, const Group& group);
    void add_value(const GroupSlot& slot, EventView& view, SlotValue& value, MatchScratch& scratch);
    void look_up(const GroupSlot& slot, EventView& view, SlotValue& value, MatchScratch& scratch);
    void add_keywords(const Group& group, EventView& view, MatchScratch& scratch);
    void add(std::span<const VariantId> variants);

    const CompiledSet& set_;
    std::vector<std::unique_ptr<Group>> groups_;
    std::vector<std::uint32_t> group_buckets_;  ///< open addressing: index in groups_ plus 1
    std::uint64_t groups_made_ = 0;
    std::uint64_t slots_made_ = 0;
    std::vector<Plan> plans_;  ///< by hash; the later one stays
    ValueMemo memo_;
    Variants hits_;
    Variants found_;
    std::vector<std::uint32_t> found_in_;  ///< per variant: the event it was last found for
    std::uint32_t event_ = 0;
};

}  // namespace persandian::sigma
