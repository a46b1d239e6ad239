// SPDX-License-Identifier: Apache-2.0
//
// How a rule fares on one event, for its author: what was asked, which answers were yes, with which
// values.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "detectors/sigma/compiled_set.h"
#include "detectors/sigma/program_runner.h"

namespace persandian::sigma {

/// Several lines; empty when no detection rule has the id or name. `runner` has begun the event;
/// `sources` are the event's log sources, as Router::find() gives them.
[[nodiscard]] std::string explain_event(const CompiledSet& set, ProgramRunner& runner,
                                        std::span<const std::uint32_t> sources,
                                        std::string_view rule);

/// "product=windows category=process_creation"
[[nodiscard]] std::string to_text(const LogSource& source);

}  // namespace persandian::sigma
