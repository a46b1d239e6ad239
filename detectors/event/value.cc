// SPDX-License-Identifier: Apache-2.0
#include "detectors/event/value.h"

#include <fmt/format.h>

namespace persandian {

std::string_view Value::to_text(std::string& storage) const {
    switch (kind_) {
        case Kind::null:
            return {};
        case Kind::boolean:
            return integer_ != 0 ? "true" : "false";
        case Kind::integer:
            storage = fmt::format("{}", integer_);
            break;
        case Kind::unsigned_integer:
            storage = fmt::format("{}", unsigned_);
            break;
        case Kind::real:
            storage = fmt::format("{}", real_ == 0 ? 0.0 : real_);  // -0.0 equals 0
            break;
        case Kind::text:
            return as_text();
        case Kind::bytes:
            return as_bytes();
        case Kind::address:
            storage = address_.to_string();
            break;
        case Kind::time:
            storage = format_rfc3339_ns(Timestamp{integer_});
            break;
    }
    return storage;
}

}  // namespace persandian
