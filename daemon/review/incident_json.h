// SPDX-License-Identifier: Apache-2.0
//
// An incident as JSON, for `--json` and scripts: the view with its disclosed values.
#pragma once

#include <string>

#include "daemon/review/incident_view.h"

namespace persandian::review {

/// Appends one JSON object without line break. Values that are gone are null.
void append_incident_json(std::string& out, const IncidentView& incident);

}  // namespace persandian::review
