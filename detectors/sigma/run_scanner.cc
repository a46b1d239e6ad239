// SPDX-License-Identifier: Apache-2.0
#include "detectors/sigma/run_scanner.h"

#include <algorithm>
#include <bit>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "detectors/base/ascii.h"
#include "detectors/base/byte_search.h"
#include "detectors/base/check.h"

namespace persandian::sigma {
namespace {

/// How common a byte is in lines of logs, in arbitrary units.
std::size_t frequency(char c) {
    constexpr std::string_view from_common_to_rare = "e0tsaion1rlmcd2 .-34586:79upwgfhyv_bkx,zq";
    const std::size_t rank = from_common_to_rare.find(c);
    return rank == std::string_view::npos ? 0 : from_common_to_rare.size() - rank;
}

std::string_view rarest_window(std::string_view run) {
    PERSANDIAN_CHECK(run.size() >= RunScanner::window_bytes);
    std::string_view best;
    std::size_t lowest = SIZE_MAX;
    for (std::size_t at = 0; at + RunScanner::window_bytes <= run.size(); ++at) {
        const std::string_view window = run.substr(at, RunScanner::window_bytes);
        std::size_t sum = 0;
        for (const char c : window) sum += frequency(c);
        if (sum >= lowest) continue;
        lowest = sum;
        best = window;
    }
    return best;
}

#if defined(__x86_64__)

[[gnu::target("avx2")]] inline __m256i load(const void* from) noexcept {
    return _mm256_loadu_si256(static_cast<const __m256i_u*>(from));
}

/// Per byte: the buckets that may have it, by the tables of its halves.
[[gnu::target("avx2")]] inline __m256i buckets_of(__m256i bytes, __m256i low,
                                                  __m256i high) noexcept {
    const __m256i half_byte = _mm256_set1_epi8(0x0F);
    const __m256i highs = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half_byte);
    return _mm256_and_si256(_mm256_shuffle_epi8(low, _mm256_and_si256(bytes, half_byte)),
                            _mm256_shuffle_epi8(high, highs));
}

#endif

}  // namespace

RunScanner::RunScanner(std::span<const std::string> runs) {
    PERSANDIAN_CHECK(runs.size() <= max_runs);
    struct Placed {
        std::string_view window;
        std::string_view run;
    };
    std::vector<Placed> placed;
    for (const std::string_view run : runs) placed.push_back({rarest_window(run), run});
    // Windows that are alike share a bucket, so that it admits few others.
    std::sort(placed.begin(), placed.end(),
              [](const Placed& a, const Placed& b) { return a.window < b.window; });
    for (std::size_t i = 0; i < placed.size(); ++i) {
        const auto& [window, run] = placed[i];
        const std::size_t bucket = i * bucket_count / placed.size();
        for (std::size_t at = 0; at < window_bytes; ++at) allow(at, window[at], bucket);
        begins_[bucket + 1] = i + 1;
        runs_.emplace_back(run);
        windows_.push_back(static_cast<std::size_t>(window.data() - run.data()));
    }
    for (std::size_t bucket = 0; bucket < bucket_count; ++bucket)
        begins_[bucket + 1] = std::max(begins_[bucket], begins_[bucket + 1]);
}

void RunScanner::allow(std::size_t at, char c, std::size_t bucket) {
    const auto byte = static_cast<unsigned char>(c);
    for (const std::size_t half : {0U, 16U}) {
        nibbles_[at].low[half + (byte & 0x0FU)] |= static_cast<std::uint8_t>(1U << bucket);
        nibbles_[at].high[half + (byte >> 4U)] |= static_cast<std::uint8_t>(1U << bucket);
    }
    if (ascii_upper(c) != c) allow(at, ascii_upper(c), bucket);
}

RunScanner::Sight RunScanner::look_at(std::string_view line) const noexcept {
    Sight sight;
    std::size_t place = 0;
#if defined(__x86_64__)
    if (has_avx2())
        while (const std::uint32_t found = next_avx2(line, place, sight))
            check(found, place - block_bytes, line, sight);
#endif
    for (; place < line.size(); ++place) {
        const std::string_view rest = line.substr(place);
        if (static_cast<unsigned char>(rest.front()) >= 0x80) sight.is_ascii = false;
        if (rest.starts_with("\\u")) sight.has_backslash_u = true;
        if (!sight.has_run && rest.size() >= window_bytes)
            sight.has_run = stands_around(place, buckets_at(rest.data()), line);
    }
    return sight;
}

