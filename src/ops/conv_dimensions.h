// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "kernels/convolution_operands.h"
#include "kernels/direct_convolution.h"
#include "ops/lower_context.h"
#include "ops/window.h"

namespace onecnn::core {

/// A spatial dimension of a Conv with input shape `x`; one of a single element for that which a convolution over one dimension
/// lacks.
[[nodiscard]] inline ConvolutionDimension convolution_dimension(const Window& window, const Shape& x,
                                                                std::size_t axis) {
    if (axis < 2) {
        return {.input = 1, .output = 1, .kernel = 1, .stride = 1, .dilation = 1, .pad_begin = 0};
    }
    const std::size_t i = axis - 2;
    return {.input = x[axis],
            .output = window.output[i],
            .kernel = window.kernel[i],
            .stride = window.strides[i],
            .dilation = window.dilations[i],
            .pad_begin = window.pads_begin[i]};
}

/// The operands of a float32 Conv that a kernel of ours computes channels last; with `pooled` the result is that of the pooling
/// behind it.
[[nodiscard]] inline ConvolutionOperands convolution_operands(LowerContext& context, Slot weights,
                                                              bool pooled = false) {
    const Node& node = context.node();
    ConvolutionOperands operands{
        .src = context.input_place(0),
        .weights = weights,
        .bias = context.has_input(2) ? std::optional(context.input(2)) : std::nullopt,
        .addend = node.addend ? std::optional(context.input_place(*node.addend)) : std::nullopt,
        .dst = {},
        .activation = node.activation};
    if (pooled) {
        context.take_over_consumer();
    }
    operands.dst = context.output_place(0);
    return operands;
}

}  // namespace onecnn::core
