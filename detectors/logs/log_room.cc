// SPDX-License-Identifier: Apache-2.0
#include "detectors/logs/log_room.h"

#include <algorithm>
#include <array>
#include <optional>

#include "detectors/event/common_fields.h"

namespace persandian::logs {
namespace {

std::optional<std::size_t> index_of(std::string_view name) noexcept {
    const auto entries = catalog();
    for (std::size_t i = 0; i < entries.size(); ++i)
        if (entries[i]->name == name) return i;
    return std::nullopt;
}

}  // namespace

const LogEntry* find_format(std::string_view name) noexcept {
    const auto index = index_of(name);
    return index ? catalog()[*index] : nullptr;
}

/// Builds the room's one event and hands it on.
class LogRoom::Emitter : public LogEmitter {
  public:
    Emitter(EventSink& sink, Counters& counters) : sink_(sink), counters_(counters) {}

    void set_format(std::string_view name) noexcept { format_ = name; }

    Event& begin(const LogLine& line, Timestamp time) override {
        event_.reset("log", time);
        event_.set_origin({.kind = Origin::Kind::log_line,
                           .bytes = as_bytes(line.text),
                           .time = time,
                           .source_name = line.source_name,
                           .number = line.number});
        event_.add(fields::log_format, format_);
        event_.add(fields::log_source, line.source_name);
        event_.add(fields::log_line, Value::unsigned_integer(line.number));
        event_.add(fields::log_raw, line.text);
        if (line.truncated) event_.add(fields::log_truncated, Value::boolean(true));
        return event_;
    }

    void commit() override {
        ++counters_.events;
        counters_.value_cuts += event_.cuts();
        sink_.on_event(event_);
    }

  private:
    EventSink& sink_;
    Counters& counters_;
    Event event_;
    std::string_view format_ = "plain";
};

/// What the room remembers of one source.
struct LogRoom::Source {
    std::optional<std::size_t> format;  ///< named; absent for auto
    std::optional<std::size_t> last;    ///< auto: the format that won last
    std::vector<std::size_t> order;     ///< named: formats to offer a line to, in order
    std::vector<std::unique_ptr<LogParser>> parsers;  ///< by entry
};

LogRoom::LogRoom(EventSink& sink) : emitter_(std::make_unique<Emitter>(sink, counters_)) {
    counters_.formats.resize(catalog().size());
}

LogRoom::~LogRoom() = default;

LogRoom::Source& LogRoom::source_of(const LogLine& line) {
    if (line.source >= sources_.size()) sources_.resize(std::size_t{line.source} + 1);
    std::unique_ptr<Source>& slot = sources_[line.source];
    if (slot) return *slot;
    slot = std::make_unique<Source>();
    slot->format = index_of(line.format);
    slot->parsers.resize(catalog().size());
    if (!slot->format) return *slot;
    const auto entries = catalog();
    const LogEntry& named = *entries[*slot->format];
    for (std::size_t i = 0; i < entries.size(); ++i)
        if (entries[i]->within == named.name) slot->order.push_back(i);
    slot->order.push_back(*slot->format);
    if (const auto broader = index_of(named.within)) slot->order.push_back(*broader);
    return *slot;
}

ParseStatus LogRoom::offer(Source& source, std::size_t format, const LogLine& line) {
    const LogEntry& entry = *catalog()[format];
    std::unique_ptr<LogParser>& parser = source.parsers[format];
    if (!parser) parser = entry.make();
    emitter_->set_format(entry.name);
    const ParseStatus status = parser->on_line(line, *emitter_);
    if (status == ParseStatus::ok) {
        ++counters_.parsed;
        ++counters_.formats[format].parsed;
    } else if (status == ParseStatus::kept) {
        ++counters_.joined;
        ++counters_.formats[format].joined;
    }
    return status;
}

ParseStatus LogRoom::parse_named(Source& source, const LogLine& line) {
    const auto entries = catalog();
    for (const std::size_t format : source.order) {
        // the named format and the broader one judge for themselves; a format within must be sure
        const bool within = entries[format]->within == entries[*source.format]->name;
        if (within && entries[format]->probe(line.text) < specific_score) continue;
        const ParseStatus status = offer(source, format, line);
        if (status != ParseStatus::not_mine) return status;
    }
    return ParseStatus::not_mine;
}

ParseStatus LogRoom::parse_auto(Source& source, const LogLine& line) {
    const auto entries = catalog();
    if (source.last && entries[*source.last]->probe(line.text) >= specific_score) {
        const ParseStatus status = offer(source, *source.last, line);
        if (status != ParseStatus::not_mine) return status;
    }
    struct Claim {
        unsigned score;
        std::size_t format;
    };
    std::vector<Claim> claims;
    for (std::size_t i = 0; i < entries.size(); ++i)
        if (const unsigned score = entries[i]->probe(line.text)) claims.push_back({score, i});
    std::stable_sort(claims.begin(), claims.end(),
                     [](const Claim& a, const Claim& b) { return a.score > b.score; });
    for (const Claim& claim : claims) {
        const ParseStatus status = offer(source, claim.format, line);
        if (status == ParseStatus::not_mine) continue;
        if (status == ParseStatus::ok || status == ParseStatus::kept) source.last = claim.format;
        return status;
    }
    return ParseStatus::not_mine;
}

void LogRoom::keep_plain(const LogLine& line) {
    ++counters_.plain;
    emitter_->set_format("plain");
    emitter_->begin(line, line.received).add(fields::log_message, line.text);
    emitter_->commit();
}

void LogRoom::on_line(const LogLine& line) noexcept {
    ++counters_.lines;
    if (line.truncated) ++counters_.truncated;
    Source& source = source_of(line);
    const ParseStatus status = source.format ? parse_named(source, line) : parse_auto(source, line);
    switch (status) {
        case ParseStatus::ok:
        case ParseStatus::kept:
            return;
        case ParseStatus::not_mine:
            ++counters_.not_understood;
            break;
        case ParseStatus::malformed:
            ++counters_.malformed;
            break;
        case ParseStatus::limit:
            ++counters_.limit;
            break;
    }
    keep_plain(line);
}

void LogRoom::on_time(Timestamp now) noexcept {
    const auto entries = catalog();
    for (const auto& source : sources_) {
        if (!source) continue;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if (!source->parsers[i]) continue;
            emitter_->set_format(entries[i]->name);
            source->parsers[i]->on_time(now, *emitter_);
        }
    }
}

std::uint64_t LogRoom::oldest_kept_line(std::uint16_t source) const noexcept {
    std::uint64_t oldest = 0;
    if (source >= sources_.size() || !sources_[source]) return oldest;
    for (const auto& parser : sources_[source]->parsers) {
        const std::uint64_t line = parser ? parser->oldest_kept_line() : 0;
        if (line != 0 && (oldest == 0 || line < oldest)) oldest = line;
    }
    return oldest;
}

void LogRoom::finish() noexcept {
    const auto entries = catalog();
    for (const auto& source : sources_) {
        if (!source) continue;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if (!source->parsers[i]) continue;
            emitter_->set_format(entries[i]->name);
            source->parsers[i]->finish(*emitter_);
        }
    }
}

}  // namespace persandian::logs
