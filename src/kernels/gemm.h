// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/gemm_tile.h"

namespace onecnn::core {

/// How this processor multiplies float32 matrices: by micro-kernels that keep a tile of the result in registers.
struct GemmIsa {
    const char* name;              ///< "avx2", "avx512"
    std::int64_t width;            ///< floats in a vector
    std::int64_t columns;          ///< of a panel of packed weights: two vectors
    std::int64_t rows[2];          ///< most rows of a tile that is one vector wide, and two
    const TileFunction* tiles[2];  ///< by width in vectors less 1, then by rows less 1
    const TileFunction* row;       ///< a single row of row_panels whole panels
};

/// The widest that the processor and the environment variable ONECNN_ISA ("avx512", "avx2", "none") allow; null where there is
/// none, so that oneDNN must multiply.
[[nodiscard]] const GemmIsa* gemm_isa();

/// Floats that a matrix B [k, n] takes in panels: [n / columns][k][columns], the last one as wide as its vectors, padded with
/// zeros.
[[nodiscard]] std::int64_t packed_size(const GemmIsa& isa, std::int64_t k, std::int64_t n);

/// Packs B, whose element (p, j) lies at from[row_offsets[p] + j · column_stride].
void pack_panels(const GemmIsa& isa, std::span<const std::int64_t> row_offsets, std::int64_t n, const float* from,
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
void multiply(const GemmIsa& isa, const Gemm& gemm) noexcept;

}  // namespace onecnn::core
