// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/export.h"

#include <set>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "daemon/ledger/bundle_readme.h"
#include "daemon/ledger/side_files.h"
#include "detectors/base/encoding.h"

namespace persandian::ledger {
namespace {

/// Evidence references of a record: the `sha256` members of the objects in its `ev`.
std::set<Digest> evidence_of(const std::string& record) {
    std::set<Digest> out;
    boost::system::error_code failure;
    const boost::json::value parsed = boost::json::parse(record, failure);
    if (failure || !parsed.is_object()) return out;
    const boost::json::value* const list = parsed.get_object().if_contains("ev");
    if (list == nullptr || !list->is_array()) return out;
    for (const boost::json::value& reference : list->get_array()) {
        if (!reference.is_object()) continue;
        const boost::json::value* const hash = reference.get_object().if_contains("sha256");
        if (hash == nullptr || !hash->is_string()) continue;
        const boost::json::string& text = hash->get_string();
        if (const auto digest = Digest::from_hex({text.data(), text.size()})) out.insert(*digest);
    }
    return out;
}

/// Writes the files of one bundle.
class BundleFolder {
  public:
    explicit BundleFolder(std::filesystem::path folder) : folder_(std::move(folder)) {
        std::error_code failure;
        std::filesystem::create_directories(folder_, failure);
        if (failure) fail("cannot make the folder");
        if (!std::filesystem::is_empty(folder_, failure) || failure)
            fail("the folder is not empty; give a new one");
        storage_ = posix_storage(folder_);
    }

    void write(const std::string& name, std::string_view text) {
        const Result<std::unique_ptr<File>> file = storage_->open(name, OpenMode::create_new);
        Result<void> done = file ? (*file)->append(as_bytes(text)) : Result<void>(file.error());
        if (done) done = (*file)->sync();
        if (!done)
            throw LedgerError(LedgerFault::io,
                              fmt::format("{}: {}", storage_->describe(name), done.error().text));
    }

    void make_dir(const std::string& name) {
        if (!storage_->make_dir(name)) fail("cannot make a folder in it");
    }

  private:
    [[noreturn]] void fail(const char* text) const {
        throw LedgerError(LedgerFault::io, fmt::format("{}: {}", folder_.string(), text));
    }

    std::filesystem::path folder_;
    std::unique_ptr<Storage> storage_;
};

template <typename T>
T need(Result<T> result, const char* what) {
    if (!result)
        throw LedgerError(
            result.error().code == ErrorCode::malformed ? LedgerFault::damaged : LedgerFault::io,
            fmt::format("{}: {}", what, result.error().text));
    return std::move(result).value();
}

std::string disclosure_lines(const std::vector<OpenedValue>& values, std::uint64_t index) {
    std::string out;
    for (const OpenedValue& value : values) {
        incident::Disclosure disclosure{.path = value.path, .value = value.value};
        const std::string salt = hex_decode(value.salt_hex).value_or(std::string(16, '\0'));
        std::ranges::copy(as_bytes(salt), disclosure.salt.begin());
        append_disclosure_line(out, index, disclosure);
    }
    return out;
}

}  // namespace

Result<std::string> tlog_proof(LedgerReader& reader, std::uint64_t index) {
    const Result<std::vector<Digest>> proof = reader.prove_inclusion(index);
    if (!proof) return proof.error();
    std::string out = fmt::format("c2sp.org/tlog-proof@v1\nindex {}\n", index);
    for (const Digest& hash : *proof) out += base64_encode(hash.bytes) + "\n";
    return out + "\n" + reader.checkpoint_note();
}

ExportReport export_bundle(LedgerReader& reader, std::uint64_t index,
                           const std::filesystem::path& folder) {
    ExportReport report;
    const std::string record = need(reader.record(index), "record");
    const std::string proof = need(tlog_proof(reader, index), "proof");
    const std::vector<OpenedValue> values = need(reader.disclosures(index), "disclosures");
    BundleFolder bundle(folder);
    bundle.write("record.json", record);
    bundle.write("record.tlog-proof", proof);
    bundle.write("checkpoint", reader.checkpoint_note());
    bundle.write("log.pub.pem", public_key_pem(reader.key()));
    bundle.write("log.vkey", vkey(reader.checkpoint().origin, reader.key()) + "\n");
    bundle.write("disclosures.jsonl", disclosure_lines(values, index));
    report.disclosures = values.size();
    bundle.make_dir("evidence");
    for (const Digest& hash : evidence_of(record)) {
        const Result<std::string> bytes = reader.evidence(hash);
        if (!bytes) {
            ++report.evidence_missing;
            continue;
        }
        bundle.write("evidence/" + hash.hex(), *bytes);
        ++report.evidence;
    }
    bundle.write("README.md", bundle_readme(reader.checkpoint(), index));
    return report;
}

}  // namespace persandian::ledger
