// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace onecnn::core {

namespace {

/// Sixteen floats. Only for files compiled for AVX-512.
struct Avx512 {
    using V = __m512;
    using Mask = __mmask16;
    static constexpr int width = 16;

    /// Selects the first `count`; all from 16.
    static Mask mask(std::int64_t count) {
        return count >= width ? static_cast<Mask>(0xFFFF) : static_cast<Mask>((1U << count) - 1U);
    }
    static V zero() { return _mm512_setzero_ps(); }
    static V broadcast(const float* x) { return _mm512_set1_ps(*x); }
    static V load(const float* x) { return _mm512_loadu_ps(x); }
    static V load(const float* x, Mask mask) { return _mm512_maskz_loadu_ps(mask, x); }
    static V gather(const float* x, const std::int32_t* index) {
        return _mm512_i32gather_ps(_mm512_loadu_si512(index), x, sizeof(float));
    }
    static void store(float* x, V v) { _mm512_storeu_ps(x, v); }
    static void store(float* x, V v, Mask mask) { _mm512_mask_storeu_ps(x, mask, v); }
    static V add(V a, V b) { return _mm512_add_ps(a, b); }
    static V sub(V a, V b) { return _mm512_sub_ps(a, b); }
    static V mul(V a, V b) { return _mm512_mul_ps(a, b); }
    static V div(V a, V b) { return _mm512_div_ps(a, b); }
    static V sqrt(V a) { return _mm512_sqrt_ps(a); }
    static V max(V a, V b) { return _mm512_max_ps(a, b); }
    /// NaN where either is: what MaxPool gives.
    static V max_or_nan(V a, V b) {
        return _mm512_mask_mov_ps(_mm512_max_ps(a, b), _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q), a);
    }
    static V fma(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }
    /// x · 2ⁿ; n is whole.
    static V scale(V x, V n) { return _mm512_scalef_ps(x, n); }
    /// `yes` where x > 0, else `no`.
    static V select_positive(V x, V yes, V no) {
        return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_GT_OQ), no, yes);
    }
    /// NaN stays NaN.
    static V clamp(V x, V low, V high) { return _mm512_min_ps(high, _mm512_max_ps(low, x)); }
};

}  // namespace

}  // namespace onecnn::core
