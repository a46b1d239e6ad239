// SPDX-License-Identifier: Apache-2.0
#include "detectors/incident/incident_stage.h"

#include <algorithm>
#include <list>
#include <map>

#include <fmt/format.h>

#include "detectors/incident/open_incident.h"

namespace persandian::incident {
namespace {

void append_to_key(std::string& key, std::string_view value) {
    key += std::to_string(value.size());
    key += ':';
    key += value;
}

std::string key_of(const Finding& finding, const std::vector<Entity>& entity) {
    std::string key;
    append_to_key(key, finding.rule.id);
    append_to_key(key, as_text(finding.rule.version.bytes));
    for (const Entity& part : entity) {
        append_to_key(key, part.field);
        append_to_key(key, part.value);
    }
    return key;
}

class IncidentStageImpl final : public IncidentStage {
  public:
    IncidentStageImpl(StageContext context, const AssetInventory& inventory, RandomSource& random,
                      RecordSink& out, const Limits& limits)
        : context_(std::move(context)),
          inventory_(&inventory),
          random_(&random),
          out_(&out),
          limits_(limits),
          next_number_(std::max<std::uint64_t>(1, context_.next_incident_number)) {}

    void on_finding(Finding finding) override {
        finding.time = within_reckoning(finding.time);
        if (!has_clock_ && now_ < finding.time) pass_time(finding.time);
        std::vector<Entity> entity = entity_of(finding);
        std::string key = key_of(finding, entity);
        auto found = by_key_.find(key);
        if (found != by_key_.end() && !joins(*found->second, finding.time)) {
            finish(found->second);
            found = by_key_.end();
        }
        if (found == by_key_.end()) return open(std::move(key), std::move(entity), finding);
        join(found->second, finding);
    }

    void on_time(Timestamp now) override {
        now = within_reckoning(now);
        has_clock_ = true;
        if (now_ < now) pass_time(now);
    }

    void close() override {
        while (!open_.empty()) finish(open_.begin());
        now_ = earliest_reckoned;
        has_clock_ = false;
    }

    [[nodiscard]] std::size_t unwritten() const noexcept override { return unwritten_; }

    void write_counts() override {
        for (Place& place : open_)
            if (place.incident.count > place.incident.written_count) write(place.incident, false);
    }

    void set_context(StageContext context) override {
        next_number_ = std::max(next_number_, context.next_incident_number);
        context_ = std::move(context);
    }

    [[nodiscard]] const Counters& counters() const noexcept override { return counters_; }
    [[nodiscard]] std::uint64_t next_incident_number() const noexcept override {
        return next_number_;
    }

  private:
    struct Place {
        OpenIncident incident;
        std::string key;
    };
    using Order = std::list<Place>;  // least recently touched first

    void pass_time(Timestamp now) {
        now_ = now;
        while (!open_.empty() && open_.front().incident.touched + limits_.grouping_window < now_)
            finish(open_.begin());
    }

    // By event time, in both directions: an older capture may follow a newer one.
    [[nodiscard]] bool joins(const Place& place, Timestamp time) const {
        return time <= place.incident.last_seen + limits_.grouping_window &&
               time >= place.incident.occurred - limits_.grouping_window;
    }

    void open(std::string key, std::vector<Entity> entity, Finding& finding) {
        if (open_.size() >= std::max<std::size_t>(1, limits_.max_open_incidents)) {
            finish(open_.begin());
            ++counters_.closed_early;
        }
        const auto place = open_.emplace(open_.end());
        place->key = std::move(key);
        by_key_.emplace(place->key, place);
        OpenIncident& incident = place->incident;
        incident.discovered = has_clock_ ? now_ : finding.time;
        incident.id =
            fmt::format("INC-{:04}-{:06}", to_calendar(incident.discovered).year, next_number_++);
        incident.entity = std::move(entity);
        incident.agency = inventory_->find(finding);
        incident.rule_set = context_.rule_set_version;
        if (context_.rule_text) incident.rule_text = context_.rule_text(finding.rule.id);
        incident.occurred = incident.last_seen = finding.time;
        ++counters_.incidents;
        join(place, finding);
    }

    void join(Order::iterator place, Finding& finding) {
        OpenIncident& incident = place->incident;
        if (++incident.count == incident.written_count + 1) ++unwritten_;
        incident.occurred = std::min(incident.occurred, finding.time);
        incident.last_seen = std::max(incident.last_seen, finding.time);
        incident.touched = has_clock_ ? now_ : std::max(now_, finding.time);
        open_.splice(open_.end(), open_, place);
        take_samples(incident, finding);
        if (incident.count == 1) incident.first = std::move(finding);
        if (incident.count < incident.next_record_at) return;
        incident.next_record_at *= 10;
        write(incident, false);
    }

    void take_samples(OpenIncident& incident, Finding& finding) {
        bool taken = false;  // what came before goes with what it came before
        for (Evidence& evidence : finding.evidence) {
            if (evidence.before ? !taken : incident.samples >= limits_.max_evidence_samples)
                continue;
            if (pending_bytes_ + evidence.bytes.size() > limits_.max_pending_sample_bytes) {
                ++counters_.samples_left_out;
                continue;
            }
            pending_bytes_ += evidence.bytes.size();
            taken = true;
            if (!evidence.before) ++incident.samples;
            incident.pending.push_back(std::move(evidence));
        }
        finding.evidence.clear();
    }

    void write(OpenIncident& incident, bool is_final) {
        for (const Evidence& evidence : incident.pending) pending_bytes_ -= evidence.bytes.size();
        if (incident.count > incident.written_count) --unwritten_;
        incident.written_count = incident.count;
        out_->on_record(next_record(incident, is_final, {context_, limits_, counters_, *random_}));
    }

    void finish(Order::iterator place) {
        write(place->incident, true);
        by_key_.erase(place->key);
        open_.erase(place);
    }

    StageContext context_;
    const AssetInventory* inventory_;
    RandomSource* random_;
    RecordSink* out_;
    Limits limits_;
    Counters counters_;
    Order open_;
    std::map<std::string, Order::iterator, std::less<>> by_key_;
    std::uint64_t next_number_;
    Timestamp now_ = earliest_reckoned;
    bool has_clock_ = false;
    std::size_t pending_bytes_ = 0;
    std::size_t unwritten_ = 0;
};

}  // namespace

std::unique_ptr<IncidentStage> make_incident_stage(StageContext context,
                                                   const AssetInventory& inventory,
                                                   RandomSource& random, RecordSink& out,
                                                   const Limits& limits) {
    return std::make_unique<IncidentStageImpl>(std::move(context), inventory, random, out, limits);
}

}  // namespace persandian::incident
