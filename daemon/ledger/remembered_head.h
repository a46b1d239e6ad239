// SPDX-License-Identifier: Apache-2.0
//
// RememberedHead: the last acknowledged checkpoint, kept outside of the ledger's folder, so that a
// folder that was put back, cut or exchanged is noticed when it is opened next (WriterOptions::
// remembered_note). One small file, replaced as a whole; its content is the checkpoint's note, byte
// for byte, as `persandian-verify --head` takes it. An older one than the ledger's last is fine: it
// may be written late, never early.
#pragma once

#include <string>
#include <string_view>

#include "daemon/ledger/storage.h"
#include "detectors/base/result.h"

namespace persandian::ledger {

/// Single-threaded; `storage` must outlive it. The folder must be there.
class RememberedHead {
  public:
    /// `origin` without its generation names the file.
    RememberedHead(Storage& storage, std::string_view origin);

    /// The note as it stands there; "" when there is none.
    [[nodiscard]] Result<std::string> read() const;
    /// Replaces it, durably. Only for what is acknowledged.
    [[nodiscard]] Result<void> write(const std::string& note);
    /// Keeps one that makes no sense beside, for people to look at.
    [[nodiscard]] Result<void> set_aside();
    /// For messages.
    [[nodiscard]] std::string path() const { return storage_.describe(name_); }
    /// "a/b/c" → "a%2Fb%2Fc"
    [[nodiscard]] static std::string file_name(std::string_view origin);

  private:
    Storage& storage_;
    std::string name_;
};

}  // namespace persandian::ledger
