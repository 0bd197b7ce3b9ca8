// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "kernels/feature_rows.h"

namespace onecnn::core {

/// The step that scores rows by linear functions: x · coefficients[i] + intercepts[i], in float32. There is one intercept a
/// score, and `coefficients` are as many rows of the input's features.
[[nodiscard]] std::unique_ptr<Step> make_linear_step(std::span<const float> coefficients, std::vector<float> intercepts,
                                                     const FeatureRows& x, std::vector<Slot> writes, WriteScores write);

}  // namespace onecnn::core
