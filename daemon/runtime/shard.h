// SPDX-License-Identifier: Apache-2.0
//
// Shard: a thread that reads its share of the traffic through a stage of its own. The inspector's
// own thread reads the first share, and the log files; it collects what the shards found.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "daemon/runtime/capture_share.h"
#include "daemon/runtime/machine_file_types.h"
#include "detectors/engine/event_stage.h"
#include "detectors/event/finding.h"
#include "detectors/sigma/rule_set.h"

namespace persandian::runtime {

/// The calling thread runs on this CPU from now on, if there is such a one.
void pin_this_thread(std::int64_t cpu);

/// Life-cycle: make with open captures, start(), take() and use() in any number, drain() once, then
/// take() until it says ended. All of them from one thread, which is not the shard's.
class Shard {
  public:
    /// Findings that wait to be taken; then the shard waits, too, and the kernel counts drops.
    static constexpr std::size_t max_waiting_findings = 10'000;
    /// A packet is given to us at most so long after the kernel stamped it
    /// (PcapLiveOptions::block_timeout_ms).
    static constexpr Duration kernel_delay = Duration::seconds(1);
    /// How long a drain reads what the kernel still holds.
    static constexpr Duration drain_within = Duration::seconds(5);

    struct Fault {
        std::string interface;
        std::string text;  ///< empty when it runs
    };
    struct Report {
        std::vector<Finding> findings;  ///< since the last one
        incident::Coverage coverage;
        Timestamp newest;           ///< of packets and events
        Timestamp reached;          ///< no finding with an earlier time follows, but of ended flows
        std::vector<Fault> faults;  ///< one per capture
        bool ended = false;
    };

    Shard(Captures captures, std::shared_ptr<const sigma::RuleSet> rules,
          const engine::EventStageOptions& options, std::optional<std::int64_t> cpu);
    ~Shard();
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;

    void start();
    /// From its next turn on the shard applies these rules.
    void use(std::shared_ptr<const sigma::RuleSet> rules);
    [[nodiscard]] Report take();
    /// Asks the shard to read what the kernel still holds and to end.
    void drain();

  private:
    /// Collects the stage's findings; the shard's thread alone.
    class Collector final : public FindingSink {
      public:
        void on_finding(Finding finding) override { found.push_back(std::move(finding)); }
        std::vector<Finding> found;
    };

    void run();
    void adopt_rules();
    void publish(Timestamp reached, bool ended);
    void wait_for_packets() const;

    MachineFileTypes file_types_;
    Collector collector_;
    engine::EventStage stage_;
    CaptureShare share_;
    std::optional<std::int64_t> cpu_;

    std::mutex mutex_;
    std::condition_variable taken_;
    std::shared_ptr<const sigma::RuleSet> next_rules_;  ///< guarded by mutex_
    Report report_;                                     ///< guarded by mutex_
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

}  // namespace persandian::runtime
