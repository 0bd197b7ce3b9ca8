// SPDX-License-Identifier: Apache-2.0
#include "ops/matrix_stacks.h"

#include <algorithm>

namespace onecnn::core {

namespace {

/// The dimensions before the last two, with ones in front up to `rank`.
Shape batch_of(const Shape& shape, std::size_t rank) {
    Shape batch(rank, 1);
    if (shape.size() > 2) {
        std::copy_backward(shape.begin(), shape.end() - 2, batch.end());
    }
    return batch;
}

}  // namespace

MatrixStacks matrix_stacks(const Node& node, const Shape& a, const Shape& b) {
    const std::size_t rank = std::max<std::size_t>(std::max(a.size(), b.size()), 2) - 2;
    MatrixStacks stacks{batch_of(a, rank), batch_of(b, rank), {}, 1, a.back(), 1};
    stacks.batch = broadcast(stacks.a_batch, stacks.b_batch, describe(node));
    if (a.size() > 1) {
        stacks.m = a[a.size() - 2];
    }
    if (b.size() > 1) {
        stacks.n = b.back();
    }
    return stacks;
}

Shape matmul_shape(const InferContext& context, const Shape& a, const Shape& b) {
    if (a.empty() || b.empty()) {
        context.invalid("A is ", to_string(a), " and B is ", to_string(b), "; a scalar has no matrix product");
    }
    const std::int64_t rows = b.size() == 1 ? b[0] : b[b.size() - 2];
    if (a.back() != rows) {
        context.invalid("A is ", to_string(a), " and B is ", to_string(b), "; A has ", a.back(), " columns, B has ",
                        rows, " rows");
    }
    const MatrixStacks stacks = matrix_stacks(context.node(), a, b);
    Shape y = stacks.batch;
    if (a.size() > 1) {
        y.push_back(stacks.m);
    }
    if (b.size() > 1) {
        y.push_back(stacks.n);
    }
    return y;
}

}  // namespace onecnn::core
