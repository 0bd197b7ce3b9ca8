// SPDX-License-Identifier: Apache-2.0
#include "graph/attributes.h"
#include "ops/operator.h"
#include "ops/pooling.h"

namespace onecnn::core {

namespace {

Window window_of(const Node& node, const Shape& x) {
    return resolve_window(node, ShapeView(x).subspan(2), required_attribute<Shape>(node, "kernel_shape"));
}

Shape pooled_shape(const InferContext& context) {
    const Shape& x = context.shape(0);
    if (x.size() < 3) {
        context.invalid("input 0 has shape ", to_string(x), ", expected batch, channels and spatial dimensions");
    }
    Shape y{x[0], x[1]};
    const Window window = window_of(context.node(), x);
    y.insert(y.end(), window.output.begin(), window.output.end());
    return y;
}

void infer_max_pool(InferContext& context) {
    if (!max_pool_takes(context.dtype(0))) {
        context.invalid("input 0 is ", name(context.dtype(0)), ", expected a floating-point type, int8 or uint8");
    }
    const Shape y = pooled_shape(context);
    context.set_output(0, context.dtype(0), y);
    context.set_output(1, DType::int64, y);
}

void infer_average_pool(InferContext& context) {
    if (!average_pool_takes(context.dtype(0))) {
        context.invalid("input 0 is ", name(context.dtype(0)), ", expected a floating-point type");
    }
    context.set_output(0, context.dtype(0), pooled_shape(context));
}

void lower_max_pool(LowerContext& context) {
    const bool column_major = attribute<std::int64_t>(context.node(), "storage_order", 0) != 0;
    lower_pooling(context, {.reduction = Reduction::max,
                            .src = context.shape(0),
                            .dst = context.output_shape(0),
                            .window = window_of(context.node(), context.shape(0)),
                            .index_order = column_major ? IndexOrder::column_major : IndexOrder::row_major});
}

void lower_average_pool(LowerContext& context) {
    const bool include_padding = attribute<std::int64_t>(context.node(), "count_include_pad", 0) != 0;
    lower_pooling(context, {.reduction = include_padding ? Reduction::average_with_padding : Reduction::average,
                            .src = context.shape(0),
                            .dst = context.output_shape(0),
                            .window = window_of(context.node(), context.shape(0))});
}

std::int64_t norm_of(const Node& node) { return attribute<std::int64_t>(node, "p", 2); }

void infer_lp_pool(InferContext& context) {
    if (const auto p = norm_of(context.node()); p < 1) {
        context.invalid("p is ", p, ", expected 1 or more");
    }
    infer_average_pool(context);
}

void lower_lp_pool(LowerContext& context) {
    lower_pooling(context, {.reduction = Reduction::lp,
                            .src = context.shape(0),
                            .dst = context.output_shape(0),
                            .window = window_of(context.node(), context.shape(0)),
                            .p = norm_of(context.node())});
}

const Registration max_pool{{"", "MaxPool", 1, 1, 2, {}, infer_max_pool, lower_max_pool}};
const Registration average_pool{{"", "AveragePool", 1, 1, 1, {}, infer_average_pool, lower_average_pool}};
const Registration lp_pool{{"", "LpPool", 1, 1, 1, {}, infer_lp_pool, lower_lp_pool}};

}  // namespace

}  // namespace onecnn::core
