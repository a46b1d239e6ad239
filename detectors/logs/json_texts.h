// SPDX-License-Identifier: Apache-2.0
//
// JsonTexts: the texts of one JSON document that are written with escapes, each with room for what
// it stands for, so that only those that are read are unescaped.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "detectors/base/check.h"
#include "detectors/event/written_text.h"

namespace persandian::logs {

class JsonTexts {
  public:
    explicit JsonTexts(std::size_t max_texts) { texts_.reserve(max_texts); }

    /// Forgets all texts. `document` must outlive those that are added from now on.
    void begin(std::string_view document) {
        texts_.clear();
        document_ = document;
        if (room_.size() < document.size()) room_.resize(document.size());
        backslash_ = document.data();
        find_backslash(document.data());
    }
    /// Whether `part` of the document, which lies behind all that were asked about, has escapes.
    [[nodiscard]] bool has_escapes(std::string_view part) {
        if (backslash_ < part.data()) find_backslash(part.data());
        return backslash_ < part.data() + part.size();
    }
    /// `written`: a part of the document; at most max_texts of them. Valid until begin().
    [[nodiscard]] const WrittenText& add(std::string_view written) {
        PERSANDIAN_CHECK(texts_.size() < texts_.capacity());
        return texts_.emplace_back(written, room_.data() + (written.data() - document_.data()));
    }

  private:
    /// The first from `at` on, else the document's end.
    void find_backslash(const char* at) {
        const char* const end = document_.data() + document_.size();
        const void* const found = std::memchr(at, '\\', static_cast<std::size_t>(end - at));
        backslash_ = found != nullptr ? static_cast<const char*>(found) : end;
    }

    std::string_view document_;
    const char* backslash_ = nullptr;
    std::string room_;  ///< for each text as far from the beginning as it is in the document
    std::vector<WrittenText> texts_;
};

}  // namespace persandian::logs
