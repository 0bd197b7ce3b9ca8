// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "kernels/step.h"
#include "runtime/dtype.h"

namespace onecnn::core {

/// A dense tensor as [outer, size, inner], normalised over the middle.
struct SoftmaxShape {
    std::int64_t outer;
    std::int64_t size;
    std::int64_t inner;
};

enum class SoftmaxKind { softmax, log_softmax, hardmax };

/// The step for what oneDNN does not take; of floats. Hardmax is 1 at the first of the largest elements and 0 elsewhere.
[[nodiscard]] std::unique_ptr<Step> make_softmax_step(DType dtype, SoftmaxKind kind, const SoftmaxShape& shape,
                                                      Slot src, Slot dst);

}  // namespace onecnn::core
