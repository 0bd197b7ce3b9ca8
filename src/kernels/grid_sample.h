// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/step.h"
#include "runtime/dtype.h"
#include "runtime/shape.h"

namespace onecnn::core {

enum class SampleMode { nearest, linear, cubic };

/// What lies outside the sampled tensor.
enum class SamplePadding { zeros, border, reflection };

/// GridSample of dense tensors: [images, channels, input...] at the places [images, output..., spatial rank].
struct GridSampling {
    SampleMode mode;
    SamplePadding padding;
    bool align_corners;
    std::int64_t images;
    std::int64_t channels;
    Shape input;          ///< spatial dimensions, each > 0
    std::int64_t output;  ///< places an image
};

/// Elements that a result is made of at most.
inline constexpr std::int64_t most_samples = 64;

/// The floating-point dtypes, each for both tensors. At most `most_samples` elements make a result.
[[nodiscard]] std::unique_ptr<Step> make_grid_sample_step(DType dtype, DType grid_dtype, GridSampling sampling,
                                                          Slot src, Slot grid, Slot dst);

}  // namespace onecnn::core
