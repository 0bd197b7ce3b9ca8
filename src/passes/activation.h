// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "graph/graph.h"

namespace onecnn::core {

/// A node that could be the activation of the one before it, as that; nothing for other nodes.
[[nodiscard]] std::optional<Activation> as_activation(const Graph& graph, const Node& node);

}  // namespace onecnn::core
