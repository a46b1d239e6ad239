// SPDX-License-Identifier: Apache-2.0
//
// Writes one HTTP transaction into an event, shaped as EVE's http.
#pragma once

#include <span>
#include <string_view>

#include "detectors/event/event.h"
#include "detectors/protocols/http_message.h"

namespace persandian::protocols::http {

/// What add_transaction may add.
[[nodiscard]] std::span<const Field* const> event_fields() noexcept;

/// Adds the fields of a request and its response; either may be null. Passwords are left out: of
/// Basic credentials only the user is given, and the values of Authorization and
/// Proxy-Authorization headers are cut to their scheme. Text views into the messages: these must
/// stay as they are until the event is committed.
void add_transaction(Event& event, const Message* request, const Message* response);

/// Adds to a `fileinfo` event where a body came from or went to. Not as http's own fields: a rule
/// about requests would match the body once more. `request` may be null.
void add_file_context(Event& event, const Message* request);

/// The name of the file in a body: of Content-Disposition, else the path of the request. Either may
/// be null. Valid as long as the messages.
[[nodiscard]] std::string_view file_name(const Message& carrier, const Message* request);

}  // namespace persandian::protocols::http
