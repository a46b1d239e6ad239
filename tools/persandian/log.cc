// SPDX-License-Identifier: Apache-2.0
//
// persandian log head|show|prove|export: looks into a ledger. Only what verifies against the signed
// root is shown. For an audit use persandian-verify, which trusts nothing in the folder.
#include <charconv>
#include <cstdio>
#include <memory>

#include <boost/json.hpp>
#include <fmt/color.h>
#include <fmt/format.h>
#include <unistd.h>

#include "daemon/ledger/export.h"
#include "daemon/ledger/reader.h"
#include "detectors/base/encoding.h"
#include "tools/persandian/cli.h"
#include "tools/persandian/ledger_failure.h"

namespace persandian::cli {
namespace {

using ledger::LedgerReader;

struct LogOptions {
    std::string folder = default_ledger_folder;
    std::uint32_t generation = 0;
    std::string which;  ///< "", "12", "10..20"
    std::string kind;
    std::string target;
    std::uint64_t old_size = 0;
    bool json = false;
    bool raw = false;
    bool disclose = false;
};

std::unique_ptr<LedgerReader> open_reader(const LogOptions& options) {
    return guard_ledger(
        [&] { return LedgerReader::open(options.folder, {.generation = options.generation}); });
}

void print(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size())
        throw Failure(io_error, "cannot write to standard output");
}

bool wants_colour() {
    static constexpr int out = 1;
    return ::isatty(out) == 1 && std::getenv("NO_COLOR") == nullptr;
}

std::uint64_t parse_index(std::string_view text) {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, value);
    if (text.empty() || failure != std::errc{} || stop != end)
        throw Failure(usage, fmt::format("\"{}\" is not a record number (12) or a range (10..20)",
                                         escape_for_terminal(text)));
    return value;
}

struct Range {
    std::uint64_t from = 0;
    std::uint64_t to = 0;  ///< exclusive
};

Range parse_range(const std::string& text, std::uint64_t size) {
    Range out{.from = 0, .to = size};
    if (text.empty()) return out;
    const std::size_t dots = text.find("..");
    if (dots == std::string::npos) {
        out.from = parse_index(text);
        out.to = out.from + 1;
    } else {
        if (dots > 0) out.from = parse_index(text.substr(0, dots));
        if (dots + 2 < text.size()) out.to = parse_index(text.substr(dots + 2)) + 1;
    }
    if (out.from >= size || out.to > size || out.from >= out.to)
        throw Failure(no_input, fmt::format("no record {}: the log holds {}",
                                            escape_for_terminal(text), size));
    return out;
}

/// A member of a record as text, "" when absent.
std::string member(const boost::json::object& record, const char* name) {
    const boost::json::value* const value = record.if_contains(name);
    if (value == nullptr) return {};
    if (const boost::json::string* const text = value->if_string())
        return {text->data(), text->size()};
    return boost::json::serialize(*value);
}

boost::json::object parse_record(const std::string& record, std::uint64_t index) {
    boost::system::error_code failure;
    boost::json::value value = boost::json::parse(record, failure);
    if (failure || !value.is_object())
        throw Failure(bad_data, fmt::format("record {} is no JSON object", index));
    return std::move(value.get_object());
}

void run_head(const LogOptions& options) {
    const auto reader = open_reader(options);
    const ledger::Checkpoint& checkpoint = reader->checkpoint();
    if (options.raw) return print(reader->checkpoint_note());
    const auto last = need_data(reader->record(checkpoint.size - 1), "last record");
    const std::string time = member(parse_record(last, checkpoint.size - 1), "ts");
    const std::uint32_t id = ledger::key_id(checkpoint.origin, reader->key());
    const std::string root = base64_encode(checkpoint.root.bytes);
    if (options.json) {
        boost::json::object out;
        out["origin"] = checkpoint.origin;
        out["size"] = checkpoint.size;
        out["root"] = root;
        out["time"] = time;
        out["key_id"] = fmt::format("{:08x}", id);
        out["vkey"] = ledger::vkey(checkpoint.origin, reader->key());
        out["generations"] = reader->generations().size();
        return print(boost::json::serialize(out) + "\n");
    }
    print(fmt::format("origin  {}\nsize    {}\nroot    {}\ntime    {}\nkey id  {:08x}\n",
                      escape_for_terminal(checkpoint.origin), checkpoint.size, root,
                      escape_for_terminal(time), id));
}

/// Members that every record has are in the heading line.
bool is_common(std::string_view name) {
    return name == "v" || name == "kind" || name == "log" || name == "seq" || name == "boot" ||
           name == "ts" || name == "mono" || name == "clk";
}

void show_readable(std::uint64_t index, const boost::json::object& record,
                   const std::vector<ledger::OpenedValue>& values) {
    const std::string heading =
        fmt::format("{}  {}  {}", index, escape_for_terminal(member(record, "ts")),
                    escape_for_terminal(member(record, "kind")));
    print(wants_colour() ? fmt::format("\x1b[1m{}\x1b[0m\n", heading) : heading + "\n");
    for (const auto& [name, value] : record) {
        const std::string_view key(name.data(), name.size());
        if (is_common(key)) continue;
        print(fmt::format("    {:<14} {}\n", escape_for_terminal(key),
                          escape_for_terminal(member(record, std::string(key).c_str()))));
    }
    for (const ledger::OpenedValue& value : values)
        print(fmt::format("    = {:<20} {}\n", escape_for_terminal(value.path),
                          escape_for_terminal(value.value)));
}

