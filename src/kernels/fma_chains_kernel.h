// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/fma_chains.h"

namespace onecnn::core {

namespace {

template <typename Isa>
float fma_chains(std::int64_t rounds) {
    using V = typename Isa::V;
    V sums[fma_chain_count];
    for (int i = 0; i < fma_chain_count; ++i) {
        const auto first = static_cast<float>(i);  // or what begins alike would be computed once for all
        sums[i] = Isa::broadcast(&first);
    }
    const float half = 0.5F;
    const V factor = Isa::broadcast(&half);
    for (std::int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
        for (int i = 0; i < fma_chain_count; ++i) {
            sums[i] = Isa::fma(sums[i], factor, factor);
        }
    }
    V sum = sums[0];
    for (int i = 1; i < fma_chain_count; ++i) {
        sum = Isa::add(sum, sums[i]);
    }
    float lanes[Isa::width];
    Isa::store(lanes, sum);
    return lanes[0];
}

}  // namespace

}  // namespace onecnn::core
