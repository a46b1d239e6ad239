// SPDX-License-Identifier: Apache-2.0
//
// The gate before the signature: what it lets through, a general JSON parser must accept as well.
#include <cstddef>
#include <cstdint>

#include <boost/json.hpp>

#include "daemon/ledger/json_check.h"
#include "daemon/ledger/side_files.h"
#include "detectors/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace persandian;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    ledger::JsonChecker checker;
    if (checker.check_object(text)) {
        boost::json::parse_options options;
        options.max_depth = 64;
        boost::system::error_code failure;
        const auto value = boost::json::parse({text.data(), text.size()}, failure, {}, options);
        PERSANDIAN_CHECK(!failure && value.is_object());
    }
    (void)ledger::parse_disclosure_line(text);
    return 0;
}
