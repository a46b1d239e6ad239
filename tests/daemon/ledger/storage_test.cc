// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/storage.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "tests/support/sim_disk.h"
#include "tests/support/temp_dir.h"

namespace persandian::test {
namespace {

using ledger::OpenMode;

/// The real file system and the simulated disk must behave alike: the crash tests stand on it.
void behaves_like_storage(ledger::Storage& storage) {
    EXPECT_EQ(storage.open("a/b", OpenMode::create).error().code, ErrorCode::not_found);
    ASSERT_TRUE(storage.make_dir("a"));
    ASSERT_TRUE(storage.make_dir("a"));
    EXPECT_EQ(storage.open("a/b", OpenMode::read_write).error().code, ErrorCode::not_found);
    EXPECT_EQ(storage.open_read("a/b").error().code, ErrorCode::not_found);
    {
        const auto file = storage.open("a/b", OpenMode::create_new);
        ASSERT_TRUE(file);
        ASSERT_TRUE((*file)->append(as_bytes("hello ")));
        ASSERT_TRUE((*file)->append(as_bytes("world")));
        ASSERT_TRUE((*file)->write_at(0, as_bytes("J")));
        ASSERT_TRUE((*file)->write_at(13, as_bytes("!")));
        EXPECT_EQ((*file)->size().value(), 14U);
        ASSERT_TRUE((*file)->sync());
    }
    EXPECT_EQ(*ledger::read_whole(storage, "a/b", 14), std::string("Jello world\0\0!", 14));
    EXPECT_EQ(ledger::read_whole(storage, "a/b", 13).error().code, ErrorCode::limit);
    EXPECT_EQ(storage.open("a/b", OpenMode::create_new).error().code, ErrorCode::conflict);
    {
        const auto file = storage.open("a/b", OpenMode::create);
        ASSERT_TRUE((*file)->truncate(5));
        ASSERT_TRUE((*file)->append(as_bytes("y")));
        std::array<std::byte, 10> out{};
        EXPECT_EQ((*file)->read_at(2, out).value(), 4U);
        EXPECT_EQ((*file)->read_at(6, out).value(), 0U);
        EXPECT_EQ((*file)->read_at(99, out).value(), 0U);
    }
    ASSERT_TRUE(storage.rename("a/b", "a/c"));
    EXPECT_FALSE(storage.exists("a/b"));
    ASSERT_TRUE(storage.sync_dir("a"));
    ASSERT_TRUE(ledger::write_whole(storage, "a/a", as_bytes("x")));
    EXPECT_EQ(*storage.list("a"), (std::vector<std::string>{"a", "c"}));
    EXPECT_EQ(storage.list("b").error().code, ErrorCode::not_found);
    ASSERT_TRUE(storage.remove("a/a"));
    EXPECT_FALSE(storage.remove("a/a"));
    {
        const auto lock = storage.lock("lock");
        ASSERT_TRUE(lock);
        EXPECT_EQ(storage.lock("lock").error().code, ErrorCode::conflict);
    }
    EXPECT_TRUE(storage.lock("lock"));
}

TEST(Storage, RealFileSystem) {
    const TempDir folder;
    const auto storage = ledger::posix_storage(folder.path());
    behaves_like_storage(*storage);
}

TEST(Storage, SimulatedDisk) {
    SimDisk disk;
    behaves_like_storage(disk);
}

TEST(Storage, SymbolicLinksAreNotFollowed) {
    const TempDir folder;
    std::filesystem::create_symlink("/etc/passwd", folder.path() / "link");
    const auto storage = ledger::posix_storage(folder.path());
    EXPECT_FALSE(storage->open_read("link"));
    EXPECT_FALSE(storage->open("link", OpenMode::create));
}

TEST(SimDisk, UnsyncedDataAndNamesMayBeLost) {
    using Data = CrashChoice::Data;
    SimDisk disk;
    auto file = *disk.open("f", OpenMode::create, false);
    ASSERT_TRUE(file->append(as_bytes(std::string(1024, 'a'))));
    EXPECT_FALSE(disk.crash({.data = Data::all})->exists("f"));
    EXPECT_EQ(disk.crash({.data = Data::none, .names = true})->files().at("f"), "");
    ASSERT_TRUE(disk.sync_dir(""));
    ASSERT_TRUE(file->sync());
    ASSERT_TRUE(file->append(as_bytes(std::string(1024, 'b'))));
    EXPECT_EQ(disk.crash({.data = Data::none})->files().at("f"), std::string(1024, 'a'));
    EXPECT_EQ(disk.crash({.data = Data::all})->files().at("f"),
              std::string(1024, 'a') + std::string(1024, 'b'));
    EXPECT_EQ(disk.crash({.data = Data::torn})->files().at("f"),
              std::string(1024, 'a') + std::string(512, 'b') + std::string(512, '\0'));
    EXPECT_EQ(disk.crash({.data = Data::zero_filled})->files().at("f"),
              std::string(1024, 'a') + std::string(1024, '\0'));
}

}  // namespace
}  // namespace persandian::test
