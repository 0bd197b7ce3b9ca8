// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "graph/attributes.h"
#include "kernels/view.h"
#include "ops/element_moves.h"

namespace onecnn::core {

namespace {

Tensor value_of(const Node& node) {
    constexpr std::array zero{0.0F};
    return attribute<Tensor>(node, "value", Tensor::from(std::span<const float>(zero)));
}

void infer_constant_of_shape(InferContext& context) {
    context.require_rank(0, 1);
    Shape shape = context.integers(0);
    if (std::ranges::any_of(shape, [](std::int64_t size) { return size < 0; })) {
        context.invalid("shape ", to_string(shape), " has a negative number");
    }
    const Tensor value = value_of(context.node());
    if (value.size() != 1) {
        context.invalid("value has shape ", to_string(value.shape()), ", expected one element");
    }
    context.set_output(0, value.dtype(), std::move(shape));
}

void lower_constant_of_shape(LowerContext& context) {
    const View repeated{{{element_count(context.output_shape(0)), 0}}};
    const Slot value = context.constant_slot(value_of(context.node()));
    context.add(make_view_copy_step(context.output_dtype(0), repeated, value, context.output(0)));
}

const Registration constant_of_shape{
    {"", "ConstantOfShape", 1, 1, 1, {0}, infer_constant_of_shape, lower_constant_of_shape}};

}  // namespace

}  // namespace onecnn::core
