// SPDX-License-Identifier: Apache-2.0
//
// Runs the captures below tests/golden/protocols and compares with the events written beside them.
// With PERSANDIAN_UPDATE_GOLDEN set it writes them instead.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "detectors/protocols/protocol.h"
#include "tests/detectors/protocols/capture_events.h"
#include "tests/support/temp_dir.h"

namespace persandian::protocols {
namespace {

namespace fs = std::filesystem;

fs::path golden() {
    return fs::path(test::source_dir()) / "tests/golden/protocols";
}

std::vector<fs::path> captures() {
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(golden()))
        if (entry.path().extension() == ".pcap") found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
}

std::string content(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Flow events are the flow room's to test.
std::string protocol_events(const fs::path& capture) {
    std::string out;
    for (const std::string& line : capture_events(capture.string()))
        if (line.find(R"("event_type":"flow")") == std::string::npos) out += line + "\n";
    return out;
}

TEST(Golden, EveryEntryHasACapture) {
    for (const ProtocolEntry* entry : catalog())
        EXPECT_TRUE(fs::is_directory(golden() / entry->name)) << entry->name;
}

TEST(Golden, EventsOfEveryCaptureAreAsWritten) {
    ASSERT_FALSE(captures().empty());
    for (const fs::path& capture : captures()) {
        fs::path expected = capture;
        expected.replace_extension(".events.jsonl");
        const std::string events = protocol_events(capture);
        if (std::getenv("PERSANDIAN_UPDATE_GOLDEN") != nullptr) {
            std::ofstream(expected, std::ios::binary) << events;
        } else {
            EXPECT_EQ(events, content(expected)) << capture;
        }
    }
}

TEST(Golden, TruncatedCapturesAreReadWithoutFault) {
    const test::TempDir folder;
    const fs::path cut = fs::path(folder.path()) / "cut.pcap";
    for (const fs::path& capture : captures()) {
        const std::string whole = content(capture);
        for (std::size_t size = 24; size < whole.size(); size += 61) {
            std::ofstream(cut, std::ios::binary | std::ios::trunc) << whole.substr(0, size);
            (void)capture_events(cut.string());
        }
    }
}

}  // namespace
}  // namespace persandian::protocols
