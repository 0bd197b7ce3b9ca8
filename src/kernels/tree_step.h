// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernels/feature_rows.h"
#include "kernels/trees.h"

namespace onecnn::core {

/// The step that takes rows through trees. Refuses trees as `verified_order` does.
[[nodiscard]] std::unique_ptr<Step> make_tree_step(const Trees& trees, const FeatureRows& x, std::vector<Slot> writes,
                                                   WriteScores write, const std::string& what);

}  // namespace onecnn::core
