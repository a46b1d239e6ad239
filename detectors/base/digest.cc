// SPDX-License-Identifier: Apache-2.0
#include "detectors/base/digest.h"

#include <algorithm>
#include <memory>

#include <openssl/evp.h>

#include "detectors/base/encoding.h"

namespace persandian {
namespace {

using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

template <std::size_t Size>
std::array<std::byte, Size> hash(const EVP_MD* algorithm, std::initializer_list<ByteView> parts) {
    // One context per thread: EVP fetches are far dearer than the hash of a short value.
    thread_local Context context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
    PERSANDIAN_CHECK(context && EVP_DigestInit_ex(context.get(), algorithm, nullptr) == 1);
    for (const ByteView part : parts)
        PERSANDIAN_CHECK(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
    std::array<unsigned char, Size> raw{};
    unsigned int size = 0;
    PERSANDIAN_CHECK(EVP_DigestFinal_ex(context.get(), raw.data(), &size) == 1 && size == Size);
    std::array<std::byte, Size> out{};
    std::transform(raw.begin(), raw.end(), out.begin(),
                   [](unsigned char c) { return std::byte{c}; });
    return out;
}

const EVP_MD* openssl_name(Hasher::Algorithm algorithm) {
    switch (algorithm) {
        case Hasher::Algorithm::md5:
            return EVP_md5();
        case Hasher::Algorithm::sha1:
            return EVP_sha1();
        case Hasher::Algorithm::sha256:
            break;
    }
    return EVP_sha256();
}

}  // namespace

Hasher::Hasher(Algorithm algorithm) : context_(EVP_MD_CTX_new()) {
    PERSANDIAN_CHECK(context_ &&
                     EVP_DigestInit_ex(context_.get(), openssl_name(algorithm), nullptr) == 1);
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::add(ByteView bytes) {
    PERSANDIAN_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

std::string Hasher::finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
    unsigned int size = 0;
    PERSANDIAN_CHECK(EVP_DigestFinal_ex(context_.get(), raw.data(), &size) == 1);
    return hex_encode(std::as_bytes(std::span(raw).first(size)));
}

void Hasher::Free::operator()(evp_md_ctx_st* context) const noexcept {
    EVP_MD_CTX_free(context);
}

std::string Digest::hex() const {
    return hex_encode(bytes);
}

std::optional<Digest> Digest::from_hex(std::string_view text) {
    const std::optional<std::string> raw = hex_decode(text);
    if (!raw || raw->size() != 32) return std::nullopt;
    Digest out;
    const ByteView view = as_bytes(*raw);
    std::copy(view.begin(), view.end(), out.bytes.begin());
    return out;
}

Digest sha256(std::initializer_list<ByteView> parts) {
    return {hash<32>(EVP_sha256(), parts)};
}

std::array<std::byte, 20> sha1(ByteView bytes) {
    return hash<20>(EVP_sha1(), {bytes});
}

std::array<std::byte, 16> md5(ByteView bytes) {
    return hash<16>(EVP_md5(), {bytes});
}

}  // namespace persandian
