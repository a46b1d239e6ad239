// SPDX-License-Identifier: Apache-2.0
#include "tools/persandian/replay_ledger.h"

#include "daemon/ledger/reader.h"
#include "daemon/review/incident_index.h"
#include "tools/persandian/ledger_failure.h"

namespace persandian::cli {
namespace {

std::uint64_t number_after(const std::filesystem::path& folder) {
    const auto reader = ledger::LedgerReader::open(folder);
    return need_data(review::IncidentIndex::build(*reader), folder.c_str()).next_number();
}

}  // namespace

ReplayLedger::ReplayLedger(const std::filesystem::path& folder, RandomSource& random) {
    guard_ledger([&] {
        const bool exists = std::filesystem::exists(folder / "log.vkey");
        if (exists) next_incident_number_ = number_after(folder);
        ledger::WriterOptions options;
        if (!exists) options.origin = "localhost/00/replay";
        open_ = ledger::open_ledger_dir(folder, clock_, random, std::move(options));
    });
    sink_ = std::make_unique<ledger::LedgerSink>(*open_.writer);
}

ReplayLedger::~ReplayLedger() = default;

incident::RecordSink& ReplayLedger::sink() {
    return *sink_;
}

void ReplayLedger::finish(std::string_view reason) {
    need_done(sink_->flush(), "ledger");
    if (sink_->refused_count() > 0)
        throw Failure(bad_data, fmt::format("the ledger refused {} records: {}",
                                            sink_->refused_count(), sink_->last_refusal()->text));
    need_done(open_.writer->close(reason), "ledger");
}

}  // namespace persandian::cli
