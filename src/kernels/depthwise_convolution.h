// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "graph/graph.h"
#include "kernels/direct_convolution.h"
#include "kernels/gemm.h"
#include "kernels/place.h"

namespace onecnn::core {

/// A float32 convolution of each channel by a filter of its own, channels last: activation(conv(x) + bias + addend).
struct DepthwiseConvolution {
    std::int64_t images;
    std::int64_t channels;
    ConvolutionDimension height;
    ConvolutionDimension width;
    Place src;
    Slot weights;  ///< [height, width, channels]
    std::optional<Slot> bias;
    std::optional<Place> addend;  ///< of the result's shape
    Place dst;
    std::optional<Activation> activation;
};

[[nodiscard]] std::unique_ptr<Step> make_depthwise_convolution_step(const FloatIsa& isa,
                                                                    const DepthwiseConvolution& convolution);

}  // namespace onecnn::core
