// SPDX-License-Identifier: Apache-2.0
#include "detectors/engine/event_stage.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "detectors/event/common_fields.h"
#include "detectors/event/content_fields.h"
#include "detectors/event/file_fields.h"

namespace persandian::engine {
namespace {

bool is_plain_line(const Event& event) {
    if (event.origin().kind != Origin::Kind::log_line) return false;
    const Value* const format = event.find(fields::log_format.name());
    return format != nullptr && format->kind() == Value::Kind::text && format->as_text() == "plain";
}

}  // namespace

EventStage::EventStage(std::shared_ptr<const sigma::RuleSet> rules, FindingSink& out,
                       const EventStageOptions& options)
    : out_(&out),
      events_(options.events),
      protocols_(event_tap_),
      payload_(protocols_, event_tap_),
      flow_(options.flow_limits, options.hash_seed, payload_, event_tap_),
      logs_(event_tap_),
      newest_{INT64_MIN} {
    protocols_.set_file_types(options.file_types);
    swap_rules(std::move(rules));
}

EventStage::~EventStage() = default;

void EventStage::name_source(std::uint16_t source, std::string name) {
    if (source_names_.size() <= source) source_names_.resize(std::size_t{source} + 1);
    source_names_[source] = std::move(name);
}

std::string_view EventStage::name_of(std::uint16_t source) const {
    return source < source_names_.size() ? std::string_view(source_names_[source])
                                         : std::string_view();
}

void EventStage::on_packet(const RawPacket& packet) noexcept {
    source_ = packet.source;
    ++packets_;
    newest_ = std::max(newest_, packet.time);
    Origin origin;
    origin.kind = Origin::Kind::packet;
    origin.bytes = packet.bytes;
    origin.link_type = packet.link_type;
    origin.wire_length_bytes = packet.wire_length_bytes;
    origin.time = packet.time;
    origin.source_name = name_of(packet.source);
    origin.number = packet.number;
    protocols_.set_origin(origin);
    payload_.set_origin(origin);
    flow_.on_packet(packet);
    protocols_.set_origin({});
    payload_.set_origin({});
}

void EventStage::on_line(const LogLine& line) noexcept {
    source_ = line.source;
    logs_.on_line(line);
}

void EventStage::on_time(Timestamp now) noexcept {
    flow_.on_time(now);
    logs_.on_time(now);
}

void EventStage::finish() noexcept {
    flow_.finish();
    logs_.finish();
}

void EventStage::swap_rules(std::shared_ptr<const sigma::RuleSet> rules) {
    ask_for_dear_fields(*rules);
    if (matcher_ != nullptr) before_swaps_ += matcher_->counters();
    matcher_ = sigma::make_matcher(std::move(rules));
}

/// What costs much to make is made only when some rule reads it, or, of the hashes of files, when
/// somebody wants the events.
void EventStage::ask_for_dear_fields(const sigma::RuleSet& rules) {
    std::vector<const Field*> wanted;
    const auto want = [&](const Field* field) {
        if (rules.reads(field->name())) wanted.push_back(field);
    };
    for (const protocols::ProtocolEntry* const entry : protocols::catalog())
        for (const Field* const field : entry->fields)
            if (field->kind() == FieldKind::bytes) want(field);
    const std::size_t beside_files = wanted.size();
    for (const Field* const field : fields::fileinfo)
        if (field != &fields::fileinfo_filename && field != &fields::fileinfo_sha256) want(field);
    if (events_ != nullptr || rules.reads(fields::fileinfo_sha256.name()))
        wanted.push_back(&fields::fileinfo_sha256);
    // the name stands for files at all: TransferredFile::is_wanted()
    if (wanted.size() > beside_files || rules.reads(fields::fileinfo_filename.name()))
        wanted.push_back(&fields::fileinfo_filename);
    protocols_.set_wanted(std::move(wanted));
    payload_.set_wanted(rules.reads(fields::payload.name()));
}

void EventStage::take(const Event& event) {
    ++event_count_;
    ++by_type_[event.type()];
    if (!is_plain_line(event)) newest_ = std::max(newest_, event.time());
    if (events_ != nullptr && event.type() != flow::PayloadTap::event_type)
        events_->on_event(event);
    matcher_->match(event, finding_tap_);
}

void EventStage::pass(Finding finding) {
    ++findings_;
    finding.source = source_;
    finding.sequence = ++sequence_;
    add_earlier_packets(finding);
    out_->on_finding(std::move(finding));
}

/// What the flow carried before the packet that matched, for evidence.
void EventStage::add_earlier_packets(Finding& finding) {
    const bool may_be_incident = finding.alert && finding.rule.level != Level::informational;
    if (!may_be_incident || finding.evidence.empty() ||
        finding.evidence.front().kind != Evidence::Kind::packet)
        return;
    const std::int64_t second = finding.time.ns / Duration::seconds(1).ns;
    if (second != earlier_second_) earlier_second_ = second, earlier_bytes_ = 0;
    if (earlier_bytes_ >= max_earlier_bytes_per_second) {
        ++findings_without_earlier_;
        return;
    }
    flow_.earlier_packets([&](const RawPacket& packet) {
        const Evidence& matched = finding.evidence.front();
        if (packet.number == matched.number && packet.source == source_) return true;
        Evidence evidence;
        evidence.kind = Evidence::Kind::packet;
        evidence.before = true;
        evidence.bytes = as_text(packet.bytes);
        evidence.link_type = packet.link_type;
        evidence.wire_length_bytes = packet.wire_length_bytes;
        evidence.time = packet.time;
        evidence.source_name = name_of(packet.source);
        evidence.number = packet.number;
        earlier_bytes_ += evidence.bytes.size();
        finding.evidence.push_back(std::move(evidence));
        return finding.evidence.size() < Finding::max_evidence;
    });
}

std::vector<Shortfall> EventStage::shortfalls() const {
    sigma::MatcherCounters matching = before_swaps_;
    matching += matcher_->counters();
    const flow::PayloadTap::Counters& payload = payload_.counters();
    std::vector<Shortfall> out = {{"payload_bytes_beyond_depth", payload.bytes_beyond_depth},
                                  {"payload_chunks_alone", payload.chunks_alone},
                                  {"findings_without_earlier_packets", findings_without_earlier_},
                                  {"regexes_gave_up", matching.regex_gave_up},
                                  {"sequences_gave_up", matching.sequence_gave_up}};
    std::erase_if(out, [](const Shortfall& shortfall) { return shortfall.count == 0; });
    return out;
}

incident::Coverage EventStage::coverage() const {
    const flow::Counters& flow = flow_.counters();
    const logs::LogRoom::Counters& lines = logs_.counters();
    incident::Coverage out;
    out.packets_received = packets_;
    out.packets_malformed = flow.packets_malformed;
    out.flows_evicted = flow.flows_evicted;
    out.flows_shed = flow.flows_shed;
    out.lines_read = lines.lines;
    out.lines_unparsed = lines.plain;
    out.events = event_count_;
    out.findings = findings_;
    return out;
}

}  // namespace persandian::engine
