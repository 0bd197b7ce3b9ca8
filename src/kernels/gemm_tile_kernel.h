// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/gemm_tile.h"

namespace onecnn::core {

namespace {

/// The tile of `rows` × `vectors` vectors of Isa, whose sums stay in registers. Rows of A are addressed in threes, from every
/// third one's pointer, for which x86's addresses have the scales.
template <typename Isa, int rows, int vectors>
struct TileKernel {
    using V = typename Isa::V;
    static constexpr int width = Isa::width;

    static void run(const GemmTile& tile) {
        const typename Isa::Mask last = Isa::mask(tile.columns - (vectors - 1) * width);
        V sums[rows][vectors];
        start(tile, last, sums);
        sum(tile, sums);
        finish(tile, last, sums);
    }

private:
    // Elements: past a page, where the processor's own prefetching stops. Weights that few rows share come from afar.
    static constexpr std::int64_t ahead = 1024;
    static constexpr int cache_line = 16;

    [[gnu::always_inline]] static V load(const float* from, int vector, typename Isa::Mask last) {
        return vector == vectors - 1 ? Isa::load(from + vector * width, last) : Isa::load(from + vector * width);
    }

    [[gnu::always_inline]] static void start(const GemmTile& tile, typename Isa::Mask last, V (&sums)[rows][vectors]) {
#pragma GCC unroll 2
        for (int v = 0; v < vectors; ++v) {
            const V first = tile.bias == nullptr ? Isa::zero() : load(tile.bias, v, last);
#pragma GCC unroll 16
            for (int r = 0; r < rows; ++r) {
                sums[r][v] = first;
            }
        }
    }

    [[gnu::always_inline]] static void sum(const GemmTile& tile, V (&sums)[rows][vectors]) {
        constexpr int anchors = (rows + 2) / 3;
        const std::int64_t row = tile.a_row;
        const float* b = tile.b;
        for (std::int64_t run = 0; run < tile.runs; ++run) {
            const float* a[anchors];
#pragma GCC unroll 8
            for (int i = 0; i < anchors; ++i) {
                a[i] = tile.a + run * tile.a_run + 3 * i * row;
            }
#pragma GCC unroll 4
            for (std::int64_t p = tile.k; p > 0; --p) {
                V factors[vectors];
#pragma GCC unroll 2
                for (int v = 0; v < vectors; ++v) {
                    if (v * width % cache_line == 0) {
                        __builtin_prefetch(b + v * width + ahead);
                    }
                    factors[v] = Isa::load(b + v * width);
                }
#pragma GCC unroll 16
                for (int r = 0; r < rows; ++r) {
                    const V x = Isa::broadcast(a[r / 3] + (r % 3) * row);
#pragma GCC unroll 2
                    for (int v = 0; v < vectors; ++v) {
                        sums[r][v] = Isa::fma(x, factors[v], sums[r][v]);
                    }
                }
#pragma GCC unroll 8
                for (int i = 0; i < anchors; ++i) {
                    ++a[i];
                }
                b += vectors * width;
            }
        }
    }

    [[gnu::always_inline]] static void finish(const GemmTile& tile, typename Isa::Mask last, V (&sums)[rows][vectors]) {
        const V low = Isa::broadcast(&tile.low);
        const V high = Isa::broadcast(&tile.high);
#pragma GCC unroll 16
        for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 2
            for (int v = 0; v < vectors; ++v) {
                V y = sums[r][v];
                if (tile.addend != nullptr) {
                    y = Isa::add(y, load(tile.addend + r * tile.addend_row, v, last));
                }
                y = Isa::clamp(y, low, high);
                float* const to = tile.c + r * tile.c_row + v * width;
                if (v == vectors - 1) {
                    Isa::store(to, y, last);
                } else {
                    Isa::store(to, y);
                }
            }
        }
    }
};

}  // namespace

}  // namespace onecnn::core
