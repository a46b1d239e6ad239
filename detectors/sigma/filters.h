// SPDX-License-Identifier: Apache-2.0
//
// Sigma filters: "(condition of the rule) and (condition of the filter)". A filter that takes
// something away carries its own "not", as in Sigma's filters specification.
#pragma once

#include "detectors/sigma/references.h"

namespace persandian::sigma {

/// Joins each filter to the rules it names; reports filters that name unknown rules.
void apply_filters(Documents& documents, LoadResult& result);

}  // namespace persandian::sigma
