// SPDX-License-Identifier: Apache-2.0
#include "detectors/suppression/throttle.h"

namespace persandian::suppression {

bool ThrottleWindows::is_of(const Window& window, Timestamp time) const {
    return time < window.start + window_ && time >= window.start - window_;
}

bool ThrottleWindows::passes(const std::string& key, Timestamp time) {
    time = within_reckoning(time);
    auto found = windows_.find(key);
    if (found == windows_.end()) {
        if (windows_.size() >= max_keys_) {
            windows_.erase(*by_use_.front());
            by_use_.pop_front();
            ++evicted_keys_;
        }
        found = windows_.emplace(key, Window{time, 0, {}}).first;
        found->second.used = by_use_.insert(by_use_.end(), &found->first);
    }
    Window& window = found->second;
    by_use_.splice(by_use_.end(), by_use_, window.used);
    if (!is_of(window, time)) {
        window.start = time;
        window.count = 0;
    }
    return ++window.count <= limit_;
}

void ThrottleWindows::forget() {
    windows_.clear();
    by_use_.clear();
}

}  // namespace persandian::suppression
