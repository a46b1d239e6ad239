// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/ledger_dir.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ledger/paths.h"

namespace persandian::ledger {
namespace {

[[noreturn]] void fail(LedgerFault fault, const std::filesystem::path& path, const char* text) {
    throw LedgerError(fault, fmt::format("{}: {}", path.string(), text));
}

/// Makes the folder and its parents; durable enough, the ledger's own names are synced later.
void make_folder(const std::filesystem::path& folder, ::mode_t mode) {
    std::error_code failure;
    if (std::filesystem::is_directory(folder, failure)) return;
    if (folder.has_parent_path())
        std::filesystem::create_directories(folder.parent_path(), failure);
    if (::mkdir(folder.c_str(), mode) == 0 || errno == EEXIST) return;
    fail(errno == EACCES || errno == EPERM ? LedgerFault::permission : LedgerFault::io, folder,
         std::strerror(errno));
}

LedgerFault fault_of(const Error& error) {
    if (error.code == ErrorCode::permission) return LedgerFault::permission;
    return error.code == ErrorCode::limit ? LedgerFault::no_space : LedgerFault::io;
}

}  // namespace

std::unique_ptr<MemorySigner> load_key_file(const std::filesystem::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        fail(errno == ENOENT ? LedgerFault::bad_options : LedgerFault::permission, path,
             "cannot read the key file; make one with \"persandian keys init\"");
    if ((status.st_mode & 077U) != 0)
        fail(LedgerFault::permission, path,
             "group or others can read the private key; chmod 600 it");
    if (status.st_uid != ::geteuid() && status.st_uid != 0)
        fail(LedgerFault::permission, path, "the private key belongs to another user");
    std::ifstream file(path, std::ios::binary);
    std::string pem(64_KiB, '\0');
    file.read(pem.data(), static_cast<std::streamsize>(pem.size()));
    pem.resize(static_cast<std::size_t>(file.gcount()));
    Result<std::unique_ptr<MemorySigner>> signer = MemorySigner::from_pem(pem);
    OPENSSL_cleanse(pem.data(), pem.size());
    if (!signer) fail(LedgerFault::bad_options, path, signer.error().text);
    return std::move(signer).value();
}

std::unique_ptr<MemorySigner> create_key_file(const std::filesystem::path& path,
                                              RandomSource& random) {
    make_folder(path.parent_path(), 0700);
    const std::unique_ptr<Storage> storage = posix_storage(path.parent_path());
    const std::string name = path.filename().string();
    if (storage->exists(name))
        fail(LedgerFault::bad_options, path, "the key file exists already; it is not replaced");
    std::unique_ptr<MemorySigner> signer = MemorySigner::generate(random);
    std::string pem = signer->private_pem();
    const Result<void> written = write_whole(*storage, name, as_bytes(pem), true);
    OPENSSL_cleanse(pem.data(), pem.size());
    if (!written) fail(fault_of(written.error()), path, written.error().text);
    return signer;
}

OpenLedger open_ledger_dir(const std::filesystem::path& folder, Clock& clock, RandomSource& random,
                           WriterOptions options) {
    make_folder(folder, 0750);
    OpenLedger out;
    out.storage = posix_storage(folder);
    const std::filesystem::path key = folder / paths::private_key;
    if (std::filesystem::exists(key)) {
        out.signer = load_key_file(key);
    } else {
        if (out.storage->exists(paths::public_pem))
            fail(LedgerFault::key_mismatch, key,
                 "the ledger's private key is missing; without it nothing can be appended");
        out.signer = create_key_file(key, random);
    }
    out.writer = LedgerWriter::open(*out.storage, *out.signer, clock, random, std::move(options));
    return out;
}

}  // namespace persandian::ledger
