// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

/// The inputs of QLinearConv; from `addend` on those of one that a Conv and an Add were fused into: what is added to
/// the quantised results, how that is quantised, and how their sum is.
struct QuantizedConvInputs {
    static constexpr std::size_t x = 0;
    static constexpr std::size_t x_scale = 1;
    static constexpr std::size_t x_zero = 2;
    static constexpr std::size_t w = 3;
    static constexpr std::size_t w_scale = 4;
    static constexpr std::size_t w_zero = 5;
    static constexpr std::size_t y_scale = 6;
    static constexpr std::size_t y_zero = 7;
    static constexpr std::size_t bias = 8;
    static constexpr std::size_t addend = 9;
    static constexpr std::size_t addend_scale = 10;
    static constexpr std::size_t addend_zero = 11;
    static constexpr std::size_t sum_scale = 12;
    static constexpr std::size_t sum_zero = 13;
};

/// Checks the inputs of one with an addend from `addend` on; `y` is the shape of the convolution.
void infer_quantized_sum(InferContext& context, Shape y);

/// Lowers a QLinearConv to the kernels for int8. False, with nothing added, where they do not take it: parameters that
/// are not constants, more than two spatial dimensions, weights that less their zero points do not fit into int8.
[[nodiscard]] bool lower_quantized_conv(LowerContext& context);

}  // namespace onecnn::core
