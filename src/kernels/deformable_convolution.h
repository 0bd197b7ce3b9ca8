// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "kernels/direct_convolution.h"
#include "kernels/step.h"
#include "runtime/dtype.h"

namespace onecnn::core {

/// DeformConv of two spatial dimensions, over dense row-major tensors as ONNX has them.
struct DeformableConvolution {
    std::int64_t images;
    std::int64_t groups;
    std::int64_t input_channels;   ///< of one group
    std::int64_t output_channels;  ///< of one group
    std::int64_t offset_groups;    ///< divides the input channels of all groups
    std::array<ConvolutionDimension, 2> dimensions;
};

struct DeformableSlots {
    Slot src;
    Slot weights;
    Slot offsets;
    std::optional<Slot> bias;
    std::optional<Slot> mask;
    Slot dst;
};

/// The dtypes are those of direct_convolution_takes.
[[nodiscard]] std::unique_ptr<Step> make_deformable_convolution_step(DType dtype,
                                                                     const DeformableConvolution& convolution,
                                                                     const DeformableSlots& slots);

}  // namespace onecnn::core
