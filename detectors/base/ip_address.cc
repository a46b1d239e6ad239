// SPDX-License-Identifier: Apache-2.0
#include "detectors/base/ip_address.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>

namespace persandian {
namespace {

constexpr std::size_t longest_text = INET6_ADDRSTRLEN;

/// The first `prefix_bits` of `bytes` equal those of `other`.
bool same_prefix(ByteView bytes, ByteView other, unsigned prefix_bits) {
    const std::size_t whole = prefix_bits / 8;
    if (!std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(whole),
                    other.begin()))
        return false;
    const unsigned rest = prefix_bits % 8;
    if (rest == 0) return true;
    const auto mask = static_cast<std::byte>(0xFFU << (8U - rest));
    return (bytes[whole] & mask) == (other[whole] & mask);
}

bool host_bits_are_zero(ByteView bytes, unsigned prefix_bits) {
    for (std::size_t bit = prefix_bits; bit < bytes.size() * 8; ++bit)
        if ((bytes[bit / 8] & static_cast<std::byte>(0x80U >> (bit % 8))) != std::byte{0})
            return false;
    return true;
}

}  // namespace

IpAddress IpAddress::from_bytes(ByteView network_order) {
    PERSANDIAN_CHECK(network_order.size() == 4 || network_order.size() == 16);
    IpAddress out;
    out.is_v6_ = network_order.size() == 16;
    std::copy(network_order.begin(), network_order.end(), out.bytes_.begin());
    return out;
}

IpAddress IpAddress::v4(std::uint32_t host_order) {
    IpAddress out;
    for (std::size_t i = 0; i < 4; ++i)
        out.bytes_[i] = static_cast<std::byte>(host_order >> (24U - 8U * i));
    return out;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    if (text.empty() || text.size() >= longest_text) return std::nullopt;
    std::array<char, longest_text> terminated{};
    std::copy(text.begin(), text.end(), terminated.begin());
    IpAddress out;
    out.is_v6_ = text.find(':') != std::string_view::npos;
    if (::inet_pton(out.is_v6_ ? AF_INET6 : AF_INET, terminated.data(), out.bytes_.data()) != 1)
        return std::nullopt;
    return out;
}

ByteView IpAddress::bytes() const noexcept {
    return ByteView(bytes_).first(is_v6_ ? 16 : 4);
}

IpAddress IpAddress::unmapped() const {
    static constexpr std::array<unsigned char, 12> prefix = {0, 0, 0, 0, 0,    0,
                                                             0, 0, 0, 0, 0xFF, 0xFF};
    if (!is_v6_ || std::memcmp(bytes_.data(), prefix.data(), prefix.size()) != 0) return *this;
    return from_bytes(ByteView(bytes_).subspan(12, 4));
}

std::string IpAddress::to_string() const {
    std::array<char, longest_text> text{};
    if (is_v6_) {
        ::inet_ntop(AF_INET6, bytes_.data(), text.data(), text.size());
        return text.data();
    }
    char* at = text.data();  // events have two of them each
    for (std::size_t i = 0; i < 4; ++i) {
        if (i > 0) *at++ = '.';
        at = std::to_chars(at, text.data() + text.size(), std::to_integer<unsigned>(bytes_[i])).ptr;
    }
    return {text.data(), at};
}

bool IpAddress::is_private() const {
    static const std::array<IpNetwork, 9> networks = {*IpNetwork::parse("10.0.0.0/8"),
                                                      *IpNetwork::parse("172.16.0.0/12"),
                                                      *IpNetwork::parse("192.168.0.0/16"),
                                                      *IpNetwork::parse("127.0.0.0/8"),
                                                      *IpNetwork::parse("169.254.0.0/16"),
                                                      *IpNetwork::parse("100.64.0.0/10"),
                                                      *IpNetwork::parse("fc00::/7"),
                                                      *IpNetwork::parse("fe80::/10"),
                                                      *IpNetwork::parse("::1")};
    return std::any_of(networks.begin(), networks.end(),
                       [this](const IpNetwork& network) { return network.contains(*this); });
}

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::optional<IpAddress> address = IpAddress::parse(text.substr(0, slash));
    if (!address) return std::nullopt;
    const unsigned most = address->is_v6() ? 128 : 32;
    unsigned bits = most;
    if (slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), bits);
        if (error != std::errc{} || end != digits.data() + digits.size() || bits > most)
            return std::nullopt;
    }
    if (!host_bits_are_zero(address->bytes(), bits)) return std::nullopt;
    return IpNetwork{*address, bits};
}

IpNetwork IpNetwork::around(const IpAddress& address, unsigned prefix_bits) {
    std::array<std::byte, 16> bytes{};
    const ByteView all = address.bytes();
    const std::size_t whole = prefix_bits / 8;
    std::copy_n(all.begin(), whole, bytes.begin());
    if (prefix_bits % 8 != 0)
        bytes.at(whole) = all[whole] & static_cast<std::byte>(0xFF00U >> (prefix_bits % 8));
    return {IpAddress::from_bytes(ByteView(bytes).first(all.size())), prefix_bits};
}

bool IpNetwork::contains(const IpAddress& candidate) const {
    const IpAddress other = address.is_v4() ? candidate.unmapped() : candidate;
    if (other.is_v6() != address.is_v6()) return false;
    return same_prefix(address.bytes(), other.bytes(), prefix_bits);
}

std::string IpNetwork::to_string() const {
    return address.to_string() + '/' + std::to_string(prefix_bits);
}

}  // namespace persandian
