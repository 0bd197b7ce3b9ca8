// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "kernels/convolution_operands.h"
#include "kernels/convolution_source.h"
#include "kernels/gemm.h"

namespace onecnn::core {

/// A float32 convolution over two spatial dimensions as a product of matrices.
struct GemmConvolution {
    ConvolutionInput input;
    std::int64_t groups;
    std::int64_t output_channels;  ///< of one group
    ConvolutionOperands operands;  ///< weights: packed by pack_convolution
};

/// Floats that packed weights take. `k` is how many elements of the input a window has.
[[nodiscard]] std::int64_t packed_convolution_size(const FloatIsa& isa, std::int64_t groups,
                                                   std::int64_t output_channels, std::int64_t k);

/// Packs weights [groups · output channels, channels, height, width] for `isa`.
void pack_convolution(const FloatIsa& isa, ShapeView shape, std::int64_t groups, const float* weights, float* to);

[[nodiscard]] std::unique_ptr<Step> make_gemm_convolution_step(const FloatIsa& isa, const GemmConvolution& convolution);

}  // namespace onecnn::core
