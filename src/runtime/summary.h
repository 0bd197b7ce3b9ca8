// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "graph/model_info.h"

namespace onecnn::core {

/// A model for people: what it takes and gives, and a line for each node that runs.
[[nodiscard]] std::string summarize(const ModelInfo& info, const Graph& graph);

}  // namespace onecnn::core
