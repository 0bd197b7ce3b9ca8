// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/gemm_tile.h"

namespace onecnn::core {

namespace {

/// One row of C over whole panels, which are read side by side: one alone has too few sums to keep the multipliers, and with
/// them the memory, busy.
template <typename Isa>
struct RowKernel {
    using V = typename Isa::V;
    static constexpr int width = Isa::width;

    static void run(const GemmTile& tile) {
        V sums[row_panels][2];
        for_each_vector([&](int p, int v, int column) __attribute__((always_inline)) {
            sums[p][v] = tile.bias == nullptr ? Isa::zero() : Isa::load(tile.bias + column);
        });
        const std::int64_t panel = tile.runs * tile.k * 2 * width;
        const float* b = tile.b;
        for (std::int64_t run = 0; run < tile.runs; ++run) {
            const float* const a = tile.a + run * tile.a_run;
            for (std::int64_t k = 0; k < tile.k; ++k, b += 2 * width) {
                const V x = Isa::broadcast(a + k);
                for_each_vector([&](int p, int v, int) __attribute__((always_inline)) {
                    const float* const weights = b + p * panel + v * width;
                    __builtin_prefetch(weights + ahead);
                    sums[p][v] = Isa::fma(x, Isa::load(weights), sums[p][v]);
                });
            }
        }
        const V low = Isa::broadcast(&tile.low);
        const V high = Isa::broadcast(&tile.high);
        for_each_vector([&](int p, int v, int column) __attribute__((always_inline)) {
            V y = sums[p][v];
            if (tile.addend != nullptr) {
                y = Isa::add(y, Isa::load(tile.addend + column));
            }
            Isa::store(tile.c + column, Isa::clamp(y, low, high));
        });
    }

private:
    static constexpr std::int64_t ahead = 512;  // elements: 2 KiB, which is as far as memory is slow

    template <typename Function>
    [[gnu::always_inline]] static void for_each_vector(const Function& function) {
#pragma GCC unroll 4
        for (int p = 0; p < row_panels; ++p) {
#pragma GCC unroll 2
            for (int v = 0; v < 2; ++v) {
                function(p, v, (2 * p + v) * width);
            }
        }
    }
};

}  // namespace

}  // namespace onecnn::core
