// SPDX-License-Identifier: Apache-2.0
#include "tools/persandian/replay_run.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "daemon/runtime/machine_file_types.h"
#include "daemon/sources/log_file.h"
#include "daemon/sources/pcap_file.h"

namespace persandian::cli {
namespace {

constexpr Timestamp never{INT64_MIN};
// A capture that begins so much before what was read is of another time.
constexpr Duration step_back = Duration::minutes(10);

std::uint64_t draw_seed(RandomSource& random) {
    std::array<std::byte, 8> bytes{};
    random.fill(bytes);
    std::uint64_t seed = 0;
    std::memcpy(&seed, bytes.data(), sizeof seed);
    return seed;
}

}  // namespace

/// One input of the merger: a stage and what it reads.
class ReplayRun::Cursor {
  public:
    Cursor(ReplayRun& run, FindingSink& out)
        : run_(run),
          stage_(run.environment_.rules, out,
                 {.flow_limits = run.input_.flow_limits,
                  .hash_seed = draw_seed(run.environment_.random),
                  .events = run.environment_.events,
                  .file_types = file_types_.get()}) {}
    virtual ~Cursor() = default;
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;

    /// Reads one packet or line; false at the end.
    virtual bool step() = 0;
    /// Time of what comes next, as far as that is known.
    [[nodiscard]] virtual Timestamp reached() const = 0;
    virtual void add_totals(ReplayTotals& totals) const = 0;
    [[nodiscard]] virtual std::uint64_t lines_lost() const { return 0; }

    [[nodiscard]] const engine::EventStage& stage() const noexcept { return stage_; }
    bool ended = false;

  private:
    runtime::MachineFileTypes file_types_;

  protected:
    ReplayRun& run_;
    engine::EventStage stage_;
};

/// All captures, one after the other.
class ReplayRun::CaptureCursor final : public Cursor {
  public:
    using Cursor::Cursor;

    bool step() override {
        if (!file_) return open_next();
        if (pending_) {
            stage_.on_packet(file_->packet());
            last_ = file_->packet().time;
            newest_ = std::max(newest_, last_);
        }
        pending_ = file_->next({}) == sources::PacketSource::Next::packet;
        if (!pending_) {
            close_file();
        } else if (file_->packet().time > last_ + Duration::seconds(1)) {
            // reached() is about to say the next packet's time: what ends before it is told first
            stage_.on_time(file_->packet().time);
        }
        return true;
    }

    [[nodiscard]] Timestamp reached() const override {
        return pending_ ? file_->packet().time : last_;
    }

    void add_totals(ReplayTotals& totals) const override {
        totals.captures += files_;
        totals.bytes += bytes_;
        if (file_) totals.bytes += file_->counters().bytes;
        totals.flows += stage_.flow_counters().flows;
    }

  private:
    bool open_next() {
        if (next_ == run_.input_.captures.size()) return false;
        const std::string& path = run_.input_.captures[next_++];
        run_.current_source_ = path;
        stage_.name_source(0, path);
        file_ = std::make_unique<sources::PcapFile>(
            sources::PcapFileOptions{.path = path, .filter = run_.input_.filter, .index = 0});
        try {
            file_->open();
        } catch (const sources::SourceError& error) {
            run_.problems_.push_back({error.kind(), error.what()});
            file_.reset();
            run_.write_gap({.what = incident::Gap::What::capture,
                            .from = known_time(),
                            .to = known_time(),
                            .lost = {{"files", 1}},
                            .reason = "a capture file could not be read",
                            .details = std::string(error.what()) + "\n"});
            return true;
        }
        pending_ = file_->next({}) == sources::PacketSource::Next::packet;
        if (!pending_) {
            close_file();
        } else if (newest_ != never && file_->packet().time < newest_ - step_back) {
            run_.begin_run();
            newest_ = never;
        }
        return true;
    }

    void close_file() {
        stage_.finish();
        bytes_ += file_->counters().bytes;
        ++files_;
        if (!file_->fault().empty())
            run_.write_gap({.what = incident::Gap::What::capture,
                            .from = known_time(),
                            .to = known_time(),
                            .lost = {{"files_cut", 1}},
                            .reason = "a capture file breaks off",
                            .details = std::string(file_->name()) + ": " +
                                       std::string(file_->fault()) + "\n"});
        file_.reset();
        pending_ = false;
    }

    [[nodiscard]] Timestamp known_time() const { return last_ == never ? Timestamp{} : last_; }

    std::unique_ptr<sources::PcapFile> file_;
    std::size_t next_ = 0;
    bool pending_ = false;  // file_ holds a packet that the stage has not seen
    Timestamp last_ = never;
    Timestamp newest_ = never;
    std::uint64_t files_ = 0;
    std::uint64_t bytes_ = 0;
};

/// One log file.
class ReplayRun::LogCursor final : public Cursor {
  public:
    LogCursor(ReplayRun& run, FindingSink& out, const ReplayInput::Log& log, std::uint16_t index)
        : Cursor(run, out), file_(options(run, log, index)) {}

    bool step() override {
        if (!opened_) return open();
        if (file_.next({}) != sources::LogSource::Next::line) {
            close_file();
            return false;
        }
        stage_.on_line(file_.line());
        const Timestamp now = stage_.newest();
        if (now != never && (told_ == never || now >= told_ + Duration::seconds(1))) {
            stage_.on_time(now);
            told_ = now;
        }
        return true;
    }

    [[nodiscard]] Timestamp reached() const override { return stage_.newest(); }

    void add_totals(ReplayTotals& totals) const override {
        if (!opened_) return;
        const sources::LogCounters counters = file_.counters();
        totals.log_files += ended ? 1 : 0;
        totals.bytes += counters.bytes;
        totals.lines_truncated += counters.truncated;
    }

