// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "kernels/convolution_operands.h"
#include "ops/lower_context.h"

namespace onecnn::core {

/// The operands of a float32 Conv that a kernel of ours computes channels last, but for its result.
[[nodiscard]] inline ConvolutionOperands conv_inputs(LowerContext& context, Slot weights) {
    const Node& node = context.node();
    return {.src = context.input_place(0),
            .weights = weights,
            .bias = context.has_input(2) ? std::optional(context.input(2)) : std::nullopt,
            .addend = node.addend ? std::optional(context.input_place(*node.addend)) : std::nullopt,
            .dst = {},
            .activation = node.activation};
}

/// All of them.
[[nodiscard]] inline ConvolutionOperands conv_operands(LowerContext& context, Slot weights) {
    ConvolutionOperands operands = conv_inputs(context, weights);
    operands.dst = context.output_place(0);
    return operands;
}

}  // namespace onecnn::core
