// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/step.h"
#include "kernels/trees.h"
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

/// The step that takes rows through trees. Refuses trees as `verified_order` does.
[[nodiscard]] std::unique_ptr<Step> make_tree_step(const Trees& trees, const FeatureRows& x, std::vector<Slot> writes,
                                                   WriteScores write, const std::string& what);

}  // namespace onecnn::core
