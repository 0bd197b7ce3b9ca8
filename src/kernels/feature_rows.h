// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "kernels/step.h"
#include "runtime/dtype.h"

namespace onecnn::core {

/// Rows of features in memory.
struct FeatureRows {
    Slot slot;
    DType dtype;  ///< one that `conversion` takes
    std::int64_t rows;
    std::int64_t features;
};

/// Makes results of one row's scores, which it may change.
using WriteScores = std::function<void(const Memory&, std::int64_t row, std::span<double> scores)>;

}  // namespace onecnn::core
