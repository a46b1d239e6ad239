// SPDX-License-Identifier: Apache-2.0
//
// persandiand: the recorder, and, when it starts itself again with --inspector, the inspector.
// Recipe of the recorder: read configuration → load rules → make folders → drop privileges → open
// the ledger → run (which starts the inspector; that opens the sources and drops what is left).
#include <cstdio>
#include <exception>

#include <fmt/format.h>

#include "daemon/config/assets.h"
#include "daemon/config/config.h"
#include "daemon/config/rule_files.h"
#include "daemon/ledger/errors.h"
#include "daemon/ledger/system_clock.h"
#include "daemon/runtime/child_process.h"
#include "daemon/runtime/command_line.h"
#include "daemon/runtime/daemon_state.h"
#include "daemon/runtime/inspector.h"
#include "daemon/runtime/loaded_rules.h"
#include "daemon/runtime/privileges.h"
#include "daemon/runtime/program_log.h"
#include "daemon/runtime/read_config.h"
#include "daemon/runtime/recorder.h"
#include "detectors/base/encoding.h"

namespace {

using namespace persandian;

enum ExitCode : int { failed = 1, no_permission = 77, bad_config = 78, io_error = 74 };

incident::AssetInventory read_assets(const config::Config& config) {
    if (config.assets.empty()) return {};
    return config::parse_assets(config.assets, config::read_text_file(config.assets));
}

int run_recorder(const config::Config& config, const runtime::CommandLine& options,
                 runtime::LoadedRules rules, const incident::AssetInventory& assets) {
    runtime::hold_signals();
    runtime::open_program_log(config.log_level, "recorder");
    runtime::prepare_folders(config);
    runtime::drop_privileges(config.user, !config.captures.empty());
    runtime::protect_process();

    ledger::SystemClock clock;
    ledger::SystemRandom random;
    const runtime::PreviousRun previous = runtime::read_previous_run(config);
    runtime::HeadFile head(config);
    const ledger::OpenLedger ledger = runtime::open_ledger(config, clock, random, head);
    runtime::CursorFile cursors(config);
    runtime::WindowFile windows(config);
    const runtime::Cursors window_places = windows.load(rules.rules->version());

    // What is lost or cannot be read may have named incidents: their numbers are not given again.
    const ledger::OpenReport& opened = ledger.writer->report();
    const std::uint64_t next_incident_number = previous.next_incident_number + opened.lost_records +
                                               (previous.unreadable ? opened.given_up_records : 0);
    runtime::RecorderSetup setup{
        config,
        options.overrides,
        std::move(rules),
        assets,
        *ledger.writer,
        random,
        next_incident_number,
        previous.last_record,
        previous.was_closed,
        cursors.load(),
        [&](const runtime::Cursors& places) { cursors.store(places); },
        window_places,
        [&](const runtime::Cursors& places, const Digest& of) { windows.store(places, of); },
        [&](const std::string& note) { return head.store(note); },
        [&](const incident::RecordDraft& draft) { return runtime::check_draft(config, draft); }};
    // Beyond this point nothing of the configuration is missing: what fails from here on is the
    // world.
    return runtime::Recorder(std::move(setup)).run();
}

}  // namespace

int main(int argc, char** argv) {
    const runtime::CommandLine options = runtime::parse_command_line(argc, argv);
    if (options.exit_code >= 0) return options.exit_code;
    if (options.is_inspector) {
        runtime::protect_process();
        return runtime::run_inspector(runtime::FileDescriptor(runtime::inspector_channel_fd));
    }
    try {
        const config::Config config = runtime::read_config(options.config_file, options.overrides);
        const incident::AssetInventory assets = read_assets(config);
        runtime::LoadedRules rules = runtime::load_rules(config);
        if (!rules.cache_problem.empty())
            fmt::print(stderr, "persandiand: the rule cache: {}\n", rules.cache_problem);
        if (options.test_only) {
            for (const std::string& warning : rules.suppression_warnings)
                fmt::print("warning: {}\n", escape_for_terminal(warning));
            fmt::print(
                "{}: good; {} rules loaded, {} refused, {} suppressions, {} interfaces, {} log "
                "files, {} agencies\n",
                config.path.string(), rules.rules->rules().size(), rules.refused.size(),
                rules.suppressions ? rules.suppressions->entries.size() : 0, config.captures.size(),
                config.logs.size(), assets.agencies.size());
            return 0;
        }
        return run_recorder(config, options, std::move(rules), assets);
    } catch (const config::ConfigError& error) {
        fmt::print(stderr, "{}\n", error.what());
        return bad_config;
    } catch (const config::UnreadableFile& error) {
        fmt::print(stderr, "persandiand: {}\n", error.what());
        return bad_config;
    } catch (const runtime::RulesRefused& error) {
        fmt::print(stderr, "{}\n", error.what());
        return bad_config;
    } catch (const ledger::LedgerError& error) {
        fmt::print(stderr, "persandiand: {}\n", error.what());
        return error.fault == ledger::LedgerFault::permission ? no_permission : io_error;
    } catch (const runtime::LedgerFailed& error) {
        fmt::print(stderr, "persandiand: {}\n", error.what());
        return io_error;
    } catch (const std::exception& error) {
        fmt::print(stderr, "persandiand: {}\n", error.what());
        return failed;
    }
}
