// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "kernels/convolution_operands.h"
#include "kernels/direct_convolution.h"
#include "kernels/gemm.h"

namespace onecnn::core {

/// A float32 convolution of each channel by a filter of its own, channels last.
struct DepthwiseConvolution {
    std::int64_t images;
    std::int64_t channels;
    ConvolutionDimension height;
    ConvolutionDimension width;
    ConvolutionOperands operands;  ///< weights: [height, width, channels]
};

[[nodiscard]] std::unique_ptr<Step> make_depthwise_convolution_step(const FloatIsa& isa,
                                                                    const DepthwiseConvolution& convolution);

}  // namespace onecnn::core
