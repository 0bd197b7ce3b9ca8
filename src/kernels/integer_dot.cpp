// SPDX-License-Identifier: Apache-2.0
#include "kernels/integer_dot.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <algorithm>

namespace onecnn::core {

namespace {

template <typename T>
void widen_from(const T* from, std::int64_t stride, std::int64_t count, std::int32_t zero_point, std::int16_t* to) {
    if (stride == 1) {
        std::transform(from, from + count, to, [=](T x) { return static_cast<std::int16_t>(x - zero_point); });
        return;
    }
    for (std::int64_t i = 0; i < count; ++i) {
        to[i] = static_cast<std::int16_t>(from[i * stride] - zero_point);
    }
}

/// The elements [begin, length) of one product, from a sum on.
std::int32_t finish(std::uint32_t sum, const std::int16_t* a, const std::int16_t* b, std::int64_t begin,
                    std::int64_t length) {
    for (std::int64_t i = begin; i < length; ++i) {
        sum += static_cast<std::uint32_t>(a[i] * b[i]);
    }
    return static_cast<std::int32_t>(sum);
}

#if defined(__x86_64__)

constexpr std::int64_t width = 16;  // elements of a register

[[gnu::target("avx2")]] inline __m256i load(const std::int16_t* from) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

[[gnu::target("avx2")]] inline std::uint32_t sum_of(__m256i lanes) {
    __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0b01'00'11'10));
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0b10'11'00'01));
    return static_cast<std::uint32_t>(_mm_cvtsi128_si32(sum));
}

/// `rows` products at once: they share the loads of `a`.
template <int rows>
[[gnu::target("avx2")]] void dot(const std::int16_t* a, const std::int16_t* b, std::int64_t length, std::int32_t* to) {
    __m256i sums[rows];
    for (__m256i& sum : sums) {
        sum = _mm256_setzero_si256();
    }
    const std::int64_t end = length / width * width;
    for (std::int64_t i = 0; i < end; i += width) {
        const __m256i left = load(a + i);
#pragma GCC unroll 4
        for (int row = 0; row < rows; ++row) {
            sums[row] = _mm256_add_epi32(sums[row], _mm256_madd_epi16(left, load(b + row * length + i)));
        }
    }
    for (int row = 0; row < rows; ++row) {
        to[row] = finish(sum_of(sums[row]), a, b + row * length, end, length);
    }
}

[[gnu::target("avx2")]] void dot_rows_avx2(const std::int16_t* a, const std::int16_t* b, std::int64_t rows,
                                           std::int64_t length, std::int32_t* to) {
    constexpr int at_once = 4;
    std::int64_t row = 0;
    for (; row + at_once <= rows; row += at_once) {
        dot<at_once>(a, b + row * length, length, to + row);
    }
    for (; row < rows; ++row) {
        dot<1>(a, b + row * length, length, to + row);
    }
}

#endif

}  // namespace

void widen(bool is_signed, const std::byte* from, std::int64_t stride, std::int64_t count, std::int32_t zero_point,
           std::int16_t* to) {
    if (is_signed) {
        widen_from(reinterpret_cast<const std::int8_t*>(from), stride, count, zero_point, to);
    } else {
        widen_from(reinterpret_cast<const std::uint8_t*>(from), stride, count, zero_point, to);
    }
}

void dot_rows_anywhere(const std::int16_t* a, const std::int16_t* b, std::int64_t rows, std::int64_t length,
                       std::int32_t* to) {
    for (std::int64_t row = 0; row < rows; ++row) {
        to[row] = finish(0, a, b + row * length, 0, length);
    }
}

void dot_rows(const std::int16_t* a, const std::int16_t* b, std::int64_t rows, std::int64_t length, std::int32_t* to) {
#if defined(__x86_64__)
    static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
    if (has_avx2) {
        return dot_rows_avx2(a, b, rows, length, to);
    }
#endif
    dot_rows_anywhere(a, b, rows, length, to);
}

}  // namespace onecnn::core
