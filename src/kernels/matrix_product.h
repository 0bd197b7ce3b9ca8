// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "graph/graph.h"
#include "kernels/broadcast.h"
#include "kernels/step.h"
#include "runtime/dtype.h"

namespace onecnn::core {

/// A matrix somewhere in memory: its element (i, j) lies at i · row + j · column, in elements.
struct MatrixStrides {
    std::int64_t row;
    std::int64_t column;
};

/// activation(alpha · A B + beta · C) for matrices A [m, k] and B [k, n]; the results [m, n] are dense, one after another.
struct MatrixProduct {
    std::int64_t m;
    std::int64_t k;
    std::int64_t n;
    MatrixStrides a;
    MatrixStrides b;
    /// The results and whose A and B they are made from, in matrices: both stacks are dense.
    std::vector<BroadcastAxis> batch = {{1, 0, 0}};
    double alpha = 1;
    double beta = 1;
    MatrixStrides c = {0, 0};  ///< strides of 0 broadcast
    std::optional<Activation> activation = std::nullopt;
};

/// Whether make_matrix_product_step takes a dtype: floats of 16 bits, summed as float32, of 32 and 64, (u)int32 and (u)int64,
/// modulo 2ⁿ.
[[nodiscard]] bool matrix_product_takes(DType dtype);

/// Whether it is a float among these.
[[nodiscard]] bool matrix_product_is_floating(DType dtype);

/// The step for products that oneDNN does not take. Integers have no activation: Internal where there is one.
[[nodiscard]] std::unique_ptr<Step> make_matrix_product_step(DType dtype, const MatrixProduct& product, Slot a, Slot b,
                                                             std::optional<Slot> c, Slot y);

}  // namespace onecnn::core
