// SPDX-License-Identifier: Apache-2.0
//
// Result<T>: a value or an Error, for code that must not throw. The names follow C++23's
// std::expected, which g++ 12 lacks in C++20 mode. Pointers and references are refused as payload:
// return a value, or an optional reference through a named type.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>
#include <variant>

#include "detectors/base/check.h"

namespace persandian {

/// What kind of failure happened. A closed set; the text of Error says which one exactly.
enum class ErrorCode : std::uint8_t {
    malformed,    ///< the input breaks its own format
    limit,        ///< a named limit was reached
    unsupported,  ///< well-formed, but not something we read
    not_found,
    io,
    permission,
    conflict,  ///< somebody else holds it, or it changed underneath
};

/// A failure: a code and a static text in English. Never allocates.
struct Error {
    ErrorCode code = ErrorCode::malformed;
    const char* text = "";  ///< static storage
};

template <typename T>
class [[nodiscard]] Result {
    static_assert(!std::is_pointer_v<T> && !std::is_reference_v<T>,
                  "Result holds values; a raw pointer or reference says nothing about lifetime");

  public:
    Result(T value)
        : state_(std::in_place_index<0>, std::move(value)) {
    }  // NOLINT(google-explicit-constructor)
    Result(Error error)
        : state_(std::in_place_index<1>, error) {}  // NOLINT(google-explicit-constructor)

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    /// The value; aborts when there is none.
    [[nodiscard]] T& value() & PERSANDIAN_LIFETIME_BOUND {
        PERSANDIAN_CHECK(has_value());
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] const T& value() const& PERSANDIAN_LIFETIME_BOUND {
        PERSANDIAN_CHECK(has_value());
        return *std::get_if<0>(&state_);
    }
    [[nodiscard]] T&& value() && {
        PERSANDIAN_CHECK(has_value());
        return std::move(*std::get_if<0>(&state_));
    }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    /// The error; aborts when there is a value.
    [[nodiscard]] const Error& error() const {
        PERSANDIAN_CHECK(!has_value());
        return *std::get_if<1>(&state_);
    }

  private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : error_(error), failed_(true) {}  // NOLINT(google-explicit-constructor)

    [[nodiscard]] bool has_value() const noexcept { return !failed_; }
    explicit operator bool() const noexcept { return has_value(); }
    [[nodiscard]] const Error& error() const {
        PERSANDIAN_CHECK(failed_);
        return error_;
    }

  private:
    Error error_{};
    bool failed_ = false;
};

}  // namespace persandian
