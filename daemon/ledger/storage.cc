// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/storage.h"

#include <algorithm>

namespace persandian::ledger {

std::string parent_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

Result<std::string> read_whole(const Storage& storage, const std::string& path,
                               std::uint64_t limit_bytes) {
    const Result<std::unique_ptr<File>> file = storage.open_read(path);
    if (!file) return file.error();
    const Result<std::uint64_t> size = (*file)->size();
    if (!size) return size.error();
    if (*size > limit_bytes) return Error{ErrorCode::limit, "the file is larger than expected"};
    std::string text(*size, '\0');
    const Result<std::size_t> got = (*file)->read_at(0, std::as_writable_bytes(std::span(text)));
    if (!got) return got.error();
    text.resize(*got);
    return text;
}

Result<void> write_whole(Storage& storage, const std::string& path, ByteView bytes, bool secret) {
    const std::string temporary = path + ".tmp";
    if (storage.exists(temporary)) {
        const Result<void> removed = storage.remove(temporary);
        if (!removed) return removed;
    }
    {
        const Result<std::unique_ptr<File>> file =
            storage.open(temporary, OpenMode::create_new, secret);
        if (!file) return file.error();
        Result<void> done = (*file)->append(bytes);
        if (done) done = (*file)->sync();
        if (!done) return done;
    }
    const Result<void> renamed = storage.rename(temporary, path);
    if (!renamed) return renamed;
    return storage.sync_dir(parent_of(path));
}

}  // namespace persandian::ledger
