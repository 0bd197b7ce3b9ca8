// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/indexed_tile.h"

namespace onecnn::core {

namespace {

/// `lines` lines of `rows` results each, `vectors` vectors wide, whose sums stay in registers. Two lines are pooled.
template <typename Isa, int lines, int rows, int vectors>
struct IndexedTileKernel {
    using V = typename Isa::V;
    static constexpr int width = Isa::width;
    static constexpr bool pooled = lines == 2;

    static void run(const IndexedTile& tile) {
        IndexedTile each = tile;
        for (std::int64_t i = 0; i < tile.count; ++i) {
            run_one(each);
            each.a += rows * tile.a_row;
            each.c += (pooled ? rows / 2 : rows) * tile.c_row;
        }
    }

private:
    [[gnu::always_inline]] static void run_one(const IndexedTile& tile) {
        V sums[lines][rows][vectors];
#pragma GCC unroll 2
        for (int l = 0; l < lines; ++l) {
#pragma GCC unroll 16
            for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 2
                for (int v = 0; v < vectors; ++v) {
                    sums[l][r][v] = Isa::zero();
                }
            }
        }
        sum(tile, sums);
        finish(tile, sums);
    }

    [[gnu::always_inline]] static void sum(const IndexedTile& tile, V (&sums)[lines][rows][vectors]) {
        const std::int64_t row = tile.a_row;
        const float* b = tile.b;
#pragma GCC unroll 2
        for (std::int64_t p = 0; p < tile.k; ++p) {
            V factors[vectors];
#pragma GCC unroll 2
            for (int v = 0; v < vectors; ++v) {
                factors[v] = Isa::load(b + v * width);
            }
            const float* line = tile.a + tile.offsets[p];
#pragma GCC unroll 2
            for (int l = 0; l < lines; ++l) {
                // Every third row's pointer, from which x86's addresses reach the next two.
                const float* anchor = line;
#pragma GCC unroll 16
                for (int r = 0; r < rows; ++r) {
                    const V x = Isa::broadcast(anchor + (r % 3) * row);
#pragma GCC unroll 2
                    for (int v = 0; v < vectors; ++v) {
                        sums[l][r][v] = Isa::fma(x, factors[v], sums[l][r][v]);
                    }
                    if (r % 3 == 2) {
                        anchor += 3 * row;
                    }
                }
                line += tile.a_line;
            }
            b += vectors * width;
        }
    }

    [[gnu::always_inline]] static void finish(const IndexedTile& tile, V (&sums)[lines][rows][vectors]) {
        const V low = Isa::broadcast(&tile.low);
        const V high = Isa::broadcast(&tile.high);
        const typename Isa::Mask last = Isa::mask(tile.columns - (vectors - 1) * width);
        constexpr int results = pooled ? rows / 2 : rows;
#pragma GCC unroll 2
        for (int v = 0; v < vectors; ++v) {
            const bool whole = v < vectors - 1;
            V bias = Isa::zero();
            if (tile.bias != nullptr) {
                bias = whole ? Isa::load(tile.bias + v * width) : Isa::load(tile.bias + v * width, last);
            }
#pragma GCC unroll 16
            for (int i = 0; i < results; ++i) {
                V y = sums[0][i][v];
                if constexpr (pooled) {
                    const V first = Isa::max_or_nan(sums[0][2 * i][v], sums[0][2 * i + 1][v]);
                    const V second = Isa::max_or_nan(sums[1][2 * i][v], sums[1][2 * i + 1][v]);
                    y = Isa::max_or_nan(first, second);
                }
                y = Isa::clamp(Isa::add(y, bias), low, high);
                float* const to = tile.c + i * tile.c_row + v * width;
                if (whole) {
                    Isa::store(to, y);
                } else {
                    Isa::store(to, y, last);
                }
            }
        }
    }
};

}  // namespace

}  // namespace onecnn::core
