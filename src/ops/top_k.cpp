// SPDX-License-Identifier: Apache-2.0
#include "kernels/top_k.h"

#include "graph/attributes.h"
#include "kernels/visit_dtype.h"
#include "ops/element_moves.h"

namespace onecnn::core {

namespace {

std::size_t axis_of(const Node& node, const Shape& data) {
    return normalized_axis(attribute<std::int64_t>(node, "axis", -1), data.size(), describe(node) + ": axis");
}

void infer_top_k(InferContext& context) {
    if (!visit_numeric(context.dtype(0), [](auto) {})) {
        context.invalid("input 0 is ", name(context.dtype(0)), ", expected a number");
    }
    Shape shape = context.shape(0);
    const std::size_t axis = axis_of(context.node(), shape);
    const auto k = context.integers(1);
    if (k.size() != 1 || k[0] < 0 || k[0] > shape[axis]) {
        context.invalid("K is ", to_string(k), ", expected one number of at most the ", shape[axis],
                        " elements of axis ", axis);
    }
    shape[axis] = k[0];
    context.set_output(0, context.dtype(0), shape);
    context.set_output(1, DType::int64, std::move(shape));
}

/// The k elements are sorted whatever `sorted` says: without it their order is open.
void lower_top_k(LowerContext& context) {
    const Shape& data = context.shape(0);
    const std::size_t axis = axis_of(context.node(), data);
    const TopK work{element_count(data, 0, axis), data[axis], element_count(data, axis + 1, data.size()),
                    integers(context, 1)[0], attribute<std::int64_t>(context.node(), "largest", 1) != 0};
    const Slot from = context.input(0);
    const auto values = context.has_output(0) ? std::optional(context.output(0)) : std::nullopt;
    const auto places = context.has_output(1) ? std::optional(context.output(1)) : std::nullopt;
    context.add(make_top_k_step(context.dtype(0), work, from, values, places));
}

const Registration top_k{{"", "TopK", 2, 2, 2, {1}, infer_top_k, lower_top_k}};

}  // namespace

}  // namespace onecnn::core
