// SPDX-License-Identifier: Apache-2.0
#include "kernels/gemm.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace onecnn::core {

namespace {

/// The vectors that the last panel has, or any.
std::int64_t vectors(const FloatIsa& isa, std::int64_t columns) { return columns > isa.width ? 2 : 1; }

GemmTile tile_of(const Gemm& gemm, std::int64_t row, std::int64_t first, std::int64_t columns) {
    return {gemm.k,
            gemm.a + row * gemm.a_row,
            gemm.a_row,
            gemm.b + first * gemm.k * gemm.runs,
            gemm.c + row * gemm.c_row + first,
            gemm.c_row,
            columns,
            gemm.bias == nullptr ? nullptr : gemm.bias + first,
            gemm.addend == nullptr ? nullptr : gemm.addend + row * gemm.addend_row + first,
            gemm.addend_row,
            gemm.low,
            gemm.high,
            gemm.runs,
            gemm.a_run};
}

}  // namespace

std::int64_t packed_size(const FloatIsa& isa, std::int64_t k, std::int64_t n) {
    return k * ((n + isa.width - 1) / isa.width) * isa.width;
}

void pack_panels(const FloatIsa& isa, std::span<const std::int64_t> row_offsets, std::int64_t n, const float* from,
                 std::int64_t column_stride, float* to) {
    // Rows in the order in which they lie, some at a time from each column: what is read stays in the first cache until its
    // neighbours have been.
    constexpr std::size_t together = 16;
    std::vector<std::size_t> order(row_offsets.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (!std::ranges::is_sorted(row_offsets)) {
        std::ranges::sort(order, {}, [&](std::size_t row) { return row_offsets[row]; });
    }
    for (std::int64_t first = 0; first < n; first += isa.columns) {
        const std::int64_t columns = std::min(isa.columns, n - first);
        const std::int64_t panel = vectors(isa, columns) * isa.width;
        for (std::size_t begin = 0; begin < order.size(); begin += together) {
            const auto rows = std::span(order).subspan(begin, std::min(together, order.size() - begin));
            for (std::int64_t j = 0; j < columns; ++j) {
                const float* const column = from + (first + j) * column_stride;
                for (const std::size_t row : rows) {
                    to[static_cast<std::int64_t>(row) * panel + j] = column[row_offsets[row]];
                }
            }
            for (const std::size_t row : rows) {
                std::fill_n(to + static_cast<std::int64_t>(row) * panel + columns, panel - columns, 0.0F);
            }
        }
        to += static_cast<std::int64_t>(row_offsets.size()) * panel;
    }
}

void multiply(const FloatIsa& isa, const Gemm& gemm) noexcept {
    std::int64_t first = 0;
    const std::int64_t together = row_panels * isa.columns;
    for (; gemm.m == 1 && first + together <= gemm.n; first += together) {
        isa.row(tile_of(gemm, 0, first, together));
    }
    for (; first < gemm.n; first += isa.columns) {
        const std::int64_t columns = std::min(isa.columns, gemm.n - first);
        const auto wide = static_cast<std::size_t>(vectors(isa, columns) - 1);
        const std::int64_t most = isa.rows[wide];
        // Tiles of about the same height: a short last one would leave the multipliers idle.
        const std::int64_t count = (gemm.m + most - 1) / most;
        std::int64_t row = 0;
        for (std::int64_t i = 0; i < count; ++i) {
            const std::int64_t rows = (gemm.m - row) / (count - i);
            isa.tiles[wide][rows - 1](tile_of(gemm, row, first, columns));
            row += rows;
        }
    }
}

}  // namespace onecnn::core
