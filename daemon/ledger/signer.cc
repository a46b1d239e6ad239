// SPDX-License-Identifier: Apache-2.0
#include "daemon/ledger/signer.h"

#include <algorithm>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "detectors/base/digest.h"
#include "detectors/base/encoding.h"

namespace persandian::ledger {
namespace {

using KeyHandle = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using BioHandle = std::unique_ptr<BIO, decltype(&BIO_free)>;
using ContextHandle = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

const unsigned char* raw(const std::byte* bytes) {
    return reinterpret_cast<const unsigned char*>(bytes);
}
unsigned char* raw(std::byte* bytes) {
    return reinterpret_cast<unsigned char*>(bytes);
}

KeyHandle public_handle(const PublicKey& key) {
    return {EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(key.data()), key.size()),
            &EVP_PKEY_free};
}

std::string take_text(BIO& bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(&bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

BioHandle read_bio(std::string_view text) {
    PERSANDIAN_CHECK(text.size() < std::size_t{1} << 30U);
    return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

/// Never asks a terminal for a pass phrase.
int no_password(char*, int, int, void*) {
    return -1;
}

class OpenSslSigner : public MemorySigner {
  public:
    explicit OpenSslSigner(KeyHandle key) : key_(std::move(key)) {
        std::size_t size = public_key_.size();
        PERSANDIAN_CHECK(
            key_ && EVP_PKEY_get_raw_public_key(key_.get(), raw(public_key_.data()), &size) == 1);
        PERSANDIAN_CHECK(size == public_key_.size());
    }

    [[nodiscard]] const PublicKey& public_key() const override { return public_key_; }

    [[nodiscard]] Result<Signature> sign(ByteView message) override {
        const ContextHandle context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
        Signature signature{};
        std::size_t size = signature.size();
        if (!context ||
            EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
            EVP_DigestSign(context.get(), raw(signature.data()), &size, raw(message.data()),
                           message.size()) != 1 ||
            size != signature.size())
            return Error{ErrorCode::io, "the signing key failed to sign"};
        return signature;
    }

    [[nodiscard]] std::string private_pem() const override {
        const BioHandle bio{BIO_new(BIO_s_secmem()), &BIO_free};
        PERSANDIAN_CHECK(bio && PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr,
                                                              nullptr, 0, nullptr, nullptr) == 1);
        return take_text(*bio);
    }

  private:
    KeyHandle key_;
    PublicKey public_key_{};
};

}  // namespace

std::unique_ptr<MemorySigner> MemorySigner::generate(RandomSource& random) {
    std::array<std::byte, 32> seed{};
    random.fill(seed);
    auto signer = from_seed(seed);
    OPENSSL_cleanse(seed.data(), seed.size());
    return signer;
}

std::unique_ptr<MemorySigner> MemorySigner::from_seed(std::span<const std::byte, 32> seed) {
    return std::make_unique<OpenSslSigner>(KeyHandle{
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw(seed.data()), seed.size()),
        &EVP_PKEY_free});
}

Result<std::unique_ptr<MemorySigner>> MemorySigner::from_pem(std::string_view pem) {
    const BioHandle bio = read_bio(pem);
    KeyHandle key{
        bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_password, nullptr) : nullptr,
        &EVP_PKEY_free};
    if (!key) return Error{ErrorCode::malformed, "not an unencrypted PKCS#8 PEM private key"};
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519)
        return Error{ErrorCode::unsupported, "the private key is not an Ed25519 key"};
    std::unique_ptr<MemorySigner> signer = std::make_unique<OpenSslSigner>(std::move(key));
    return signer;
}

std::string public_key_pem(const PublicKey& key) {
    const KeyHandle handle = public_handle(key);
    const BioHandle bio{BIO_new(BIO_s_mem()), &BIO_free};
    PERSANDIAN_CHECK(handle && bio && PEM_write_bio_PUBKEY(bio.get(), handle.get()) == 1);
    return take_text(*bio);
}

Result<PublicKey> parse_public_key_pem(std::string_view pem) {
    const BioHandle bio = read_bio(pem);
    const KeyHandle key{
        bio ? PEM_read_bio_PUBKEY(bio.get(), nullptr, &no_password, nullptr) : nullptr,
        &EVP_PKEY_free};
    if (!key) return Error{ErrorCode::malformed, "not a PEM public key"};
    PublicKey out{};
    std::size_t size = out.size();
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519 ||
        EVP_PKEY_get_raw_public_key(key.get(), raw(out.data()), &size) != 1 || size != out.size())
        return Error{ErrorCode::unsupported, "the public key is not an Ed25519 key"};
    return out;
}

bool verify_signature(const PublicKey& key, ByteView message, const Signature& signature) {
    const KeyHandle handle = public_handle(key);
    const ContextHandle context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
    return handle && context &&
           EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, handle.get()) == 1 &&
           EVP_DigestVerify(context.get(), raw(signature.data()), signature.size(),
                            raw(message.data()), message.size()) == 1;
}

std::uint32_t key_id(std::string_view name, const PublicKey& key) {
    static constexpr std::array<std::byte, 2> separator = {std::byte{0x0A}, ed25519_key_type};
    const Digest hash = sha256({as_bytes(name), separator, key});
    return ByteReader(hash.bytes).u32();
}

std::string vkey(std::string_view name, const PublicKey& key) {
    std::array<std::byte, 1 + ed25519_public_bytes> typed{ed25519_key_type};
    std::copy(key.begin(), key.end(), typed.begin() + 1);
    return fmt::format("{}+{:08x}+{}", name, key_id(name, key), base64_encode(typed));
}

Result<NamedKey> parse_vkey(std::string_view text) {
    static constexpr Error bad{ErrorCode::malformed,
                               "not a verifier key of the form name+8 hex digits+base64"};
    const std::size_t first = text.find('+');
    if (first == std::string_view::npos || first == 0) return bad;
    const std::size_t second = text.find('+', first + 1);
    if (second != first + 9) return bad;
    const std::optional<std::string> typed = base64_decode(text.substr(second + 1));
    if (!typed || typed->empty()) return bad;
    if (as_bytes(*typed)[0] != ed25519_key_type)
        return Error{ErrorCode::unsupported, "the verifier key is not an Ed25519 key"};
    if (typed->size() != 1 + ed25519_public_bytes) return bad;
    NamedKey out;
    out.name = text.substr(0, first);
    const ByteView bytes = as_bytes(*typed).subspan(1);
    std::copy(bytes.begin(), bytes.end(), out.key.begin());
    if (vkey(out.name, out.key) != text) return bad;
    return out;
}

}  // namespace persandian::ledger
