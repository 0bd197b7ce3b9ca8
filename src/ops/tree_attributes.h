// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "graph/graph.h"
#include "kernels/trees.h"

namespace onecnn::core {

/// The trees of TreeEnsembleRegressor or TreeEnsembleClassifier, whose votes' attributes begin with "target" or "class".
[[nodiscard]] Trees tree_attributes(const Node& node, const std::string& voted, std::int64_t targets);

}  // namespace onecnn::core
