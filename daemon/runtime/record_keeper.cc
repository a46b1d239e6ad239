// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/record_keeper.h"

#include <algorithm>
#include <array>
#include <utility>

#include "detectors/base/digest.h"
#include "detectors/engine/quiet.h"

namespace persandian::runtime {
namespace {

using incident::Coverage;

std::uint64_t drops_of(const Coverage& coverage) {
    return coverage.packets_dropped_kernel + coverage.packets_dropped_interface;
}

}  // namespace

Coverage operator+(const Coverage& a, const Coverage& b) {
    Coverage sum = a;
    incident::add_coverage(sum, b);
    return sum;
}

RecordKeeper::RecordKeeper(const config::Config& config, const LoadedRules& rules,
                           const incident::AssetInventory& assets, ledger::LedgerWriter& writer,
                           RandomSource& random, std::uint64_t next_incident_number,
                           StoreCursors store_cursors)
    : random_(random),
      writer_(writer),
      sink_(writer),
      counting_sink_(sink_, incident_records_),
      store_cursors_(std::move(store_cursors)),
      heartbeat_(config.ledger.heartbeat) {
    engine::FindingStageOptions options;
    options.sensor = config.sensor.name;
    options.next_incident_number = next_incident_number;
    options.coverage = [this] { return coverage(); };
    options.incident_limits.grouping_window = config.limits.incident_window;
    stage_ = std::make_unique<engine::FindingStage>(rules.rules, std::move(options), assets,
                                                    random_, counting_sink_);
    stage_->use_suppressions(rules.suppressions);
    write_config(rules, config);
}

void RecordKeeper::write_config(const LoadedRules& rules, const config::Config& config) {
    facts_ = {};
    facts_.rule_set = rules.rules->version();
    facts_.rules = rules.rules->rules().size();
    facts_.refused = rules.refused.size();
    facts_.binary = PERSANDIAN_VERSION;
    facts_.configuration = sha256(as_bytes(config.text));
    write_facts();
}

void RecordKeeper::write_facts() {
    incident::ConfigFacts facts = facts_;
    engine::add_suppressions(facts, stage_->suppressor());
    for (incident::RecordDraft& draft : incident::config_records(facts, random_))
        sink_.on_record(std::move(draft));
    reported_hidden_ = stage_->suppressor().hidden();
}

void RecordKeeper::write_hidden() {
    if (stage_->suppressor().hidden() != reported_hidden_) write_facts();
}

void RecordKeeper::on_start(std::optional<Timestamp> from, bool was_closed, Timestamp now) {
    last_heartbeat_ = now;
    last_hidden_report_ = now;
    drops_since_ = now;
    if (!from) return;
    const char* const reason =
        was_closed
            ? "the daemon was not running"
            : "the daemon was not running; it had ended without closing, so log lines it had "
              "read last are read again and may stand in two incidents";
    sink_.on_record(
        incident::gap_record({incident::Gap::What::writer, *from, now, {}, reason, {}}, random_));
}

void RecordKeeper::on_finding(Finding finding) {
    stage_->on_finding(std::move(finding));
}

void RecordKeeper::on_finding_again(Finding finding) {
    stage_->on_finding_again(std::move(finding));
}

void RecordKeeper::on_progress(const Progress& progress, Timestamp now) {
    current_ = progress.coverage;
    const std::uint64_t drops = drops_of(coverage());
    if (drops > reported_drops_) {
        sink_.on_record(incident::gap_record({incident::Gap::What::capture,
                                              drops_since_,
                                              now,
                                              {{"packets", drops - reported_drops_}},
                                              "packets were dropped before they could be read",
                                              {}},
                                             random_));
        reported_drops_ = drops;
    }
    const std::uint64_t shed = coverage().flows_shed;
    if (shed > reported_shed_) {
        sink_.on_record(
            incident::gap_record({incident::Gap::What::capture,
                                  drops_since_,
                                  now,
                                  {{"flows_shed", shed - reported_shed_}},
                                  "too much traffic: of long flows only the beginning was read",
                                  {}},
                                 random_));
        reported_shed_ = shed;
    }
    const std::uint64_t lost = coverage().lines_lost;
    if (lost > reported_lost_lines_) {
        // How many lines one loss was, nobody can say.
        sink_.on_record(incident::gap_record({incident::Gap::What::log,
                                              drops_since_,
                                              now,
                                              {{"losses", lost - reported_lost_lines_}},
                                              "a log file was emptied or removed before all of it "
                                              "could be read",
                                              {}},
                                             random_));
        reported_lost_lines_ = lost;
    }
    drops_since_ = now;
}

void RecordKeeper::on_loss(const Loss& loss) {
    const auto what = loss.what == "log" ? incident::Gap::What::log : incident::Gap::What::capture;
    sink_.on_record(incident::gap_record(
        {what,
         loss.from,
         loss.to,
         {{what == incident::Gap::What::log ? "lines" : "packets", loss.count}},
         "a source could not be read",
         loss.reason},
        random_));
}

void RecordKeeper::on_cursor(const std::string& log, const sources::LogCursor& place) {
    pending_cursors_[log] = place;
}

void RecordKeeper::on_first_cursor(const std::string& log, const sources::LogCursor& place) {
    first_cursors_[log] = place;
}

void RecordKeeper::on_inspector_gap(Timestamp from, Timestamp to, const std::string& reason) {
    sink_.on_record(
        incident::gap_record({incident::Gap::What::inspector, from, to, {}, reason, {}}, random_));
}

void RecordKeeper::on_inspector_start() {
    before_ = coverage();
    current_ = {};
}

void RecordKeeper::on_rules(const LoadedRules& rules, const config::Config& config) {
    write_hidden();
    hidden_before_ += stage_->suppressor().hidden();
    stage_->swap_rules(rules.rules);
    stage_->use_suppressions(rules.suppressions);
    heartbeat_ = config.ledger.heartbeat;
    write_config(rules, config);
}

Result<std::uint64_t> RecordKeeper::append_now(incident::RecordDraft draft) {
    commit();
    const Result<ledger::IndexRange> range = writer_.append({&draft, 1});
    if (!range) return range.error();
    return range->first;
}

void RecordKeeper::on_time(Timestamp now) {
    stage_->on_time(now);
    write_counts_if_due(now);
    if (now - last_hidden_report_ >= hidden_report_interval || now < last_hidden_report_) {
        last_hidden_report_ = now;
        write_hidden();
    }
    if (now - last_heartbeat_ < heartbeat_ && now >= last_heartbeat_) return;
    last_heartbeat_ = now;
    write_heartbeat();
}

void RecordKeeper::write_heartbeat() {
    sink_.on_record(incident::heartbeat_record(coverage(), heartbeat_.ns / 1'000'000'000, random_));
}

void RecordKeeper::write_counts_if_due(Timestamp now) {
    if (pending_cursors_.empty() || stage_->unwritten() == 0) return held_since_.reset();
    if (!held_since_ || now < *held_since_) held_since_ = now;
    const auto at_that_rate = Duration::seconds(
        static_cast<std::int64_t>(stage_->unwritten() / most_count_records_per_second));
    if (now - *held_since_ < std::max(counts_within, at_that_rate)) return;
    stage_->write_counts();
    held_since_.reset();
}

bool RecordKeeper::may_store_cursors() const {
    return !pending_cursors_.empty() && stage_->unwritten() == 0;
}

void RecordKeeper::commit() {
    if (const Result<void> done = sink_.flush(); !done)
        throw LedgerFailed(std::string("the ledger cannot be written: ") + done.error().text);
    if (!first_cursors_.empty()) store_cursors_(std::exchange(first_cursors_, {}));
    if (!may_store_cursors()) return;
    store_cursors_(pending_cursors_);
    pending_cursors_.clear();
}

bool RecordKeeper::has_pending() const {
    return !sink_.empty() || !first_cursors_.empty() || may_store_cursors();
}

void RecordKeeper::close(std::string_view reason) {
    stage_->close();
    write_hidden();
    write_heartbeat();
    commit();
    if (const Result<void> done = writer_.close(reason); !done)
        throw LedgerFailed(std::string("the ledger cannot be closed: ") + done.error().text);
}

Coverage RecordKeeper::coverage() const {
    Coverage sum = before_ + current_;
    sum.suppressed = hidden_before_ + (stage_ ? stage_->suppressor().hidden() : 0);
    return sum;
}

}  // namespace persandian::runtime
