// SPDX-License-Identifier: Apache-2.0
//
// Any text as a configuration, as an inventory, and as settings of --set: understood, or refused
// with a ConfigError that names a place. Nothing else is thrown.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/config/assets.h"
#include "daemon/config/config.h"
#include "detectors/base/check.h"

namespace {

using namespace persandian;

template <typename Read>
void read_or_refuse(Read read) {
    try {
        read();
    } catch (const config::ConfigError& error) {
        PERSANDIAN_CHECK(!error.problems().empty());
        for (const config::ConfigProblem& problem : error.problems())
            PERSANDIAN_CHECK(!problem.to_string().empty());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    read_or_refuse([&] { (void)config::parse_config("c.yaml", text); });
    read_or_refuse([&] { (void)config::parse_assets("a.yaml", text); });
    read_or_refuse([&] {
        (void)config::parse_config("c.yaml", "version: 1\nrules: {paths: [a]}\nlogs: b\n", {text});
    });
    return 0;
}
