// SPDX-License-Identifier: Apache-2.0
//
// persandian list: what this build can read, and the fields that rules may name.
#include <memory>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "detectors/engine/field_table.h"
#include "detectors/logs/log_parser.h"
#include "detectors/protocols/protocol.h"
#include "tools/persandian/cli.h"

namespace persandian::cli {
namespace {

std::string_view kind_name(FieldKind kind) {
    switch (kind) {
        case FieldKind::text:
            return "text";
        case FieldKind::integer:
            return "integer";
        case FieldKind::real:
            return "number";
        case FieldKind::boolean:
            return "boolean";
        case FieldKind::address:
            return "address";
        case FieldKind::time:
            return "time";
        case FieldKind::bytes:
            return "bytes";
    }
    return "text";
}

void list_formats() {
    for (const logs::LogEntry* const entry : logs::catalog())
        fmt::print("{:<12} {}\n", entry->name, entry->description);
    fmt::print("{:<12} {}\n", "auto", "whichever of these fits the line best");
}

void list_protocols() {
    for (const protocols::ProtocolEntry* const entry : protocols::catalog()) {
        fmt::print("{:<6} ports {:<14} {}\n", entry->name,
                   fmt::format("{}", fmt::join(entry->ports, ", ")),
                   fmt::join(entry->references, "; "));
        for (const protocols::LimitInfo& limit : entry->limits)
            fmt::print("       limit {} = {} {}\n", limit.name, limit.value, limit.unit);
    }
}

void list_fields(bool markdown) {
    if (markdown)
        fmt::print("| field | type | meaning | from | after |\n| --- | --- | --- | --- | --- |\n");
    for (const engine::FieldRow& row : engine::field_table()) {
        const std::string producers = fmt::format("{}", fmt::join(row.producers, ", "));
        if (markdown) {
            fmt::print("| `{}` | {} | {} | {} | {} |\n", row.field->path(),
                       kind_name(row.field->kind()), row.field->meaning(), producers,
                       row.field->source());
        } else {
            fmt::print("{:<34} {:<8} {} ({})\n", row.field->path(), kind_name(row.field->kind()),
                       row.field->meaning(), producers);
        }
    }
}

}  // namespace

void add_list(CLI::App& program) {
    CLI::App& list =
        *program.add_subcommand("list", "What can be read: formats, protocols, fields");
    list.require_subcommand(1);
    list.add_subcommand("formats", "Log formats, as --log FORMAT:FILE takes them")
        ->callback(&list_formats);
    list.add_subcommand("protocols", "Application protocols, with their limits")
        ->callback(&list_protocols);
    CLI::App& fields =
        *list.add_subcommand("fields", "Event fields, as rules name them (without brackets)");
    const auto markdown = std::make_shared<bool>(false);
    fields.add_flag("--markdown", *markdown, "as a table for documents");
    fields.callback([markdown] { list_fields(*markdown); });
}

}  // namespace persandian::cli
