// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/remembered_head.h"

#include "daemon/ledger/format.h"

namespace persandian::ledger {

std::string RememberedHead::file_name(std::string_view origin) {
    std::string out;
    for (const char c : origin) {
        if (c == '/') {
            out += "%2F";
        } else if (c == '%') {
            out += "%25";
        } else {
            out += c;
        }
    }
    return out;
}

RememberedHead::RememberedHead(Storage& storage, std::string_view origin)
    : storage_(storage), name_(file_name(origin)) {}

Result<std::string> RememberedHead::read() const {
    Result<std::string> note = read_whole(storage_, name_, max_note_bytes);
    if (!note && note.error().code == ErrorCode::not_found) return std::string();
    return note;
}

Result<void> RememberedHead::write(const std::string& note) {
    return write_whole(storage_, name_, as_bytes(note));
}

Result<void> RememberedHead::set_aside() {
    const Result<void> moved = storage_.rename(name_, name_ + ".unusable");
    if (!moved) return moved;
    return storage_.sync_dir(parent_of(name_));
}

}  // namespace persandian::ledger
