// SPDX-License-Identifier: Apache-2.0
//
// Value: what a field holds. 24 bytes, copied freely; text is a view that the event owns.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "detectors/base/check.h"
#include "detectors/base/ip_address.h"
#include "detectors/base/timestamp.h"
#include "detectors/event/written_text.h"

namespace persandian {

class Value {
  public:
    enum class Kind : std::uint8_t {
        null,
        boolean,
        integer,
        unsigned_integer,
        real,
        text,
        address,
        time,
        bytes
    };

    constexpr Value() noexcept : integer_(0) {}
    static Value null() noexcept { return {}; }
    static Value boolean(bool b) noexcept {
        Value v(Kind::boolean);
        v.integer_ = b ? 1 : 0;
        return v;
    }
    static Value integer(std::int64_t n) noexcept {
        Value v(Kind::integer);
        v.integer_ = n;
        return v;
    }
    /// Only for numbers above the range of std::int64_t; smaller ones become integer.
    static Value unsigned_integer(std::uint64_t n) noexcept {
        if (n <= static_cast<std::uint64_t>(INT64_MAX))
            return integer(static_cast<std::int64_t>(n));
        Value v(Kind::unsigned_integer);
        v.unsigned_ = n;
        return v;
    }
    static Value real(double d) noexcept {
        Value v(Kind::real);
        v.real_ = d;
        return v;
    }
    /// A view: `text` must outlive the value. Events offer add_copy() for text that does not.
    static Value text(std::string_view text) noexcept {
        Value v(Kind::text);
        v.text_ = text;
        return v;
    }
    /// As text(), of a text whose escapes nobody has resolved yet. `text` must outlive the value
    /// and its copies.
    static Value text(const WrittenText& text) noexcept {
        Value v(Kind::text);
        v.is_written_ = true;
        v.written_ = &text;
        return v;
    }
    /// Octets of whatever meaning, for rules: no JSON has them. Only ASCII letters of them have a
    /// case. A view, as text().
    static Value bytes(std::string_view bytes) noexcept {
        Value v(Kind::bytes);
        v.text_ = bytes;
        return v;
    }
    static Value address(const IpAddress& address) noexcept {
        Value v(Kind::address);
        v.address_ = address;
        return v;
    }
    static Value time(Timestamp time) noexcept {
        Value v(Kind::time);
        v.integer_ = time.ns;
        return v;
    }

    [[nodiscard]] Kind kind() const noexcept { return kind_; }
    [[nodiscard]] bool is_null() const noexcept { return kind_ == Kind::null; }
    [[nodiscard]] bool as_boolean() const { return check(Kind::boolean), integer_ != 0; }
    [[nodiscard]] std::int64_t as_integer() const { return check(Kind::integer), integer_; }
    [[nodiscard]] std::uint64_t as_unsigned() const {
        return check(Kind::unsigned_integer), unsigned_;
    }
    [[nodiscard]] double as_real() const { return check(Kind::real), real_; }
    /// Valid as long as the event (or whatever text() was given).
    [[nodiscard]] std::string_view as_text() const {
        check(Kind::text);
        return is_written_ ? written_->text() : text_;
    }
    /// The text with its escapes, if nobody needed to resolve any yet when it was made; else null.
    /// Texts that are written alike are alike.
    [[nodiscard]] const WrittenText* as_written() const noexcept {
        return is_written_ ? written_ : nullptr;
    }
    [[nodiscard]] std::string_view as_bytes() const { return check(Kind::bytes), text_; }
    [[nodiscard]] const IpAddress& as_address() const { return check(Kind::address), address_; }
    [[nodiscard]] Timestamp as_time() const { return check(Kind::time), Timestamp{integer_}; }

    /// The canonical text by which rules compare: numbers in decimal, true/false, addresses in
    /// RFC 5952 form, times in RFC 3339. Text and bytes are returned as they are, without copying;
    /// other kinds are written into `storage`. Valid as long as `storage` and the event are.
    [[nodiscard]] std::string_view to_text(std::string& storage PERSANDIAN_LIFETIME_BOUND) const;

  private:
    explicit Value(Kind kind) noexcept : kind_(kind), integer_(0) {}
    void check(Kind kind) const { PERSANDIAN_CHECK(kind_ == kind); }

    Kind kind_ = Kind::null;
    bool is_written_ = false;  ///< of a text: written_ is set, else text_
    union {
        std::int64_t integer_;
        std::uint64_t unsigned_;
        double real_;
        std::string_view text_;
        const WrittenText* written_;
        IpAddress address_;
    };
};

}  // namespace persandian
