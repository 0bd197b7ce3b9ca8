// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "kernels/layout.h"
#include "kernels/step.h"
#include "runtime/dtype.h"

namespace onecnn::core {

/// Moves a dense tensor so that dimension i of the result is dimension `permutation[i]` of `shape`.
[[nodiscard]] std::unique_ptr<Step> make_transpose_step(DType dtype, ShapeView shape,
                                                        const std::vector<std::size_t>& permutation, Slot from,
                                                        Slot to);

/// Moves a tensor from one layout to another.
[[nodiscard]] std::unique_ptr<Step> make_relayout_step(DType dtype, ShapeView shape, Layout from_layout,
                                                       Layout to_layout, Slot from, Slot to);

/// Copies bytes.
[[nodiscard]] std::unique_ptr<Step> make_copy_step(std::size_t bytes, Slot from, Slot to);

}  // namespace onecnn::core
