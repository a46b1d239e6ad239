// SPDX-License-Identifier: Apache-2.0
#include "detectors/base/byte_search.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace persandian {
namespace {

bool stands_at(std::string_view text, std::size_t at, std::string_view needle) noexcept {
    return std::memcmp(text.data() + at, needle.data(), needle.size()) == 0;
}

/// From place `at` on, byte by byte.
std::size_t find_from(std::size_t at, std::string_view text, std::string_view needle) noexcept {
    const std::size_t places = text.size() - needle.size() + 1;
    for (; at < places; ++at)
        if (text[at] == needle.front() && stands_at(text, at, needle)) return at;
    return std::string_view::npos;
}

bool is_ascii_from(std::size_t at, std::string_view text) noexcept {
    unsigned char all = 0;
    for (; at < text.size(); ++at) all |= static_cast<unsigned char>(text[at]);
    return all < 0x80;
}

#if defined(__x86_64__)

// Both look where the first and the last byte of the needle are right, and there at the others.

std::size_t find_sse2(std::string_view text, std::string_view needle) noexcept {
    const std::size_t places = text.size() - needle.size() + 1;
    const __m128i first = _mm_set1_epi8(needle.front());
    const __m128i last = _mm_set1_epi8(needle.back());
    const auto* const begin = reinterpret_cast<const __m128i_u*>(text.data());
    const auto* const end = reinterpret_cast<const __m128i_u*>(text.data() + needle.size() - 1);
    std::size_t at = 0;
    for (std::size_t i = 0; at + sizeof(__m128i) <= places; ++i, at += sizeof(__m128i)) {
        const __m128i both = _mm_and_si128(_mm_cmpeq_epi8(_mm_loadu_si128(begin + i), first),
                                           _mm_cmpeq_epi8(_mm_loadu_si128(end + i), last));
        for (auto maybe = static_cast<std::uint32_t>(_mm_movemask_epi8(both)); maybe != 0;
             maybe &= maybe - 1) {
            const std::size_t place = at + static_cast<std::size_t>(std::countr_zero(maybe));
            if (stands_at(text, place, needle)) return place;
        }
    }
    return find_from(at, text, needle);
}

[[gnu::target("avx2")]] std::size_t find_avx2(std::string_view text,
                                              std::string_view needle) noexcept {
    const std::size_t places = text.size() - needle.size() + 1;
    const __m256i first = _mm256_set1_epi8(needle.front());
    const __m256i last = _mm256_set1_epi8(needle.back());
    const auto* const begin = reinterpret_cast<const __m256i_u*>(text.data());
    const auto* const end = reinterpret_cast<const __m256i_u*>(text.data() + needle.size() - 1);
    std::size_t at = 0;
    for (std::size_t i = 0; at + sizeof(__m256i) <= places; ++i, at += sizeof(__m256i)) {
        const __m256i both =
            _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_loadu_si256(begin + i), first),
                             _mm256_cmpeq_epi8(_mm256_loadu_si256(end + i), last));
        for (auto maybe = static_cast<std::uint32_t>(_mm256_movemask_epi8(both)); maybe != 0;
             maybe &= maybe - 1) {
            const std::size_t place = at + static_cast<std::size_t>(std::countr_zero(maybe));
            if (stands_at(text, place, needle)) return place;
        }
    }
    return find_from(at, text, needle);
}

bool is_ascii_sse2(std::string_view text) noexcept {
    const auto* const begin = reinterpret_cast<const __m128i_u*>(text.data());
    __m128i all = _mm_setzero_si128();
    std::size_t i = 0;
    for (; (i + 1) * sizeof(__m128i) <= text.size(); ++i)
        all = _mm_or_si128(all, _mm_loadu_si128(begin + i));
    return _mm_movemask_epi8(all) == 0 && is_ascii_from(i * sizeof(__m128i), text);
}

[[gnu::target("avx2")]] bool is_ascii_avx2(std::string_view text) noexcept {
    const auto* const begin = reinterpret_cast<const __m256i_u*>(text.data());
    __m256i all = _mm256_setzero_si256();
    std::size_t i = 0;
    for (; (i + 1) * sizeof(__m256i) <= text.size(); ++i)
        all = _mm256_or_si256(all, _mm256_loadu_si256(begin + i));
    return _mm256_movemask_epi8(all) == 0 && is_ascii_from(i * sizeof(__m256i), text);
}

#endif

}  // namespace

bool has_avx2() noexcept {
#if defined(__x86_64__)
    static const bool has = __builtin_cpu_supports("avx2") != 0;
    return has;
#else
    return false;
#endif
}

std::size_t find(std::string_view text, std::string_view needle) noexcept {
    if (needle.empty()) return 0;
    if (text.size() < needle.size()) return std::string_view::npos;
#if defined(__x86_64__)
    return has_avx2() && text.size() >= 64 ? find_avx2(text, needle) : find_sse2(text, needle);
#else
    return find_from(0, text, needle);
#endif
}

bool is_ascii(std::string_view text) noexcept {
#if defined(__x86_64__)
    return has_avx2() ? is_ascii_avx2(text) : is_ascii_sse2(text);
#else
    return is_ascii_from(0, text);
#endif
}

}  // namespace persandian
