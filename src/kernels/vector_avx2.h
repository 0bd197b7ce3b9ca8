// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace onecnn::core {

namespace {

/// Eight floats. Only for files compiled for AVX2 and FMA.
struct Avx2 {
    using V = __m256;
    using Mask = __m256i;
    static constexpr int width = 8;

    /// Selects the first `count`; all from 8.
    static Mask mask(std::int64_t count) {
        const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), lanes);
    }
    static V zero() { return _mm256_setzero_ps(); }
    static V broadcast(const float* x) { return _mm256_broadcast_ss(x); }
    static V load(const float* x) { return _mm256_loadu_ps(x); }
    static V load(const float* x, Mask mask) { return _mm256_maskload_ps(x, mask); }
    static V gather(const float* x, const std::int32_t* index) {
        return _mm256_i32gather_ps(x, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(index)), sizeof(float));
    }
    static void store(float* x, V v) { _mm256_storeu_ps(x, v); }
    static void store(float* x, V v, Mask mask) { _mm256_maskstore_ps(x, mask, v); }
    static V add(V a, V b) { return _mm256_add_ps(a, b); }
    static V sub(V a, V b) { return _mm256_sub_ps(a, b); }
    static V mul(V a, V b) { return _mm256_mul_ps(a, b); }
    static V div(V a, V b) { return _mm256_div_ps(a, b); }
    static V sqrt(V a) { return _mm256_sqrt_ps(a); }
    static V max(V a, V b) { return _mm256_max_ps(a, b); }
    /// NaN where either is: what MaxPool gives.
    static V max_or_nan(V a, V b) {
        return _mm256_blendv_ps(_mm256_max_ps(a, b), a, _mm256_cmp_ps(a, a, _CMP_UNORD_Q));
    }
    static V fma(V a, V b, V c) { return _mm256_fmadd_ps(a, b, c); }
    /// x · 2ⁿ; n is whole, from -150 to 129.
    static V scale(V x, V n) {
        const __m256i whole = _mm256_cvtps_epi32(n);
        const __m256i half = _mm256_srai_epi32(whole, 1);  // in two steps, as n may be beyond a float's exponents
        const auto power = [](__m256i exponent) {
            return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(exponent, _mm256_set1_epi32(127)), 23));
        };
        return _mm256_mul_ps(_mm256_mul_ps(x, power(half)), power(_mm256_sub_epi32(whole, half)));
    }
    /// `yes` where x > 0, else `no`.
    static V select_positive(V x, V yes, V no) {
        return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_GT_OQ));
    }
    /// NaN stays NaN.
    static V clamp(V x, V low, V high) { return _mm256_min_ps(high, _mm256_max_ps(low, x)); }
};

}  // namespace

}  // namespace onecnn::core