/// Compares the runs at those places of a block that have a bit in `maybe`.
void RunScanner::check(std::uint32_t maybe, std::size_t block, std::string_view line,
                       Sight& sight) const noexcept {
    for (; maybe != 0 && !sight.has_run; maybe &= maybe - 1) {
        const std::size_t place = block + static_cast<std::size_t>(std::countr_zero(maybe));
        sight.has_run = stands_around(place, buckets_at(line.data() + place), line);
    }
}

unsigned RunScanner::buckets_at(const char* place) const noexcept {
    unsigned buckets = ~0U;
    for (const Nibbles& nibbles : nibbles_) {
        const auto byte = static_cast<unsigned char>(*place++);
        buckets &= nibbles.low[byte & 0x0FU];
        buckets &= nibbles.high[byte >> 4U];
    }
    return buckets;
}

#if defined(__x86_64__)

/// Looks at places from `place` on, as long as whole registers can be filled, up to the first
/// block of them where windows may stand: gives a bit for each of its places and moves `place`
/// behind it. 0: no more.
[[gnu::target("avx2")]] std::uint32_t RunScanner::next_avx2(std::string_view line,
                                                            std::size_t& place,
                                                            Sight& sight) const noexcept {
    static_assert(window_bytes == 3);
    const __m256i low_0 = load(nibbles_[0].low.data());
    const __m256i low_1 = load(nibbles_[1].low.data());
    const __m256i low_2 = load(nibbles_[2].low.data());
    const __m256i high_0 = load(nibbles_[0].high.data());
    const __m256i high_1 = load(nibbles_[1].high.data());
    const __m256i high_2 = load(nibbles_[2].high.data());
    __m256i all = _mm256_setzero_si256();
    __m256i escapes = _mm256_setzero_si256();
    std::uint32_t found = 0;
    while (found == 0 && place + sizeof(__m256i) + window_bytes - 1 <= line.size()) {
        const __m256i first = load(line.data() + place);
        const __m256i second = load(line.data() + place + 1);
        const __m256i third = load(line.data() + place + 2);
        all = _mm256_or_si256(all, first);
        const __m256i escape = _mm256_and_si256(_mm256_cmpeq_epi8(first, _mm256_set1_epi8('\\')),
                                                _mm256_cmpeq_epi8(second, _mm256_set1_epi8('u')));
        escapes = _mm256_or_si256(escapes, escape);
        const __m256i buckets = _mm256_and_si256(
            _mm256_and_si256(buckets_of(first, low_0, high_0), buckets_of(second, low_1, high_1)),
            buckets_of(third, low_2, high_2));
        const __m256i none = _mm256_cmpeq_epi8(buckets, _mm256_setzero_si256());
        found = ~static_cast<std::uint32_t>(_mm256_movemask_epi8(none));
        place += sizeof(__m256i);
    }
    if (_mm256_movemask_epi8(all) != 0) sight.is_ascii = false;
    if (_mm256_testz_si256(escapes, escapes) == 0) sight.has_backslash_u = true;
    return found;
}

#endif

/// Whether a run of one of the buckets stands where its window is at `place`.
bool RunScanner::stands_around(std::size_t place, unsigned buckets,
                               std::string_view line) const noexcept {
    for (; buckets != 0; buckets &= buckets - 1) {
        const auto bucket = static_cast<std::size_t>(std::countr_zero(buckets));
        for (std::size_t i = begins_[bucket]; i < begins_[bucket + 1]; ++i) {
            const std::string& run = runs_[i];
            if (place < windows_[i] || line.size() - (place - windows_[i]) < run.size()) continue;
            const char* const begin = line.data() + (place - windows_[i]);
            if (std::equal(run.begin(), run.end(), begin,
                           [](char wanted, char c) { return wanted == ascii_lower(c); }))
                return true;
        }
    }
    return false;
}

}  // namespace persandian::sigma