    [[nodiscard]] std::uint64_t lines_lost() const override {
        return opened_ ? file_.counters().lost : 0;
    }

  private:
    static sources::LogSourceOptions options(const ReplayRun& run, const ReplayInput::Log& log,
                                             std::uint16_t index) {
        sources::LogSourceOptions out;
        out.path = log.path;
        out.format = log.format;
        out.index = index;
        out.zone_offset_minutes = run.input_.zone_offset_minutes;
        return out;
    }

    bool open() {
        try {
            file_.open();
        } catch (const sources::SourceError& error) {
            run_.problems_.push_back({error.kind(), error.what()});
            gap({{"files", 1}}, "a log file could not be read", error.what());
            return false;
        }
        run_.current_source_ = std::string(file_.name());
        opened_ = true;
        return true;
    }

    void close_file() {
        stage_.finish();
        const sources::LogCounters counters = file_.counters();
        const std::string name(file_.name());
        if (counters.truncated > 0)
            gap({{"lines_cut", counters.truncated}, {"bytes", counters.skipped_bytes}},
                "lines longer than the limit were cut", name);
        if (!file_.fault().empty())
            gap({{"files_cut", 1}}, "a log file breaks off",
                name + ": " + std::string(file_.fault()));
    }

    void gap(incident::LostCounts lost, std::string reason, const std::string& details) {
        const Timestamp time = stage_.newest() == never ? Timestamp{} : stage_.newest();
        run_.write_gap({.what = incident::Gap::What::log,
                        .from = time,
                        .to = time,
                        .lost = std::move(lost),
                        .reason = std::move(reason),
                        .details = details + "\n"});
    }

    sources::LogFile file_;
    bool opened_ = false;
    Timestamp told_ = never;
};

ReplayRun::ReplayRun(ReplayInput input, const ReplayEnvironment& environment)
    : input_(std::move(input)), environment_(environment), told_(never) {
    engine::FindingStageOptions options;
    options.sensor = "replay";
    options.file_time = true;
    options.next_incident_number = environment.next_incident_number;
    options.coverage = [this] { return coverage(); };
    findings_ = std::make_unique<engine::FindingStage>(environment.rules, std::move(options),
                                                       environment.inventory, environment.random,
                                                       environment.records);
    findings_->use_suppressions(environment.suppressions);
    merger_ = std::make_unique<engine::FindingMerger>(*findings_);
    add_cursors();
}

ReplayRun::~ReplayRun() = default;

void ReplayRun::add_cursors() {
    if (!input_.captures.empty())
        cursors_.push_back(std::make_unique<CaptureCursor>(*this, merger_->add_input()));
    std::uint16_t index = 0;
    for (const ReplayInput::Log& log : input_.logs)
        cursors_.push_back(std::make_unique<LogCursor>(*this, merger_->add_input(), log, ++index));
}

void ReplayRun::run(const std::function<bool()>& progress) {
    constexpr std::uint64_t steps_between_progress = 4096;
    std::uint64_t steps = 0;
    while (true) {
        // the input that has come least far goes on
        std::optional<std::size_t> least;
        for (std::size_t i = 0; i < cursors_.size(); ++i)
            if (!cursors_[i]->ended &&
                (!least || cursors_[i]->reached() < cursors_[*least]->reached()))
                least = i;
        if (!least) break;
        step(*least);
        if (++steps % steps_between_progress == 0 && !progress()) break;
    }
    for (std::size_t i = 0; i < cursors_.size(); ++i) merger_->end(i);
    findings_->close();
}

void ReplayRun::step(std::size_t index) {
    Cursor& cursor = *cursors_[index];
    cursor.ended = !cursor.step();
    if (cursor.ended) {
        merger_->end(index);
    } else if (cursor.reached() != never) {
        merger_->advance(index, cursor.reached());
    }
    move_time();
}

void ReplayRun::move_time() {
    const Timestamp now = merger_->time();
    if (now.ns == INT64_MIN || now.ns == INT64_MAX) return;
    if (told_ != never && now < told_ + Duration::seconds(1)) return;
    told_ = now;
    findings_->on_time(now);
}

// The captures (input 0) go on in another time.
void ReplayRun::begin_run() {
    merger_->restart(0);
    findings_->begin_run();
    told_ = never;
}

void ReplayRun::write_gap(incident::Gap gap) {
    ++gaps_;
    const bool could_be_opened = problems_.empty() || gap.details != problems_.back().text + "\n";
    if (could_be_opened && warnings_.size() < max_warnings)
        warnings_.push_back(gap.reason + ": " + gap.details.substr(0, gap.details.find('\n')));
    environment_.records.on_record(incident::gap_record(gap, environment_.random));
}

incident::Coverage ReplayRun::coverage() const {
    incident::Coverage out;
    for (const std::unique_ptr<Cursor>& cursor : cursors_) {
        incident::add_coverage(out, cursor->stage().coverage());
        out.lines_lost += cursor->lines_lost();
    }
    out.suppressed = findings_->suppressor().hidden();
    return out;
}

ReplayTotals ReplayRun::totals() const {
    ReplayTotals out;
    out.coverage = coverage();
    out.shortfalls = findings_->shortfalls();
    for (const std::unique_ptr<Cursor>& cursor : cursors_) {
        for (const auto& [type, count] : cursor->stage().events_by_type())
            out.events_by_type[std::string(type)] += count;
        engine::add_shortfalls(out.shortfalls, cursor->stage().shortfalls());
        cursor->add_totals(out);
    }
    out.gaps = gaps_;
    out.incidents = findings_->incident_counters();
    return out;
}

}  // namespace persandian::cli
