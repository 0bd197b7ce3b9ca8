// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "graph/attributes.h"
#include "ops/operator.h"
#include "ops/pooling.h"

namespace onecnn::core {

namespace {

void infer(InferContext& context) {
    if (!average_pool_takes(context.dtype(0))) {
        context.invalid("input 0 is ", name(context.dtype(0)), ", expected a floating-point type");
    }
    const Shape& x = context.shape(0);
    if (x.size() < 3) {
        context.invalid("input 0 has shape ", to_string(x), ", expected batch, channels and spatial dimensions");
    }
    Shape y(x.size(), 1);
    std::copy_n(x.begin(), 2, y.begin());
    context.set_output(0, context.dtype(0), std::move(y));
}

void lower(LowerContext& context, Reduction reduction) {
    const Shape& x = context.shape(0);
    // All spatial dimensions as one: a tall window of width 1, which oneDNN's kernels loop over instead of unrolling it.
    const std::int64_t size = element_count(x, 2, x.size());
    lower_pooling(context, {.reduction = reduction,
                            .src = {x[0], x[1], size, 1},
                            .dst = {x[0], x[1], 1, 1},
                            .window = {.kernel = {std::max<std::int64_t>(size, 1), 1},
                                       .strides = {1, 1},
                                       .dilations = {1, 1},
                                       .pads_begin = {0, 0},
                                       .pads_end = {0, 0},
                                       .overhang = {0, 0},
                                       .output = {1, 1}},
                            .p = attribute<std::int64_t>(context.node(), "p", 2)});
}

void lower_average(LowerContext& context) { lower(context, Reduction::average); }

void lower_max(LowerContext& context) { lower(context, Reduction::max); }

void infer_lp(InferContext& context) {
    if (const auto p = attribute<std::int64_t>(context.node(), "p", 2); p < 1) {
        context.invalid("p is ", p, ", expected 1 or more");
    }
    infer(context);
}

void lower_lp(LowerContext& context) { lower(context, Reduction::lp); }

const Registration global_average_pool{{"", "GlobalAveragePool", 1, 1, 1, {}, infer, lower_average}};
const Registration global_max_pool{{"", "GlobalMaxPool", 1, 1, 1, {}, infer, lower_max}};
const Registration global_lp_pool{{"", "GlobalLpPool", 1, 1, 1, {}, infer_lp, lower_lp}};

}  // namespace

}  // namespace onecnn::core
