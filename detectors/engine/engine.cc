// SPDX-License-Identifier: Apache-2.0
#include "detectors/engine/engine.h"

#include <cstdint>
#include <utility>

namespace persandian::engine {
namespace {

FindingStageOptions in_line(FindingStageOptions options, const EventStage& stage) {
    options.file_time = true;
    options.coverage = [&stage] { return stage.coverage(); };
    return options;
}

}  // namespace

Engine::Engine(const std::shared_ptr<const sigma::RuleSet>& rules,
               FindingStageOptions finding_options, const EventStageOptions& event_options,
               const incident::AssetInventory& inventory, RandomSource& random,
               incident::RecordSink& out)
    // the stage's address is taken, not its value: it asks only when there are findings
    : findings_(rules, in_line(std::move(finding_options), events_), inventory, random, out),
      events_(rules, findings_, event_options),
      told_{INT64_MIN} {}

void Engine::on_packet(const RawPacket& packet) {
    events_.on_packet(packet);
    move_time();
}

void Engine::on_line(const LogLine& line) {
    events_.on_line(line);
    move_time();
}

// Once a second of file time is enough for windows and incidents.
void Engine::move_time() {
    const Timestamp now = events_.newest();
    if (now.ns == INT64_MIN) return;
    if (told_.ns != INT64_MIN && now < told_ + Duration::seconds(1)) return;
    told_ = now;
    findings_.on_time(now);
}

void Engine::finish() {
    events_.finish();
    findings_.close();
}

void Engine::swap_rules(const std::shared_ptr<const sigma::RuleSet>& rules) {
    events_.swap_rules(rules);
    findings_.swap_rules(rules);
}

}  // namespace persandian::engine
