// SPDX-License-Identifier: Apache-2.0
//
// persandian keys init|show: the key that signs the log. Rotation and revocation come with epoch
// keys.
#include <cstdio>
#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/ledger/ledger_dir.h"
#include "daemon/ledger/paths.h"
#include "daemon/ledger/reader.h"
#include "daemon/ledger/system_clock.h"
#include "detectors/base/encoding.h"
#include "tools/persandian/cli.h"
#include "tools/persandian/ledger_failure.h"

namespace persandian::cli {
namespace {

struct KeyOptions {
    std::string folder = default_ledger_folder;
    std::string origin;
    bool json = false;
};

struct KeyNames {
    std::string vkey;
    std::string pem;
    std::string fingerprint;  ///< hex SHA-256 of the 32 bytes
};

void print_names(const KeyOptions& options, const std::string& key_file, const KeyNames& names) {
    if (options.json) {
        boost::json::object out;
        out["ledger"] = options.folder;
        out["vkey"] = names.vkey;
        out["sha256"] = names.fingerprint;
        out["pem"] = names.pem;
        fmt::print("{}\n", boost::json::serialize(out));
        return;
    }
    if (!key_file.empty()) fmt::print("private key  {}\n", escape_for_terminal(key_file));
    fmt::print("vkey         {}\nsha-256      {}\n{}", escape_for_terminal(names.vkey),
               names.fingerprint, names.pem);
}

KeyNames names_of(const std::string& origin, const ledger::PublicKey& key) {
    return {.vkey = ledger::vkey(origin, key),
            .pem = ledger::public_key_pem(key),
            .fingerprint = sha256(ByteView(key)).hex()};
}

/// The key is made first, the ledger's genesis by whoever first writes: only the name is fixed
/// here.
void run_init(const KeyOptions& options) {
    const std::string origin = options.origin + "/00000001";
    if (!ledger::is_origin(origin))
        throw Failure(usage, fmt::format("origin \"{}\": write <domain>/<province>/<sensor>, ASCII "
                                         "without blanks and '+'",
                                         escape_for_terminal(options.origin)));
    const std::filesystem::path folder = options.folder;
    if (std::filesystem::exists(folder / ledger::paths::public_pem))
        throw Failure(bad_config, fmt::format("{}: a key is there already; it is not replaced",
                                              (folder / ledger::paths::public_pem).string()));
    ledger::SystemRandom random;
    const auto key_file = folder / ledger::paths::private_key;
    const auto signer = guard_ledger([&] { return ledger::create_key_file(key_file, random); });
    const KeyNames names = names_of(origin, signer->public_key());
    const auto storage = ledger::posix_storage(folder);
    need_done(ledger::write_whole(*storage, ledger::paths::vkey, as_bytes(names.vkey + "\n")),
              "log.vkey");
    need_done(ledger::write_whole(*storage, ledger::paths::public_pem, as_bytes(names.pem)),
              "log.pub.pem");
    print_names(options, key_file.string(), names);
    fmt::print(stderr,
               "Keep a copy of the vkey outside of this machine: it is what auditors trust.\n");
}

void run_show(const KeyOptions& options) {
    const auto storage = ledger::posix_storage(options.folder);
    constexpr std::uint64_t limit = 64_KiB;
    const auto text = ledger::read_whole(*storage, ledger::paths::vkey, limit);
    if (!text)
        throw Failure(no_input, fmt::format("{}: {}", storage->describe(ledger::paths::vkey),
                                            text.error().text));
    const auto named = need_data(ledger::parse_vkey(text->substr(0, text->find('\n'))), "log.vkey");
    print_names(options, "", names_of(named.name, named.key));
}

}  // namespace

void add_keys(CLI::App& program) {
    const auto options = std::make_shared<KeyOptions>();
    CLI::App* const keys = program.add_subcommand("keys", "The key that signs the log");
    keys->require_subcommand(1);

    CLI::App* const init = keys->add_subcommand("init", "Make a key for a new ledger");
    init->add_option("-l,--ledger", options->folder, "Folder of the ledger")->capture_default_str();
    init->add_option("--origin", options->origin, "<domain>/<province>/<sensor>")->required();
    init->add_flag("--json", options->json, "Machine output");
    init->callback([options] { run_init(*options); });

    CLI::App* const show = keys->add_subcommand("show", "The public key of a ledger");
    show->add_option("-l,--ledger", options->folder, "Folder of the ledger")->capture_default_str();
    show->add_flag("--json", options->json, "Machine output");
    show->callback([options] { run_show(*options); });
}

}  // namespace persandian::cli
