// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace onecnn::core {

namespace {

/// Sixteen sums. Only for files compiled for AVX-512 with VNNI.
struct Avx512Vnni {
    using V = __m512i;
    using F = __m512;
    static constexpr int width = 16;
    static constexpr int joined = 4;  ///< vectors whose bytes are stored as one
    static constexpr bool splits_excess = false;

    static V load(const std::int32_t* x) { return _mm512_loadu_si512(x); }
    static V load(const std::int8_t* block) { return _mm512_loadu_si512(block); }
    static void store(std::int32_t* x, V v) { _mm512_storeu_si512(x, v); }
    static F load(const float* x) { return _mm512_loadu_ps(x); }
    static V broadcast_quad(const std::uint8_t* x) {
        std::int32_t quad;
        __builtin_memcpy(&quad, x, sizeof quad);
        return _mm512_set1_epi32(quad);
    }
    static V broadcast(std::int32_t x) { return _mm512_set1_epi32(x); }
    static F broadcast(float x) { return _mm512_set1_ps(x); }
    static V dot(V sum, V a, V b) { return _mm512_dpbusd_epi32(sum, a, b); }
    /// `x` are bytes, `w` within 16 bits.
    static V multiply_add(V sum, V x, V w) { return _mm512_dpwssd_epi32(sum, x, w); }
    static V add(V a, V b) { return _mm512_add_epi32(a, b); }
    static F to_float(V x) { return _mm512_cvtepi32_ps(x); }
    static V to_nearest(F x) { return _mm512_cvtps_epi32(x); }
    static F mul(F a, F b) { return _mm512_mul_ps(a, b); }
    static F div(F a, F b) { return _mm512_div_ps(a, b); }
    static F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
    /// `low` for NaN.
    static F clamp(F x, F low, F high) { return _mm512_min_ps(_mm512_max_ps(x, low), high); }
    /// The first `count` bytes, each as a sum; all from 16.
    static V widen(const std::uint8_t* x, std::int64_t count) { return _mm512_cvtepu8_epi32(bytes(x, count)); }
    static V widen(const std::uint8_t* x, std::int64_t count, std::uint8_t flip) {
        return _mm512_cvtepu8_epi32(_mm_xor_si128(bytes(x, count), _mm_set1_epi8(static_cast<char>(flip))));
    }
    /// Stores the first `count` of sums within a byte.
    static void narrow(std::uint8_t* x, V v, std::int64_t count, std::uint8_t flip) {
        const __m128i bytes = _mm_xor_si128(_mm512_cvtepi32_epi8(v), _mm_set1_epi8(static_cast<char>(flip)));
        if (count >= width) {
            _mm_storeu_si128(reinterpret_cast<__m128i*>(x), bytes);
        } else {
            _mm_mask_storeu_epi8(x, mask(count), bytes);
        }
    }
    static void narrow(std::uint8_t* x, V a, V b, V c, V d, std::uint8_t flip) {
        const V order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        const V bytes = _mm512_packus_epi16(_mm512_packs_epi32(a, b), _mm512_packs_epi32(c, d));
        const V ordered = _mm512_permutexvar_epi32(order, bytes);
        _mm512_storeu_si512(x, _mm512_xor_si512(ordered, _mm512_set1_epi8(static_cast<char>(flip))));
    }
    /// Stores sums within a byte, the first of each, then the second.
    static void store_triples(std::uint8_t* x, V a, V b, V c, std::uint8_t flip) {
        const V quads = _mm512_or_si512(a, _mm512_or_si512(_mm512_slli_epi32(b, 8), _mm512_slli_epi32(c, 16)));
        const V flipped = _mm512_xor_si512(quads, _mm512_set1_epi8(static_cast<char>(flip)));
        const V near = _mm512_shuffle_epi8(
            flipped, _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1)));
        const V order = _mm512_setr_epi32(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 7, 11, 15);
        _mm512_mask_storeu_epi32(x, 0x0FFF, _mm512_permutexvar_epi32(order, near));
    }

private:
    static __m128i bytes(const std::uint8_t* x, std::int64_t count) {
        return count >= width ? _mm_loadu_si128(reinterpret_cast<const __m128i*>(x))
                              : _mm_maskz_loadu_epi8(mask(count), x);
    }
    static __mmask16 mask(std::int64_t count) { return static_cast<__mmask16>((1U << count) - 1U); }
};

}  // namespace

}  // namespace onecnn::core
