// SPDX-License-Identifier: Apache-2.0
//
// persandian-verify: the auditor's program. Trusts nothing that lies with the log; needs no root,
// no network, no configuration. Exit: 0 valid, 1 tampered, 2 could not check.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "tools/verify/encoding.h"
#include "tools/verify/file.h"
#include "tools/verify/ledger.h"

namespace {

using namespace persandian::verify;

constexpr int could_not_check = 2;
constexpr std::size_t max_small_file_bytes = 1U << 20U;

constexpr const char* usage_text =
    R"(usage: persandian-verify LEDGER_DIR|BUNDLE --key PUBKEY [--head CHECKPOINT]... [options]

Re-hashes every record, checks the signed root, values, evidence and officers' signatures.

  --key PUBKEY       public key you received from somebody you trust: log.pub.pem or log.vkey
  --head CHECKPOINT  a checkpoint saved earlier; finds truncation, rollback and forks. May repeat
  --save-head FILE   keep the head, when all is valid, for --head next time
  --policy FILE      witnesses that must have signed (C2SP tlog-policy); may name the log's key
  --json             the report as JSON
  --quiet            the verdict line only
  --lang en|id       language of the report (default: en, or id when LANG begins with id)
  -V, --version      -h, --help

exit status: 0 valid, 1 tampered, 2 could not check
)";

struct Arguments {
    Request request;
    std::string save_head;
    bool json = false;
    bool quiet = false;
    Language language = Language::english;
};

int refuse(const std::string& text) {
    std::fprintf(stderr, "persandian-verify: %s\n", text.c_str());
    return could_not_check;
}

std::string load_key(const std::string& path, Request& request) {
    const FileContent content = read_small_file(path, max_small_file_bytes);
    if (content.state != FileState::ok) return printable(path) + ": cannot be read";
    auto parsed = parse_key_file(content.bytes);
    if (const Fault* fault = std::get_if<Fault>(&parsed)) return printable(path) + ": " + *fault;
    if (request.key && request.key->key != std::get<KeyFile>(parsed).key)
        return "--key and --policy name different keys, or two keys were given";
    request.key = std::get<KeyFile>(std::move(parsed));
    request.key_path = path;
    return "";
}

std::string load_policy(const std::string& path, Request& request) {
    const FileContent content = read_small_file(path, max_small_file_bytes);
    if (content.state != FileState::ok) return printable(path) + ": cannot be read";
    auto parsed = Policy::parse(content.bytes);
    if (const auto* fault = std::get_if<std::string>(&parsed))
        return printable(path) + ": " + printable(*fault);
    request.policy = std::get<Policy>(std::move(parsed));
    return "";
}

/// Empty when the arguments are good; otherwise what to say.
std::string parse(const std::vector<std::string>& words, Arguments& out) {
    const char* lang = std::getenv("LANG");
    if (lang != nullptr && std::strncmp(lang, "id", 2) == 0) out.language = Language::indonesian;
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string word = words[i];
        std::string value;
        const bool takes_value = word.starts_with("--key") || word.starts_with("--head") ||
                                 word.starts_with("--policy") || word.starts_with("--lang") ||
                                 word.starts_with("--save-head");
        if (takes_value) {
            const std::size_t equals = word.find('=');
            if (equals != std::string::npos) {
                value = word.substr(equals + 1);
                word.resize(equals);
            } else if (i + 1 < words.size()) {
                value = words[++i];
            } else {
                return word + " needs a value";
            }
        }
        std::string fault;
        if (word == "--key") {
            fault = load_key(value, out.request);
        } else if (word == "--head") {
            out.request.heads.emplace_back(value);
        } else if (word == "--save-head") {
            out.save_head = value;
        } else if (word == "--policy") {
            fault = load_policy(value, out.request);
        } else if (word == "--lang") {
            if (value != "en" && value != "id") return "--lang is en or id";
            out.language = value == "id" ? Language::indonesian : Language::english;
        } else if (word == "--json") {
            out.json = true;
        } else if (word == "--quiet") {
            out.quiet = true;
        } else if (word.starts_with("-") || !out.request.target.empty()) {
            return printable(word) + " is not understood (--help)";
        } else {
            out.request.target = word;
        }
        if (!fault.empty()) return fault;
    }
    if (out.request.target.empty()) return "which ledger or bundle? (--help)";
    Request& request = out.request;
    if (request.policy && request.policy->log()) {
        if (request.key && request.key->key != request.policy->log()->key)
            return "--key and --policy name different keys";
        if (!request.key) request.key = request.policy->log();
    }
    return "";
}

void show_progress(std::uint64_t done, std::uint64_t total) {
    if (done >= total)
        std::fputs("\r\x1b[K", stderr);
    else
        std::fprintf(stderr, "\r%llu / %llu", static_cast<unsigned long long>(done),
                     static_cast<unsigned long long>(total));
}

/// Only a head that was verified is kept; an older one is replaced whole or not at all.
std::string save_head(const std::string& path, const std::string& note) {
    const std::string unfinished = path + ".tmp";
    std::FILE* const file = std::fopen(unfinished.c_str(), "wb");
    if (file == nullptr) return printable(unfinished) + ": cannot be written";
    const bool written = std::fwrite(note.data(), 1, note.size(), file) == note.size() &&
                         std::fflush(file) == 0 && ::fsync(::fileno(file)) == 0;
    const bool closed = std::fclose(file) == 0;
    if (!written || !closed || std::rename(unfinished.c_str(), path.c_str()) != 0)
        return printable(path) + ": the head could not be saved";
    return "";
}

int run(Arguments arguments) {
    if (isatty(STDERR_FILENO) == 1 && !arguments.quiet) arguments.request.progress = show_progress;
    Report report;
    const auto begin = std::chrono::steady_clock::now();
    verify(arguments.request, report);
    report.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const bool colour = isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
    std::string out;
    if (arguments.json)
        out = report.json();
    else if (arguments.quiet)
        out = report.verdict_line(arguments.language) + "\n";
    else
        out = report.text(arguments.language, colour);
    if (std::fwrite(out.data(), 1, out.size(), stdout) != out.size() || std::fflush(stdout) != 0)
        return refuse("the report could not be written");
    if (!arguments.save_head.empty()) {
        if (report.exit_code() != 0)
            std::fputs("persandian-verify: the head was not saved: not valid\n", stderr);
        else if (const std::string fault = save_head(arguments.save_head, report.head_note);
                 !fault.empty())
            return refuse(fault);
    }
    return report.exit_code();
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    for (const std::string& word : words) {
        if (word == "-h" || word == "--help") return std::fputs(usage_text, stdout) < 0 ? 2 : 0;
        if (word == "-V" || word == "--version")
            return std::puts("persandian-verify " PERSANDIAN_VERSION) < 0 ? 2 : 0;
    }
    try {
        Arguments arguments;
        const std::string fault = parse(words, arguments);
        return fault.empty() ? run(std::move(arguments)) : refuse(fault);
    } catch (const std::exception& error) {
        return refuse(error.what());
    }
}
