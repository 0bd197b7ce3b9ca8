// SPDX-License-Identifier: Apache-2.0
#include "graph/attributes.h"
#include "kernels/matrix_product.h"
#include "ops/dense.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

Dense dense_of(const Node& node, const Shape& a, const Shape& b) {
    const bool transpose_a = attribute<std::int64_t>(node, "transA", 0) != 0;
    const bool transpose_b = attribute<std::int64_t>(node, "transB", 0) != 0;
    return {.m = a[transpose_a ? 1 : 0],
            .k = a[transpose_a ? 0 : 1],
            .n = b[transpose_b ? 0 : 1],
            .transpose_a = transpose_a,
            .transpose_b = transpose_b,
            .alpha = attribute<float>(node, "alpha", 1),
            .beta = attribute<float>(node, "beta", 1)};
}

bool broadcasts_to(const Shape& c, std::int64_t m, std::int64_t n) {
    const auto fits = [](std::int64_t size, std::int64_t wanted) { return size == 1 || size == wanted; };
    return c.size() <= 2 && (c.empty() || fits(c.back(), n)) && (c.size() < 2 || fits(c[0], m));
}

void infer(InferContext& context) {
    const DType dtype = context.dtype(0);
    if (!matrix_product_takes(dtype)) {
        context.unsupported("input 0 is ", name(dtype), "; floats and integers of 32 and 64 bits are supported");
    }
    context.require_rank(0, 2);
    context.require_rank(1, 2);
    context.require_same_dtype(1);
    const Shape& a = context.shape(0);
    const Shape& b = context.shape(1);
    const Dense dense = dense_of(context.node(), a, b);
    if (b[dense.transpose_b ? 1 : 0] != dense.k) {
        context.invalid("A is ", to_string(a), dense.transpose_a ? " transposed" : "", " and B is ", to_string(b),
                        dense.transpose_b ? " transposed" : "", "; A has ", dense.k, " columns, B has ",
                        b[dense.transpose_b ? 1 : 0], " rows");
    }
    const auto whole = [](float factor) { return factor == 0 || factor == 1; };
    if (!matrix_product_is_floating(dtype) && !(whole(dense.alpha) && whole(dense.beta))) {
        context.unsupported("alpha is ", dense.alpha, " and beta ", dense.beta, "; for ", name(dtype),
                            " they must be 0 or 1");
    }
    if (context.has_input(2)) {
        context.require_same_dtype(2);
        if (!broadcasts_to(context.shape(2), dense.m, dense.n)) {
            context.invalid("C has shape ", to_string(context.shape(2)), ", which does not broadcast to [", dense.m,
                            ", ", dense.n, "]");
        }
    }
    context.set_output(0, dtype, {dense.m, dense.n});
}

void lower(LowerContext& context) {
    lower_dense(context, dense_of(context.node(), context.shape(0), context.shape(1)));
}

const Registration gemm{{"", "Gemm", 2, 3, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
