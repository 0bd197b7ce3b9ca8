// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "graph/bounds.h"
#include "kernels/gemm.h"
#include "kernels/step.h"

namespace onecnn::core {

/// How a convolution's window moves along one dimension.
struct PlanarDimension {
    std::int64_t input;
    std::int64_t output;  ///< before pooling
    std::int64_t kernel;
    std::int64_t stride;
    std::int64_t dilation;
    std::int64_t pad_begin;
};

/// A two-dimensional convolution of few channels that lie row-major, NCHW, as a network's first input does; the result is
/// channels last. clamp(results + bias), and where `pooled` the largest of each two by two results.
struct PlanarConvolution {
    std::int64_t images;
    std::int64_t channels;
    std::int64_t filters;
    PlanarDimension rows;
    PlanarDimension columns;
    bool pooled = false;
    Bounds bounds = {};
};

/// Whether the step takes it: offsets into the source must fit in 32 bits, and there must be micro-kernels.
[[nodiscard]] bool planar_convolution_takes(const PlanarConvolution& convolution);

/// The step. `weights` are in panels, k running over channel, row and column of the filter.
[[nodiscard]] std::unique_ptr<Step> make_planar_convolution_step(const PlanarConvolution& convolution, Slot src,
                                                                 Slot weights, std::optional<Slot> bias, Slot dst);

}  // namespace onecnn::core
