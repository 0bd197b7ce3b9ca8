// SPDX-License-Identifier: Apache-2.0
#include "kernels/fma_peak.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>

#include "kernels/gemm.h"

namespace onecnn::core {

namespace {

constexpr int rounds = 20'000;
constexpr int repetitions = 25;

// More chains than an FMA's latency times the units of any core, so that no unit ever waits, and few enough for 16 registers.
constexpr std::size_t chains = 12;

#if defined(__x86_64__)

[[gnu::target("avx512f")]] float run_avx512() {
    __m512 sums[chains];
    for (std::size_t i = 0; i < chains; ++i) {
        sums[i] = _mm512_set1_ps(static_cast<float>(i));  // or what begins alike would be computed once for all
    }
    const __m512 factor = _mm512_set1_ps(0.5F);
    for (int round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
        for (std::size_t i = 0; i < chains; ++i) {
            sums[i] = _mm512_fmadd_ps(sums[i], factor, factor);
        }
    }
    __m512 sum = sums[0];
    for (std::size_t i = 1; i < chains; ++i) {
        sum = _mm512_add_ps(sum, sums[i]);
    }
    return _mm512_cvtss_f32(sum);
}

[[gnu::target("avx2,fma")]] float run_avx2() {
    __m256 sums[chains];
    for (std::size_t i = 0; i < chains; ++i) {
        sums[i] = _mm256_set1_ps(static_cast<float>(i));  // or what begins alike would be computed once for all
    }
    const __m256 factor = _mm256_set1_ps(0.5F);
    for (int round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
        for (std::size_t i = 0; i < chains; ++i) {
            sums[i] = _mm256_fmadd_ps(sums[i], factor, factor);
        }
    }
    __m256 sum = sums[0];
    for (std::size_t i = 1; i < chains; ++i) {
        sum = _mm256_add_ps(sum, sums[i]);
    }
    return _mm256_cvtss_f32(sum);
}

#endif

float run_generic() {
    std::array<float, chains> sums{};
    for (int round = 0; round < rounds; ++round) {
        for (float& sum : sums) {
            sum = sum * 0.5F + 0.5F;
        }
        asm volatile("" : "+m"(sums));
    }
    return sums[0] + sums.back();
}

/// The shortest of some runs, as a rate.
double measure(float (*run)(), int width) {
    auto shortest = std::chrono::duration<double>::max();
    for (int i = 0; i < repetitions; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        const volatile float result = run();
        static_cast<void>(result);
        shortest = std::min(shortest, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin));
    }
    return 2.0 * static_cast<double>(chains) * width * rounds / shortest.count() * 1e-9;
}

}  // namespace

FmaPeak measure_fma_peak() {
#if defined(__x86_64__)
    if (const GemmIsa* const isa = gemm_isa(); isa != nullptr) {
        return isa->width == 16 ? FmaPeak{measure(run_avx512, 16), isa->name}
                                : FmaPeak{measure(run_avx2, 8), isa->name};
    }
#endif
    return {measure(run_generic, 1), "none"};
}

}  // namespace onecnn::core
