// SPDX-License-Identifier: Apache-2.0
#include "kernels/fma_peak.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include "kernels/float_isa.h"

namespace onecnn::core {

namespace {

float plain_fma_chains(std::int64_t rounds) {
    std::array<float, fma_chain_count> sums{};
    for (std::int64_t round = 0; round < rounds; ++round) {
        for (float& sum : sums) {
            sum = sum * 0.5F + 0.5F;
        }
        asm volatile("" : "+m"(sums));
    }
    return sums[0] + sums.back();
}

/// The shortest of some runs, as a rate.
double measure(FmaChains chains, std::int64_t width) {
    constexpr std::int64_t rounds = 20'000;
    constexpr int repetitions = 25;
    auto shortest = std::chrono::duration<double>::max();
    for (int i = 0; i < repetitions; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        const volatile float result = chains(rounds);
        static_cast<void>(result);
        shortest = std::min(shortest, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin));
    }
    return 2e-9 * static_cast<double>(fma_chain_count * width * rounds) / shortest.count();
}

}  // namespace

FmaPeak measure_fma_peak() {
    if (const FloatIsa* const isa = float_isa()) {
        return {measure(isa->fma_chains, isa->width), isa->name};
    }
    return {measure(plain_fma_chains, 1), "none"};
}

}  // namespace onecnn::core
