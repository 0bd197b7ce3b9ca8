// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace onecnn::core {

namespace {

/// Eight sums. Only for files compiled for AVX2.
struct Avx2Int8 {
    using V = __m256i;
    using F = __m256;
    static constexpr int width = 8;
    static constexpr int joined = 0;
    static constexpr bool splits_excess = true;

    static V load(const std::int32_t* x) { return _mm256_loadu_si256(reinterpret_cast<const V*>(x)); }
    static V load(const std::int8_t* block) { return _mm256_loadu_si256(reinterpret_cast<const V*>(block)); }
    static void store(std::int32_t* x, V v) { _mm256_storeu_si256(reinterpret_cast<V*>(x), v); }
    static F load(const float* x) { return _mm256_loadu_ps(x); }
    static V broadcast_quad(const std::uint8_t* x) {
        std::int32_t quad;
        __builtin_memcpy(&quad, x, sizeof quad);
        return _mm256_set1_epi32(quad);
    }
    static V broadcast(std::int32_t x) { return _mm256_set1_epi32(x); }
    static F broadcast(float x) { return _mm256_set1_ps(x); }
    /// Exact where no two neighbours of `b` exceed 128 in their magnitudes' sum.
    static V dot(V sum, V a, V b) {
        const V pairs = _mm256_maddubs_epi16(a, b);
        return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
    }
    /// `x` are bytes, `w` within 16 bits.
    static V multiply_add(V sum, V x, V w) { return _mm256_add_epi32(sum, _mm256_madd_epi16(x, w)); }
    static V add(V a, V b) { return _mm256_add_epi32(a, b); }
    static F to_float(V x) { return _mm256_cvtepi32_ps(x); }
    static V to_nearest(F x) { return _mm256_cvtps_epi32(x); }
    static F mul(F a, F b) { return _mm256_mul_ps(a, b); }
    static F div(F a, F b) { return _mm256_div_ps(a, b); }
    static F fma(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
    /// `low` for NaN.
    static F clamp(F x, F low, F high) { return _mm256_min_ps(_mm256_max_ps(x, low), high); }
    /// The first `count` bytes, each as a sum; all from 8.
    static V widen(const std::uint8_t* x, std::int64_t count) { return _mm256_cvtepu8_epi32(bytes(x, count)); }
    static V widen(const std::uint8_t* x, std::int64_t count, std::uint8_t flip) {
        return _mm256_cvtepu8_epi32(_mm_xor_si128(bytes(x, count), _mm_set1_epi8(static_cast<char>(flip))));
    }
    /// Stores the first `count` of sums within a byte.
    static void narrow(std::uint8_t* x, V v, std::int64_t count, std::uint8_t flip) {
        const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
        const __m128i bytes = _mm_xor_si128(_mm_packus_epi16(words, words), _mm_set1_epi8(static_cast<char>(flip)));
        if (count >= width) {
            _mm_storel_epi64(reinterpret_cast<__m128i*>(x), bytes);
        } else {
            alignas(8) std::uint8_t some[width];
            _mm_storel_epi64(reinterpret_cast<__m128i*>(some), bytes);
            __builtin_memcpy(x, some, static_cast<std::size_t>(count));
        }
    }
    /// Stores sums within a byte, the first of each, then the second.
    static void store_triples(std::uint8_t* x, V a, V b, V c, std::uint8_t flip) {
        const V quads = _mm256_or_si256(a, _mm256_or_si256(_mm256_slli_epi32(b, 8), _mm256_slli_epi32(c, 16)));
        const V flipped = _mm256_xor_si256(quads, _mm256_set1_epi8(static_cast<char>(flip)));
        const V near = _mm256_shuffle_epi8(flipped, _mm256_broadcastsi128_si256(_mm_setr_epi8(
                                                        0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1)));
        const V joined = _mm256_permutevar8x32_epi32(near, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(x), _mm256_castsi256_si128(joined));
        _mm_storel_epi64(reinterpret_cast<__m128i*>(x + 16), _mm256_extracti128_si256(joined, 1));
    }

private:
    static __m128i bytes(const std::uint8_t* x, std::int64_t count) {
        alignas(8) std::uint8_t some[width] = {};
        if (count < width) {
            __builtin_memcpy(some, x, static_cast<std::size_t>(count));
            x = some;
        }
        return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(x));
    }
};

}  // namespace

}  // namespace onecnn::core
