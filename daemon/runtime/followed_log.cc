// SPDX-License-Identifier: Apache-2.0
#include "daemon/runtime/followed_log.h"

#include <utility>

namespace persandian::runtime {

using sources::LogCursor;

FollowedLog::FollowedLog(sources::LogTailOptions options, std::optional<LogCursor> begin,
                         std::optional<LogCursor> window)
    : options_(std::move(options)), begin_(begin), window_(window) {}

void FollowedLog::open() {
    if (!begin_ || !window_) return open_at(begin_);
    open_at(window_);
    const std::optional<LogCursor> place = tail_->cursor();
    const bool is_known = tail_->counters().lost == 0;  // else it could not go on at the window
    if (is_known && place && place->is_same_file(*begin_) && place->offset == window_->offset) {
        reread_ = Reread{*begin_, place->offset};
        return;
    }
    end_reread();
    open_at(begin_);
}

void FollowedLog::open_at(const std::optional<LogCursor>& place) {
    const std::string& name =
        options_.source.name.empty() ? options_.source.path : options_.source.name;
    if (place) cursors_.put(name, *place);
    tail_ = std::make_unique<sources::LogTail>(options_, cursors_);
    tail_->open();
}

bool FollowedLog::next() {
    if (reread_ && reread_->at == reread_->until.offset) end_reread();
    if (tail_->next(sources::Deadline::min()) != sources::LogSource::Next::line) return false;
    if (!reread_) return true;
    const std::optional<LogCursor> place = tail_->cursor();
    const bool is_old = place && place->is_same_file(reread_->until) &&
                        place->offset > reread_->at && place->offset <= reread_->until.offset;
    if (is_old) {
        reread_->at = place->offset;
    } else {
        end_reread();
    }
    return true;
}

void FollowedLog::end_reread() noexcept {
    reread_.reset();
    caught_up_ = true;
}

bool FollowedLog::take_caught_up() noexcept {
    return std::exchange(caught_up_, false);
}

std::optional<LogCursor> FollowedLog::newly_read(std::uint64_t oldest_kept) {
    const std::optional<LogCursor> place = tail_->cursor();
    if (!place || reread_) return std::nullopt;
    if (waiting_.empty() || waiting_.back().cursor != *place)
        waiting_.push_back({tail_->counters().lines, *place});
    std::optional<LogCursor> safe;
    while (!waiting_.empty() && (oldest_kept == 0 || waiting_.front().lines < oldest_kept)) {
        safe = waiting_.front().cursor;
        waiting_.pop_front();
    }
    if (!safe || safe == told_) return std::nullopt;
    told_ = safe;
    return safe;
}

}  // namespace persandian::runtime
