// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/window_places.h"

#include <algorithm>

namespace persandian::runtime {

void WindowPlaces::note(const std::string& log, const sources::LogCursor& place, Timestamp now) {
    if (span_ <= Duration{}) return;
    std::deque<Noted>& noted = noted_[log];
    // A clock that was put back: what is noted already lies in the future.
    while (!noted.empty() && now < noted.back().at) noted.pop_back();
    if (!noted.empty() && !noted.back().place.is_same_file(place)) {
        // Rotated: the next file is read from its beginning.
        noted.push_back({now, place});
        noted.back().place.offset = 0;
    } else if (noted.empty() || now - noted.back().at >= Duration{span_.ns / places_per_span}) {
        noted.push_back({now, place});
    }
}

Cursors WindowPlaces::at(Timestamp now) {
    Cursors out;
    for (auto& [log, noted] : noted_) {
        while (noted.size() > 1 &&
               (noted[1].at <= now - span_ || !noted[0].place.is_same_file(noted.back().place)))
            noted.pop_front();
        if (!noted.empty()) out.emplace(log, noted.front().place);
    }
    return out;
}

bool WindowPlaces::covers(const Cursors& stored, const Cursors& cursors) const {
    if (span_ <= Duration{}) return true;
    return std::all_of(cursors.begin(), cursors.end(), [&](const auto& cursor) {
        const auto window = stored.find(cursor.first);
        return window != stored.end() && window->second.is_same_file(cursor.second) &&
               window->second.offset <= cursor.second.offset;
    });
}

Duration window_span(const sigma::RuleSet& rules) {
    Duration longest;
    for (const CorrelationRule& rule : rules.correlations())
        longest = std::max(longest, rule.timespan);
    return std::min(longest, WindowPlaces::longest_span);
}

bool is_worth_reading_again(const sources::LogCursor& window, const sources::LogCursor& cursor) {
    return !window.is_absent() && window.is_same_file(cursor) && window.offset < cursor.offset &&
           cursor.offset - window.offset <= WindowPlaces::most_bytes;
}

}  // namespace persandian::runtime
