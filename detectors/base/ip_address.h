// SPDX-License-Identifier: Apache-2.0
//
// IPv4 and IPv6 addresses and networks as values. Text forms: dotted quad and RFC 5952.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "detectors/base/bytes.h"

namespace persandian {

/// An IPv4 or IPv6 address in network byte order. IPv4 uses the first four bytes; the rest are 0.
/// An IPv4-mapped IPv6 address (::ffff:a.b.c.d) stays IPv6; compare through unmapped().
class IpAddress {
  public:
    constexpr IpAddress() = default;
    /// Four bytes make an IPv4 address, sixteen an IPv6 one; anything else is a broken invariant.
    [[nodiscard]] static IpAddress from_bytes(ByteView network_order);
    [[nodiscard]] static IpAddress v4(std::uint32_t host_order);
    /// Reads "192.0.2.1" or "2001:db8::1"; no zone, no brackets, no leading zeros in IPv4.
    [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);

    [[nodiscard]] bool is_v4() const noexcept { return !is_v6_; }
    [[nodiscard]] bool is_v6() const noexcept { return is_v6_; }
    /// 4 or 16 bytes, network order; valid as long as this object.
    [[nodiscard]] ByteView bytes() const noexcept PERSANDIAN_LIFETIME_BOUND;
    /// The IPv4 address inside ::ffff:0:0/96, else the address itself.
    [[nodiscard]] IpAddress unmapped() const;
    [[nodiscard]] std::string to_string() const;
    /// Loopback, private (RFC 1918, RFC 4193), link-local, shared (RFC 6598).
    [[nodiscard]] bool is_private() const;

    auto operator<=>(const IpAddress&) const = default;

  private:
    bool is_v6_ = false;
    std::array<std::byte, 16> bytes_{};
};

/// An address range given as prefix. The host bits of `address` are 0.
struct IpNetwork {
    IpAddress address;
    unsigned prefix_bits = 0;  ///< 0..32 or 0..128

    /// Reads "10.0.0.0/8", "2001:db8::/32", or a bare address. Host bits set is an error, as in the
    /// Sigma specification (modifier cidr).
    [[nodiscard]] static std::optional<IpNetwork> parse(std::string_view text);
    /// The network of that size that `address` is in. `prefix_bits`: at most 32 or 128.
    [[nodiscard]] static IpNetwork around(const IpAddress& address, unsigned prefix_bits);
    /// Whether `candidate` lies inside. IPv4-mapped IPv6 candidates match IPv4 networks.
    [[nodiscard]] bool contains(const IpAddress& candidate) const;
    [[nodiscard]] std::string to_string() const;
    bool operator==(const IpNetwork&) const = default;
};

}  // namespace persandian
