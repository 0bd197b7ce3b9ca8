// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace onecnn::core {

/// C = A B, or C += A B, for row-major matrices A [m, k] and B [k, n], or B [n, k] that is used transposed.
struct BlockProduct {
    std::int64_t m;
    std::int64_t k;
    std::int64_t n;
    std::int64_t a_row;  ///< from a row of A to the next, in elements
    std::int64_t b_row;
    std::int64_t c_row;
    bool transpose_b = false;
    bool accumulate = false;
    bool row_by_row = false;  ///< the bits of a row of C do not depend on the other rows
};

/// A product inside a step, on the caller's thread. T: float, double, uint32_t, uint64_t. oneDNN multiplies floats, unless rows
/// are asked for one by one.
template <typename T>
void multiply(const BlockProduct& product, const T* a, const T* b, T* c);

}  // namespace onecnn::core
