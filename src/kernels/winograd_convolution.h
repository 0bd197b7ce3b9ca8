// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "kernels/convolution_operands.h"
#include "kernels/gemm.h"
#include "kernels/step.h"

namespace onecnn::core {

/// The sizes of a float32 convolution of 3 × 3 filters with strides and dilations of 1.
struct WinogradSizes {
    std::int64_t images;
    std::int64_t channels;
    std::int64_t filters;
    std::int64_t height;
    std::int64_t width;
    std::int64_t result_height;
    std::int64_t result_width;
    std::int64_t pad_top;
    std::int64_t pad_left;
};

/// A convolution by F(tile × tile, 3 × 3).
struct WinogradConvolution {
    WinogradSizes sizes;
    int tile;     ///< 2 or 4
    bool pooled;  ///< dst has the largest of each two by two results; no addend, an activation that bounds
    ConvolutionOperands operands;  ///< weights: packed by pack_winograd_weights
};

/// The steps of a convolution: one whose slices transform, multiply and transform back some tiles in their scratch memory, or where
/// few tiles meet many weights three, so that the slices that multiply read each weight once. `temporary` gives a slot for what
/// passes between them. An element's bits do not depend on how many images or slices there are.
[[nodiscard]] std::vector<std::unique_ptr<Step>> make_winograd_steps(
    const FloatIsa& isa, const WinogradConvolution& convolution,
    const std::function<Slot(std::size_t bytes)>& temporary);

}  // namespace onecnn::core
