// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "ops/operator.h"

namespace onecnn::core {

/// The two operands of NumPy's matmul as stacks of matrices: a vector A is one row, a vector B one column, and the stacks have
/// the same rank.
struct MatrixStacks {
    Shape a_batch;
    Shape b_batch;
    Shape batch;
    std::int64_t m;
    std::int64_t k;
    std::int64_t n;
};

/// Both must have a dimension, and as many columns as rows.
[[nodiscard]] MatrixStacks matrix_stacks(const Node& node, const Shape& a, const Shape& b);

/// The shape of the product; InvalidModel naming the node when there is none.
[[nodiscard]] Shape matmul_shape(const InferContext& context, const Shape& a, const Shape& b);

}  // namespace onecnn::core
