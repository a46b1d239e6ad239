// SPDX-License-Identifier: Apache-2.0
//
// A folder of a test's own, removed with everything in it when the test ends.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace persandian::test {

class TempDir {
  public:
    TempDir();
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// Writes `text` to a file in the folder and returns its path.
    std::filesystem::path write(std::string_view name, std::string_view text) const;

  private:
    std::filesystem::path path_;
};

/// Top of the source tree and of the build tree, for golden files and our own programs.
[[nodiscard]] std::filesystem::path source_dir();
[[nodiscard]] std::filesystem::path binary_dir();

/// The whole content of a file; throws when it cannot be read.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

}  // namespace persandian::test
