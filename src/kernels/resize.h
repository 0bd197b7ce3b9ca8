// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "kernels/resize_axis.h"
#include "kernels/step.h"
#include "runtime/dtype.h"

namespace onecnn::core {

/// Resizes a dense tensor, whose axes come in memory order, to the elements nearest to where its results are sampled. Any dtype
/// of whole bytes.
[[nodiscard]] std::unique_ptr<Step> make_nearest_resize_step(DType dtype, const std::vector<ResizedAxis>& axes,
                                                             NearestMode mode, float extrapolation_value, Slot from,
                                                             Slot to);

/// Resizes a dense tensor, whose axes come in memory order, by interpolation. Any numeric dtype; integers are rounded to nearest,
/// ties to even, and saturate.
[[nodiscard]] std::unique_ptr<Step> make_interpolation_step(DType dtype, const std::vector<ResizedAxis>& axes,
                                                            const Interpolation& interpolation,
                                                            float extrapolation_value, Slot from, Slot to);

}  // namespace onecnn::core
