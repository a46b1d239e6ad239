// SPDX-License-Identifier: Apache-2.0
//
// persandian incidents: list and show incidents, decide about them, report and export.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>

#include <fmt/format.h>
#include <unistd.h>

#include "daemon/ledger/export.h"
#include "daemon/ledger/system_clock.h"
#include "daemon/review/decision.h"
#include "daemon/review/document.h"
#include "daemon/review/incident_json.h"
#include "daemon/review/report.h"
#include "detectors/base/encoding.h"
#include "tools/persandian/language.h"
#include "tools/persandian/ledger_access.h"

namespace persandian::cli {
namespace {

using review::IncidentView;

/// What the options of the subcommands fill; one for all of them.
struct Arguments {
    LedgerOptions ledger;
    std::string language;
    bool json = false;
    review::IncidentFilter filter;
    std::size_t limit = 50;
    std::size_t offset = 0;
    review::Decision decision;
    std::filesystem::path officer = default_officer_key();
    std::string format = "markdown";
    std::string output;
};

bool wants_colour() {
    return ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
}

const IncidentView& incident_of(const OpenedReview& opened, const Arguments& arguments) {
    const IncidentView* const incident = opened.index.find(arguments.decision.incident);
    if (incident == nullptr)
        throw Failure(no_input, "there is no incident '" + arguments.decision.incident +
                                    "'; see: persandian incidents list");
    return *incident;
}

void write_out(const Arguments& arguments, const std::string& text) {
    if (arguments.output.empty() || arguments.output == "-") {
        std::fwrite(text.data(), 1, text.size(), stdout);
        return;
    }
    std::ofstream file(arguments.output, std::ios::binary);
    file << text;
    file.close();
    if (!file) throw Failure(io_error, arguments.output + ": cannot be written");
    fmt::print(stderr, "{}: {} bytes\n", arguments.output, text.size());
}

std::string entity_of(const IncidentView& incident) {
    std::string out;
    for (const review::NamedValue& entity : incident.entity)
        out += (out.empty() ? "" : " ") + entity.value.value_or("?");
    return out;
}

void list(const Arguments& arguments) {
    const OpenedReview opened = open_review(arguments.ledger);
    const Language language = language_of(arguments.language);
    const std::vector<const IncidentView*> selected = opened.index.select(arguments.filter);
    const std::size_t begin = std::min(arguments.offset, selected.size());
    const std::size_t end = std::min(begin + arguments.limit, selected.size());
    if (arguments.json) {
        std::string out = fmt::format("{{\"total\":{},\"matched\":{},\"offset\":{},\"incidents\":[",
                                      opened.index.size(), selected.size(), begin);
        for (std::size_t i = begin; i < end; ++i) {
            if (i != begin) out += ",\n";
            review::append_incident_json(out, *selected[i]);
        }
        fmt::print("{}]}}\n", out);
        return;
    }
    review::Table table{
        {"ID", std::string(phrase(language, "severity")), std::string(phrase(language, "status")),
         std::string(phrase(language, "count")), std::string(phrase(language, "agency")),
         std::string(phrase(language, "entity")), std::string(phrase(language, "rule"))},
        {}};
    for (std::size_t i = begin; i < end; ++i) {
        const IncidentView& incident = *selected[i];
        const review::RuleTexts texts = review::rule_texts(
            review::rule_document(incident, *opened.reader), incident.rule_title, language);
        table.rows.push_back(
            {incident.id, std::string(word_phrase(language, "severity.", incident.severity)),
             std::string(word_phrase(language, "status.", incident.status)),
             std::to_string(incident.count), incident.agency ? incident.agency->name : "-",
             entity_of(incident), texts.title});
    }
    fmt::print("{}", review::to_terminal({"", "", {std::move(table)}}, wants_colour()));
    fmt::print(fmt::runtime(language == Language::indonesian
                                ? "\n{}–{} dari {} insiden ({} tersembunyi oleh saringan)\n"
                                : "\n{}–{} of {} incidents ({} hidden by the filter)\n"),
               end == begin ? begin : begin + 1, end, selected.size(),
               opened.index.size() - selected.size());
}

void show(const Arguments& arguments) {
    const OpenedReview opened = open_review(arguments.ledger);
    const IncidentView& incident = incident_of(opened, arguments);
    if (arguments.json) {
        std::string out;
        review::append_incident_json(out, incident);
        fmt::print("{}\n", out);
        return;
    }
    fmt::print("{}", review::to_terminal(review::incident_page(incident, *opened.reader,
                                                               language_of(arguments.language)),
                                         wants_colour()));
}

void decide(const Arguments& arguments) {
    const OpenedReview opened = open_review(arguments.ledger);
    const std::unique_ptr<ledger::Signer> signer = load_officer_key(arguments.officer);
    ledger::SystemRandom random;
    const Result<incident::RecordDraft> draft =
        review::make_decision(opened.index, arguments.decision, *signer, random);
    if (!draft)
        throw Failure(draft.error().code == ErrorCode::not_found ? no_input : bad_data,
                      draft.error().text);
    const std::uint64_t index = append_record(arguments.ledger, *draft);
    const IncidentView& incident = *opened.index.find(arguments.decision.incident);
    if (arguments.json) {
        fmt::print("{{\"incident\":\"{}\",\"action\":\"{}\",\"record\":{}}}\n", incident.id,
                   arguments.decision.action, index);
        return;
    }
    fmt::print("{}: {} (record {})\n", incident.id,
               word_phrase(language_of(arguments.language), "action.", arguments.decision.action),
               index);
}

void report(const Arguments& arguments) {
    const OpenedReview opened = open_review(arguments.ledger);
    const review::Document document = review::incident_report(
        incident_of(opened, arguments), *opened.reader, language_of(arguments.language));
    write_out(arguments, arguments.format == "html" ? review::to_html(document)
                                                    : review::to_markdown(document));
}

void export_one(const Arguments& arguments) {
    const OpenedReview opened = open_review(arguments.ledger);
    const IncidentView& incident = incident_of(opened, arguments);
    const ledger::ExportReport done =
        ledger::export_bundle(*opened.reader, incident.last_index, arguments.output);
    fmt::print("{}: record {}, {} disclosed values, {} evidence files ({} missing)\n",
               arguments.output, incident.last_index, done.disclosures, done.evidence,
               done.evidence_missing);
}

CLI::App& add(CLI::App& incidents, const std::shared_ptr<Arguments>& arguments, const char* name,
              const char* summary, void (*run)(const Arguments&)) {
    CLI::App& command = *incidents.add_subcommand(name, summary);
    add_ledger_options(command, arguments->ledger);
    command.add_option("--lang", arguments->language, "language: id or en (default: from LANG)");
    command.callback([arguments, run] { run(*arguments); });
    return command;
}

CLI::App& add_for_one(CLI::App& incidents, const std::shared_ptr<Arguments>& arguments,
                      const char* name, const char* summary, void (*run)(const Arguments&)) {
    CLI::App& command = add(incidents, arguments, name, summary, run);
    command.add_option("INCIDENT", arguments->decision.incident, "INC-2026-000007, or 7")
        ->required();
    return command;
}

CLI::App& add_decision(CLI::App& incidents, const std::shared_ptr<Arguments>& arguments,
                       const char* name, const char* summary) {
    CLI::App& command = add_for_one(incidents, arguments, name, summary, &decide);
    command.add_option("--officer", arguments->officer, "the officer's private key file")
        ->capture_default_str();
    command.add_flag("--json", arguments->json, "machine output");
    command.callback([arguments, action = std::string(name)] {
        arguments->decision.action = action;
        decide(*arguments);
    });
    return command;
}

}  // namespace

void add_incidents(CLI::App& program) {
    CLI::App& incidents =
        *program.add_subcommand("incidents", "Review incidents; each decision is a signed record");
    incidents.require_subcommand(1);
    const auto arguments = std::make_shared<Arguments>();

    CLI::App& listing = add(incidents, arguments, "list", "List incidents, newest first", &list);
    listing.add_flag("--json", arguments->json, "machine output");
    listing.add_option("--status", arguments->filter.status, "open, new, in_progress or closed")
        ->check(CLI::IsMember({"open", "new", "in_progress", "closed"}));
    listing.add_option("--severity", arguments->filter.least_severity, "at least this severe")
        ->check(CLI::IsMember({"informational", "low", "medium", "high", "critical"}));
    listing.add_option("--agency", arguments->filter.agency, "code, or part of the name");
    listing.add_option("--rule", arguments->filter.rule, "id, or part of the title");
    listing.add_option("--search", arguments->filter.text, "part of any value");
    listing.add_option("--since", arguments->filter.since, "RFC 3339 time of discovery");
    listing.add_option("--until", arguments->filter.until, "RFC 3339 time of discovery");
    listing.add_option("--limit", arguments->limit, "incidents per page")->capture_default_str();
    listing.add_option("--offset", arguments->offset, "incidents to skip")->capture_default_str();

    add_for_one(incidents, arguments, "show",
                "What happened, why the rule fired, evidence, history", &show)
        .add_flag("--json", arguments->json, "machine output");
    add_decision(incidents, arguments, "acknowledge", "Take note of an incident")
        .add_option("--text", arguments->decision.text, "remark");
    CLI::App& assign = add_decision(incidents, arguments, "assign", "Give an incident to somebody");
    assign.add_option("--to", arguments->decision.assignee, "who handles it")->required();
    assign.add_option("--text", arguments->decision.text, "remark");
    add_decision(incidents, arguments, "comment", "Add a comment")
        .add_option("--text", arguments->decision.text, "the comment")
        ->required();
    CLI::App& closing =
        add_decision(incidents, arguments, "close", "Close with verdict and reason");
    closing
        .add_option("--verdict", arguments->decision.verdict,
                    "true_positive, false_positive, benign, duplicate, test or undetermined")
        ->required();
    closing.add_option("--reason", arguments->decision.text, "why")->required();
    add_decision(incidents, arguments, "reopen", "Open a closed incident again")
        .add_option("--reason", arguments->decision.text, "why")
        ->required();

    CLI::App& reporting =
        add_for_one(incidents, arguments, "report", "Write the incident report", &report);
    reporting.add_option("--format", arguments->format, "markdown or html")
        ->check(CLI::IsMember({"markdown", "html"}))
        ->capture_default_str();
    reporting.add_option("-o,--output", arguments->output, "file (default: standard output)");
    add_for_one(incidents, arguments, "export", "Write a folder that proves the incident offline",
                &export_one)
        .add_option("-o,--output", arguments->output, "new folder")
        ->required();
}

}  // namespace persandian::cli
