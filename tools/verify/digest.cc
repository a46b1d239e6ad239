// SPDX-License-Identifier: Apache-2.0
#include "tools/verify/digest.h"

#include <algorithm>
#include <cstdlib>

#include <openssl/evp.h>

namespace persandian::verify {

struct Sha256::State {
    EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    EVP_MD_CTX* context = EVP_MD_CTX_new();
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
    if (state_->algorithm == nullptr || state_->context == nullptr) std::abort();
}

Sha256::~Sha256() {
    EVP_MD_CTX_free(state_->context);
    EVP_MD_free(state_->algorithm);
}

void Sha256::begin() {
    if (EVP_DigestInit_ex2(state_->context, state_->algorithm, nullptr) != 1) std::abort();
}

void Sha256::update(std::string_view bytes) {
    if (EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) != 1) std::abort();
}

Digest Sha256::finish() {
    Digest out{};
    if (EVP_DigestFinal_ex(state_->context, out.data(), nullptr) != 1) std::abort();
    return out;
}

Digest Sha256::of(std::string_view bytes) {
    begin();
    update(bytes);
    return finish();
}

Digest Sha256::leaf(std::string_view record) {
    begin();
    update(std::string_view("\x00", 1));
    update(record);
    return finish();
}

Digest Sha256::node(const Digest& left, const Digest& right) {
    begin();
    update(std::string_view("\x01", 1));
    update(view_of(left));
    update(view_of(right));
    return finish();
}

bool ed25519_verify(const PublicKey& key, std::string_view message, std::string_view signature) {
    if (signature.size() != 64) return false;
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> public_key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()),
        &EVP_PKEY_free);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          &EVP_MD_CTX_free);
    if (public_key == nullptr || context == nullptr) return false;
    if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, public_key.get()) != 1)
        return false;
    const auto* const sig =
        static_cast<const unsigned char*>(static_cast<const void*>(signature.data()));
    const auto* const text =
        static_cast<const unsigned char*>(static_cast<const void*>(message.data()));
    return EVP_DigestVerify(context.get(), sig, signature.size(), text, message.size()) == 1;
}

bool is_small_order(const PublicKey& key) {
    // y coordinates of the points of order 1, 2, 4 and 8 (RFC 7748/8032 curve), little-endian, with
    // the encodings that are not reduced modulo p. The sign bit is not looked at.
    static constexpr std::array<unsigned char, 32> order_8_a = {
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
        0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
        0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05};
    static constexpr std::array<unsigned char, 32> order_8_b = {
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
        0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
        0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a};
    PublicKey y = key;
    y[31] &= 0x7FU;
    if (y == order_8_a || y == order_8_b) return true;
    const auto middle_is = [&y](unsigned char value) {
        return std::all_of(y.begin() + 1, y.end() - 1,
                           [value](unsigned char b) { return b == value; });
    };
    if (y[31] == 0 && middle_is(0)) return y[0] <= 1;                           // y = 0, 1
    if (y[31] == 0x7F && middle_is(0xFF)) return y[0] >= 0xEC && y[0] <= 0xEE;  // p-1, p, p+1
    return false;
}

}  // namespace persandian::verify
