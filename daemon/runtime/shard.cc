// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/shard.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <poll.h>
#include <pthread.h>
#include <sched.h>

#include "daemon/runtime/clocks.h"

namespace persandian::runtime {
namespace {

engine::EventStageOptions with(engine::EventStageOptions options,
                               const protocols::FileTypes* types) {
    options.file_types = types;
    return options;
}

constexpr int idle_poll_ms = 100;

}  // namespace

void pin_this_thread(std::int64_t cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<std::size_t>(cpu), &set);
    // a CPU that is not there: the kernel's choice is as good
    (void)::pthread_setaffinity_np(::pthread_self(), sizeof set, &set);
}

Shard::Shard(Captures captures, std::shared_ptr<const sigma::RuleSet> rules,
             const engine::EventStageOptions& options, std::optional<std::int64_t> cpu)
    : stage_(std::move(rules), collector_, with(options, file_types_.get())),
      share_(std::move(captures), stage_),
      cpu_(cpu) {
    for (const auto& capture : share_.captures())
        stage_.name_source(capture->packet().source, std::string(capture->name()));
}

Shard::~Shard() {
    drain();
    if (thread_.joinable()) thread_.join();
}

void Shard::start() {
    thread_ = std::thread([this] { run(); });
}

void Shard::use(std::shared_ptr<const sigma::RuleSet> rules) {
    const std::scoped_lock lock(mutex_);
    next_rules_ = std::move(rules);
}

Shard::Report Shard::take() {
    const std::scoped_lock lock(mutex_);
    Report out = report_;
    out.findings = std::exchange(report_.findings, {});
    taken_.notify_one();
    return out;
}

void Shard::drain() {
    stop_ = true;
    taken_.notify_one();
}

void Shard::run() {
    if (cpu_) pin_this_thread(*cpu_);
    while (!stop_) {
        adopt_rules();
        if (share_.read(monotonic_now())) {
            publish(share_.reached(), false);
            continue;
        }
        const Timestamp now = wall_now();
        stage_.on_time(now);
        publish(now - kernel_delay, false);
        wait_for_packets();
    }
    const Timestamp until = monotonic_now() + drain_within;
    while (monotonic_now() < until && share_.read(monotonic_now())) continue;
    stage_.finish();
    publish(wall_now(), true);
}

void Shard::adopt_rules() {
    std::shared_ptr<const sigma::RuleSet> rules;
    {
        const std::scoped_lock lock(mutex_);
        rules = std::exchange(next_rules_, nullptr);
    }
    if (rules != nullptr) stage_.swap_rules(std::move(rules));
}

void Shard::publish(Timestamp reached, bool ended) {
    incident::Coverage coverage = stage_.coverage();
    share_.add_drops(coverage);
    std::unique_lock lock(mutex_);
    if (!ended)
        taken_.wait(lock, [&] { return stop_ || report_.findings.size() < max_waiting_findings; });
    std::move(collector_.found.begin(), collector_.found.end(),
              std::back_inserter(report_.findings));
    collector_.found.clear();
    report_.coverage = coverage;
    report_.newest = stage_.newest();
    report_.reached = std::max(report_.reached, reached);
    report_.faults.clear();
    for (const auto& capture : share_.captures())
        report_.faults.push_back({std::string(capture->name()), std::string(capture->fault())});
    report_.ended = ended;
}

void Shard::wait_for_packets() const {
    std::vector<pollfd> waits;
    for (const auto& capture : share_.captures())
        if (capture->poll_descriptor() >= 0)
            waits.push_back({capture->poll_descriptor(), POLLIN, 0});
    ::poll(waits.data(), waits.size(), idle_poll_ms);
}

}  // namespace persandian::runtime
