// SPDX-License-Identifier: Apache-2.0
#include "detectors/engine/field_table.h"

#include <map>
#include <span>

#include "detectors/event/common_fields.h"
#include "detectors/event/content_fields.h"
#include "detectors/event/file_fields.h"
#include "detectors/flow/flow_fields.h"
#include "detectors/logs/log_parser.h"
#include "detectors/protocols/protocol.h"

namespace persandian::engine {
namespace {

/// Rows by field: the same name with another declaration is another row, which a test refuses.
using Rows = std::map<const Field*, FieldRow>;

void add(Rows& rows, std::span<const Field* const> fields, std::string_view producer) {
    for (const Field* const field : fields) {
        FieldRow& row = rows[field];
        row.field = field;
        row.producers.push_back(producer);
    }
}

}  // namespace

std::vector<FieldRow> field_table() {
    Rows rows;
    add(rows, fields::common, "common");
    add(rows, fields::flow_room, "flow");
    add(rows, fields::content, "flow");
    add(rows, fields::fileinfo, "files");
    for (const protocols::ProtocolEntry* const entry : protocols::catalog())
        add(rows, entry->fields, entry->name);
    for (const logs::LogEntry* const entry : logs::catalog()) add(rows, entry->fields, entry->name);
    std::multimap<std::string_view, FieldRow> sorted;
    for (auto& [field, row] : rows) sorted.emplace(field->path(), std::move(row));
    std::vector<FieldRow> out;
    out.reserve(sorted.size());
    for (auto& [path, row] : sorted) out.push_back(std::move(row));
    return out;
}

}  // namespace persandian::engine
