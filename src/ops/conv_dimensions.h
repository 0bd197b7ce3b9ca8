// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/direct_convolution.h"
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

}  // namespace onecnn::core
