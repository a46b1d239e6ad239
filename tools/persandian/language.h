// SPDX-License-Identifier: Apache-2.0
//
// In which language a subcommand speaks to people.
#pragma once

#include <cstdlib>
#include <string>

#include "daemon/review/phrases.h"
#include "detectors/base/encoding.h"
#include "tools/persandian/cli.h"

namespace persandian::cli {

using review::Language;

/// `given` ("id", "en"), else that of the locale (LC_ALL, LC_MESSAGES, LANG), else English. Throws
/// Failure.
[[nodiscard]] inline Language language_of(const std::string& given) {
    if (!given.empty()) {
        if (const auto language = review::parse_language(given)) return *language;
        throw Failure(usage, "--lang: 'id' or 'en', not '" + escape_for_terminal(given) + "'");
    }
    for (const char* const name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
        const char* const value = std::getenv(name);
        if (value != nullptr && *value != '\0')
            return review::parse_language(value).value_or(Language::english);
    }
    return Language::english;
}

}  // namespace persandian::cli
