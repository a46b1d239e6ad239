// SPDX-License-Identifier: Apache-2.0
//
// The words that may stand in a record's leaf, gathered from the catalogs.
#include <algorithm>
#include <string_view>
#include <vector>

#include "detectors/engine/finding_stage.h"
#include "detectors/event/common_fields.h"
#include "detectors/logs/log_parser.h"
#include "detectors/protocols/protocol.h"

namespace persandian::engine {
namespace {

std::vector<std::string_view> all_words() {
    std::vector<std::string_view> words = {"TCP",  "UDP",    "ICMP", "IPv6-ICMP",
                                           "SCTP", "failed", "plain"};
    for (const Field* field : fields::common) words.push_back(field->name());
    for (const protocols::ProtocolEntry* entry : protocols::catalog()) {
        words.push_back(entry->name);
        for (const Field* field : entry->fields) words.push_back(field->name());
    }
    for (const logs::LogEntry* entry : logs::catalog()) {
        words.push_back(entry->name);
        for (const Field* field : entry->fields) words.push_back(field->name());
    }
    std::sort(words.begin(), words.end());
    return words;
}

}  // namespace

bool is_our_word(std::string_view word) {
    static const std::vector<std::string_view> words = all_words();
    return std::binary_search(words.begin(), words.end(), word);
}

}  // namespace persandian::engine
