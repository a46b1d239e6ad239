// SPDX-License-Identifier: Apache-2.0
#include "detectors/incident/record_draft.h"

#include "detectors/base/bytes.h"

namespace persandian::incident {

Digest commitment_of(std::string_view path, const std::array<std::byte, 16>& salt,
                     std::string_view value) {
    static constexpr std::string_view domain = "persandian/c1";
    static constexpr std::array<std::byte, 1> zero{};
    return sha256({as_bytes(domain), zero, salt, as_bytes(path), zero, as_bytes(value)});
}

Disclosure make_disclosure(std::string path, std::string value, RandomSource& random) {
    Disclosure out;
    random.fill(out.salt);
    out.commitment = commitment_of(path, out.salt, value);
    out.path = std::move(path);
    out.value = std::move(value);
    return out;
}

}  // namespace persandian::incident
