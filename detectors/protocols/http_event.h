// SPDX-License-Identifier: Apache-2.0
//
// Writes one HTTP transaction into an event, shaped as EVE's http.
#pragma once

#include <span>

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

}  // namespace persandian::protocols::http
