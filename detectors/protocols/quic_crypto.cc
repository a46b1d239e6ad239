// SPDX-License-Identifier: Apache-2.0
#include "detectors/protocols/quic_crypto.h"

#include <algorithm>
#include <memory>
#include <span>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace persandian::protocols::quic {
namespace {

constexpr std::size_t hash_bytes = 32;
constexpr std::size_t tag_bytes = 16;
constexpr std::size_t sample_bytes = 16;

using Hash = std::array<std::byte, hash_bytes>;
using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

constexpr std::string_view salt_1(
    "\x38\x76\x2C\xF7\xF5\x59\x34\xB3\x4D\x17\x9A\xE6\xA4\xC8\x0C\xAD\xCC\xBB\x7F\x0A", 20);
constexpr std::string_view salt_2(
    "\x0D\xED\xE3\xDE\xF7\x00\xA6\xDB\x81\x93\x81\xBE\x6E\x26\x9D\xCB\xF9\xBD\x2E\xD9", 20);
constexpr std::string_view salt_draft_23(
    "\xC3\xEE\xF7\x12\xC7\x2E\xBB\x5A\x11\xA7\xD2\x43\x2B\xB4\x63\x65\xBE\xF9\xF5\x02", 20);
constexpr std::string_view salt_draft_29(
    "\xAF\xBF\xEC\x28\x99\x93\xD2\x4C\x9E\x97\x86\xF1\x9C\x61\x11\xE0\x43\x90\xA8\x99", 20);

const unsigned char* octets(ByteView bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

Hash hmac(ByteView key, ByteView message) {
    Hash out{};
    unsigned size = 0;
    PERSANDIAN_CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), octets(message),
                          message.size(), reinterpret_cast<unsigned char*>(out.data()),
                          &size) != nullptr);
    return out;
}

/// HKDF-Expand-Label of RFC 8446 section 7.1 with an empty context, for at most one hash.
template <std::size_t Size>
std::array<std::byte, Size> expand(ByteView secret, std::string_view label) {
    static_assert(Size <= hash_bytes);
    std::string info = {static_cast<char>(Size >> 8U), static_cast<char>(Size & 0xFFU)};
    info += static_cast<char>(6 + label.size());
    info += "tls13 ";
    info += label;
    info += '\0';
    info += '\x01';  // the first block
    const Hash block = hmac(secret, as_bytes(info));
    std::array<std::byte, Size> out{};
    std::copy_n(block.begin(), Size, out.begin());
    return out;
}

/// What is added to the first octet and to the packet number to protect them.
std::array<std::byte, sample_bytes> header_mask(const InitialKeys& keys, ByteView sample) {
    const Context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    std::array<std::byte, sample_bytes * 2> out{};
    int size = 0;
    PERSANDIAN_CHECK(context &&
                     EVP_EncryptInit_ex(context.get(), EVP_aes_128_ecb(), nullptr,
                                        octets(keys.header_protection), nullptr) == 1 &&
                     EVP_EncryptUpdate(context.get(), reinterpret_cast<unsigned char*>(out.data()),
                                       &size, octets(sample),
                                       static_cast<int>(sample.size())) == 1);
    std::array<std::byte, sample_bytes> mask{};
    std::copy_n(out.begin(), sample_bytes, mask.begin());
    return mask;
}

std::optional<std::string> decrypt(const InitialKeys& keys, ByteView nonce, ByteView header,
                                   ByteView sealed) {
    if (sealed.size() < tag_bytes) return std::nullopt;
    const ByteView text = sealed.first(sealed.size() - tag_bytes);
    std::string tag(as_text(sealed.last(tag_bytes)));
    std::string out(text.size(), '\0');
    const Context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    int size = 0;
    PERSANDIAN_CHECK(context &&
                     EVP_DecryptInit_ex(context.get(), EVP_aes_128_gcm(), nullptr, octets(keys.key),
                                        octets(nonce)) == 1 &&
                     EVP_DecryptUpdate(context.get(), nullptr, &size, octets(header),
                                       static_cast<int>(header.size())) == 1);
    auto* const plain = reinterpret_cast<unsigned char*>(out.data());
    if (EVP_DecryptUpdate(context.get(), plain, &size, octets(text),
                          static_cast<int>(text.size())) != 1 ||
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_bytes, tag.data()) != 1 ||
        EVP_DecryptFinal_ex(context.get(), plain + size, &size) != 1)
        return std::nullopt;
    return out;
}

}  // namespace

bool is_known_version(std::uint32_t version) noexcept {
    constexpr std::uint32_t reserved = 0x0A0A0A0A;  // those that only try what the other side says
    return version == version_1 || (version & 0x0F0F0F0F) == reserved || version == version_2 ||
           (version >= 0xFF000017 && version <= 0xFF000022);
}

InitialKeys client_initial_keys(std::uint32_t version, ByteView connection_id) {
    const bool second = version == version_2;
    std::string_view salt = version < 0xFF00001D ? salt_draft_23 : salt_draft_29;
    const bool late_draft = version == 0xFF000021 || version == 0xFF000022;
    if (version == version_1 || late_draft) salt = salt_1;
    if (second) salt = salt_2;
    const Hash initial = hmac(as_bytes(salt), connection_id);
    const auto client = expand<hash_bytes>(initial, "client in");
    InitialKeys out;
    out.key = expand<16>(client, second ? "quicv2 key" : "quic key");
    out.iv = expand<12>(client, second ? "quicv2 iv" : "quic iv");
    out.header_protection = expand<16>(client, second ? "quicv2 hp" : "quic hp");
    return out;
}

std::optional<std::string> open_initial(const InitialKeys& keys, ByteView packet,
                                        std::size_t number_offset) {
    constexpr std::size_t longest_number = 4;
    if (number_offset > packet.size() ||
        packet.size() - number_offset < longest_number + sample_bytes)
        return std::nullopt;
    const auto mask =
        header_mask(keys, packet.subspan(number_offset + longest_number, sample_bytes));
    std::string header(as_text(packet.first(number_offset + longest_number)));
    header[0] = static_cast<char>(std::byte{static_cast<unsigned char>(header[0])} ^
                                  (mask[0] & std::byte{0x0F}));
    const std::size_t number_bytes = (static_cast<unsigned char>(header[0]) & 3U) + 1;
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < number_bytes; ++i) {
        char& octet = header[number_offset + i];
        octet = static_cast<char>(std::byte{static_cast<unsigned char>(octet)} ^ mask[1 + i]);
        number = number << 8U | static_cast<unsigned char>(octet);
    }
    header.resize(number_offset + number_bytes);
    std::array<std::byte, 12> nonce = keys.iv;
    for (std::size_t i = 0; i < 8; ++i)
        nonce[nonce.size() - 1 - i] ^= std::byte{static_cast<unsigned char>(number >> (8 * i))};
    return decrypt(keys, nonce, as_bytes(header), packet.subspan(header.size()));
}

}  // namespace persandian::protocols::quic
