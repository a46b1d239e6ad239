// SPDX-License-Identifier: Apache-2.0
//
// The table of fields: the union of what the rooms declare (decision 0001).
#pragma once

#include <string_view>
#include <vector>

#include "detectors/event/field.h"

namespace persandian::engine {

/// A field and who fills it.
struct FieldRow {
    const Field* field = nullptr;
    std::vector<std::string_view>
        producers;  ///< "common", "flow", names of entries; static storage
};

/// All declared fields, sorted by path, each once.
[[nodiscard]] std::vector<FieldRow> field_table();

}  // namespace persandian::engine
