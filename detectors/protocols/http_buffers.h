// SPDX-License-Identifier: Apache-2.0
//
// The parts of an HTTP transaction that only rules about bytes read: heads as they were sent,
// lines, lists of header names, single headers. Made when a rule asks for them; no JSON has them.
#pragma once

#include <span>

#include "detectors/event/event.h"
#include "detectors/protocols/http_message.h"
#include "detectors/protocols/protocol.h"

namespace persandian::protocols::http {

/// What add_buffers may add.
[[nodiscard]] std::span<const Field* const> buffer_fields() noexcept;

/// Adds those of buffer_fields() that somebody wants; either message may be null. Credentials are
/// in them: who reads the event must not keep them.
void add_buffers(const EventEmitter& out, Event& event, const Message* request,
                 const Message* response);

}  // namespace persandian::protocols::http
