// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "ops/lower_context.h"

namespace onecnn::core {

/// A product of two matrices with what follows it: activation(alpha · A B + beta · C). A is input 0, stored [m, k], or [k, m]
/// when transposed; B is input 1, stored [k, n] or [n, k]; C is input 2 where the node has one, and broadcasts to [m, n].
struct Dense {
    std::int64_t m;
    std::int64_t k;
    std::int64_t n;
    bool transpose_a = false;
    bool transpose_b = false;
    float alpha = 1;
    float beta = 1;
};

/// Lowers a node to that product; its activation is the node's own.
void lower_dense(LowerContext& context, const Dense& dense);

}  // namespace onecnn::core
