// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "kernels/step.h"
#include "kernels/view.h"
#include "runtime/dtype.h"

namespace onecnn::core {

/// How elements become one.
enum class Fold { sum, sum_of_magnitudes, sum_of_squares, product, max, min, log_of_sum_of_powers };

/// What is done to the one at the end.
enum class Finish { nothing, divide_by_count, logarithm, square_root };

/// Whether a fold takes elements of a dtype.
[[nodiscard]] bool reduce_takes(Fold fold, DType dtype);

/// A dense tensor's axes: those that the result keeps, in the order in which they lie in it, and those that are folded.
struct ReducedAxes {
    std::vector<ViewAxis> kept;
    std::vector<ViewAxis> folded;
};

/// Folds the elements along some axes of a dense tensor. The sum of no elements is 0, their product 1, their maximum and
/// minimum the dtype's lowest and highest value. Float sums and products are computed in double, those of integers wrap
/// around; a NaN among the elements makes the result NaN.
[[nodiscard]] std::unique_ptr<Step> make_reduce_step(DType dtype, Fold fold, Finish finish, const ReducedAxes& axes,
                                                     Slot from, Slot to);

}  // namespace onecnn::core
