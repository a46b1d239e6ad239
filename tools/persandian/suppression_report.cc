// SPDX-License-Identifier: Apache-2.0
#include "tools/persandian/suppression_report.h"

#include <vector>

#include <fmt/format.h>

#include "detectors/base/encoding.h"

namespace persandian::cli {
namespace {

constexpr std::size_t most_reason_bytes = 80;

struct Words {
    const char* total;
    const char* expired;
};

const Words& words(bool indonesian) {
    static constexpr Words id = {"Disenyapkan : {} temuan, oleh {} butir\n",
                                 "  {}: sudah lewat masanya sebelum {} temuan yang cocok\n"};
    static constexpr Words en = {"Hidden   : {} on purpose, by {} suppressions and throttles\n",
                                 "  {}: had expired before {} findings that it fits\n"};
    return indonesian ? id : en;
}

}  // namespace

std::string suppressions_text(const suppression::Suppressor& suppressor, bool indonesian) {
    if (!suppressor.plan()) return {};
    const std::vector<suppression::Entry>& entries = suppressor.plan()->entries;
    const std::vector<suppression::EntryCount> counts = suppressor.counts();
    std::string out =
        fmt::format(fmt::runtime(words(indonesian).total), suppressor.hidden(), entries.size());
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const std::string place =
            fmt::format("{}:{}", escape_for_terminal(entries[i].path), entries[i].mark.line);
        if (counts[i].hidden > 0)
            out += fmt::format("  {}: {} ({})\n", place, counts[i].hidden,
                               escape_for_terminal(entries[i].reason, most_reason_bytes));
        if (counts[i].after_expiry > 0)
            out +=
                fmt::format(fmt::runtime(words(indonesian).expired), place, counts[i].after_expiry);
    }
    return out;
}

std::string suppressions_json(const suppression::Suppressor& suppressor) {
    std::string out = "[";
    const std::vector<suppression::EntryCount> counts = suppressor.counts();
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const suppression::Entry& entry = suppressor.plan()->entries[i];
        out += i == 0 ? "{\"file\":" : ",{\"file\":";
        append_json_string(out, entry.path);
        out += fmt::format(R"(,"line":{},"kind":"{}","hidden":{},"after_expiry":{})",
                           entry.mark.line, entry.throttle ? "throttle" : "suppression",
                           counts[i].hidden, counts[i].after_expiry);
        if (counts[i].last_hidden)
            out += fmt::format(R"(,"last":"{}")", format_rfc3339_ns(*counts[i].last_hidden));
        out += '}';
    }
    return out + "]";
}

}  // namespace persandian::cli
