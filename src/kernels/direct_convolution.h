// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "graph/graph.h"
#include "kernels/step.h"
#include "runtime/dtype.h"

namespace onecnn::core {

/// One spatial dimension. Kernel, stride and dilation lie in [1, 2³¹).
struct ConvolutionDimension {
    std::int64_t input;
    std::int64_t output;
    std::int64_t kernel;
    std::int64_t stride;
    std::int64_t dilation;
    std::int64_t pad_begin;
};

enum class ConvolutionKind { forward, transposed };

/// A convolution of dense row-major tensors as its definition has it. The weights lie as ONNX has them: [groups · output
/// channels, input channels, kernel...] of one that goes forward, [groups · input channels, output channels, kernel...] of a
/// transposed one.
struct DirectConvolution {
    ConvolutionKind kind;
    std::int64_t images;
    std::int64_t groups;
    std::int64_t input_channels;   ///< of one group
    std::int64_t output_channels;  ///< of one group
    std::vector<ConvolutionDimension> dimensions;
    std::optional<Activation> activation = std::nullopt;
};

/// Whether make_direct_convolution_step takes a dtype: the floating-point ones.
[[nodiscard]] bool direct_convolution_takes(DType dtype);

/// The step for what oneDNN does not take. float16 and bfloat16 are summed in float.
[[nodiscard]] std::unique_ptr<Step> make_direct_convolution_step(DType dtype, DirectConvolution convolution, Slot src,
                                                                 Slot weights, std::optional<Slot> bias, Slot dst);

}  // namespace onecnn::core
