// SPDX-License-Identifier: Apache-2.0
//
// The message catalogue: every word that reviewers read, in Bahasa Indonesia and English. Terms
// follow the vocabulary of BSSN regulations (Insiden Siber, kronologi, keutuhan).
#pragma once

#include <optional>
#include <string_view>

namespace persandian::review {

enum class Language { indonesian, english };

/// "id" or "en" (also locale names: "id_ID.UTF-8").
[[nodiscard]] std::optional<Language> parse_language(std::string_view text);

/// The phrase behind `key`; the key itself when there is none, so that a gap is seen. Static
/// storage (or `key`'s).
[[nodiscard]] std::string_view phrase(Language language, std::string_view key);

/// `prefix` + `word` looked up ("status." + "closed"); `word` when there is no such phrase.
[[nodiscard]] std::string_view word_phrase(Language language, std::string_view prefix,
                                           std::string_view word);

}  // namespace persandian::review
