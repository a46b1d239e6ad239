// SPDX-License-Identifier: Apache-2.0
//
// capture_events FILE… : prints the events of captures as EVE JSON lines.
#include <cstdio>
#include <exception>

#include "tests/detectors/protocols/capture_events.h"

int main(int argc, char** argv) {
    int failures = 0;
    for (int i = 1; i < argc; ++i) {
        try {
            for (const std::string& line : persandian::protocols::capture_events(argv[i]))
                std::puts(line.c_str());
        } catch (const std::exception& error) {
            std::fprintf(stderr, "capture_events: %s\n", error.what());
            ++failures;
        }
    }
    return failures == 0 ? 0 : 66;
}