void show_json(const std::string& record, const std::vector<ledger::OpenedValue>& values,
               bool disclose) {
    if (!disclose) return print(record + "\n");
    std::string out = "{\"record\":" + record + ",\"disclosed\":{";
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i > 0) out += ',';
        append_json_string(out, values[i].path);
        out += ':';
        append_json_string(out, values[i].value);
    }
    print(out + "}}\n");
}

void run_show(const LogOptions& options) {
    const auto reader = open_reader(options);
    const Range range = parse_range(options.which, reader->size());
    const auto show = [&](std::uint64_t index, const std::string& text) {
        const boost::json::object record = parse_record(text, index);
        if (!options.kind.empty() && member(record, "kind") != options.kind) return true;
        std::uint64_t mismatched = 0;
        std::vector<ledger::OpenedValue> values;
        if (options.disclose)
            values = need_data(reader->disclosures(index, &mismatched), "disclosures");
        if (options.json)
            show_json(text, values, options.disclose);
        else
            show_readable(index, record, values);
        if (mismatched > 0)
            fmt::print(stderr,
                       "persandian: record {}: {} disclosure lines do not fit the record and are "
                       "not shown\n",
                       index, mismatched);
        return true;
    };
    need_done(reader->for_each(range.from, range.to, show), "records");
}

void run_prove(const LogOptions& options, bool consistency) {
    const auto reader = open_reader(options);
    if (!consistency) {
        const Range range = parse_range(options.which, reader->size());
        if (range.to - range.from != 1)
            throw Failure(usage, "give one record number, or --consistency OLD_SIZE");
        return print(need_data(ledger::tlog_proof(*reader, range.from), "proof"));
    }
    if (options.old_size == 0)
        throw Failure(usage, "give the size of an earlier checkpoint, from 1");
    if (options.old_size > reader->size())
        throw Failure(
            no_input,
            fmt::format("the log holds {} records, fewer than {}: if a checkpoint of that "
                        "size exists, the log was rolled back",
                        reader->size(), options.old_size));
    const auto proof = need_data(reader->prove_consistency(options.old_size), "proof");
    std::string out = fmt::format("old {}\n", options.old_size);
    for (const Digest& hash : proof) out += base64_encode(hash.bytes) + "\n";
    print(out + "\n" + reader->checkpoint_note());
}

void run_export(const LogOptions& options) {
    const auto reader = open_reader(options);
    const Range range = parse_range(options.which, reader->size());
    if (range.to - range.from != 1) throw Failure(usage, "give one record number");
    const ledger::ExportReport report =
        guard_ledger([&] { return ledger::export_bundle(*reader, range.from, options.target); });
    print(fmt::format("{}: record {}, {} disclosed values, {} evidence files{}\n",
                      escape_for_terminal(options.target), range.from, report.disclosures,
                      report.evidence,
                      report.evidence_missing > 0
                          ? fmt::format(" ({} missing or damaged)", report.evidence_missing)
                          : ""));
}

CLI::App* add_verb(CLI::App& parent, const char* name, const char* help,
                   const std::shared_ptr<LogOptions>& options) {
    CLI::App* const verb = parent.add_subcommand(name, help);
    verb->add_option("-l,--ledger", options->folder, "Folder of the ledger")->capture_default_str();
    verb->add_option("--generation", options->generation, "Generation (default: the latest)");
    return verb;
}

}  // namespace

void add_log(CLI::App& program) {
    const auto options = std::make_shared<LogOptions>();
    CLI::App* const log = program.add_subcommand("log", "Look into the signed log");
    log->require_subcommand(1);

    CLI::App* const head = add_verb(*log, "head", "The latest checkpoint", options);
    head->add_flag("--json", options->json, "Machine output");
    head->add_flag("--raw", options->raw, "The signed note, byte for byte");
    head->callback([options] { run_head(*options); });

    CLI::App* const show = add_verb(*log, "show", "Records", options);
    show->add_option("RECORD", options->which, "Record number, or range FROM..TO (inclusive)");
    show->add_option("--kind", options->kind, "Only records of this kind");
    show->add_flag("--disclose", options->disclose, "With the values that records commit to");
    show->add_flag("--json", options->json, "One JSON line a record, exactly as signed");
    show->callback([options] { run_show(*options); });

    CLI::App* const prove = add_verb(*log, "prove", "Proof that a record is in the log", options);
    prove->add_option("RECORD", options->which, "Record number");
    CLI::Option* const consistency = prove->add_option(
        "--consistency", options->old_size, "Proof that the log of this size was only appended to");
    prove->callback([options, consistency] {
        if (options->which.empty() && consistency->count() == 0)
            throw Failure(usage, "give a record number, or --consistency OLD_SIZE");
        run_prove(*options, consistency->count() > 0);
    });

    CLI::App* const bundle = add_verb(
        *log, "export", "One record with proof, values and evidence, for others to check", options);
    bundle->add_option("RECORD", options->which, "Record number")->required();
    bundle->add_option("FOLDER", options->target, "New folder for the bundle")->required();
    bundle->callback([options] { run_export(*options); });
}

}  // namespace persandian::cli
