// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "kernels/float_isa.h"
#include "kernels/gemm_tile.h"

namespace onecnn::core {

/// Floats that a matrix B [k, n] takes in panels: [n / columns][k][columns], the last one as wide as its vectors, padded with
/// zeros.
[[nodiscard]] std::int64_t packed_size(const FloatIsa& isa, std::int64_t k, std::int64_t n);

/// Packs B, whose element (p, j) lies at from[row_offsets[p] + j · column_stride].
void pack_panels(const FloatIsa& isa, std::span<const std::int64_t> row_offsets, std::int64_t n, const float* from,
                 std::int64_t column_stride, float* to);

/// C = clamp(A B + bias + addend), or a block of it: some rows, and whole panels.
struct Gemm {
    std::int64_t m;
    std::int64_t n;
    std::int64_t k;
    const float* a;
    std::int64_t a_row;  ///< from a row of A to the next, in elements
    const float* b;      ///< packed
    float* c;
    std::int64_t c_row;
    const float* bias = nullptr;    ///< n of them, or null
    const float* addend = nullptr;  ///< as C, with its own rows, or null; may be C itself
    std::int64_t addend_row = 0;
    float low = -unbounded;
    float high = unbounded;
    /// A row of A may lie in several runs, of k elements each, `a_run` apart; B then has runs · k rows.
    std::int64_t runs = 1;
    std::int64_t a_run = 0;
};

/// Computes it on the caller's thread. The sum of an element runs over k in order, so that it does not depend on m or n.
void multiply(const FloatIsa& isa, const Gemm& gemm) noexcept;

}  // namespace onecnn::core
