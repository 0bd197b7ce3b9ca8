// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "graph/graph.h"

namespace onecnn::core {

/// y = scale · x + shift, one of each a channel.
struct Affine {
    std::vector<float> scale;
    std::vector<float> shift;
};

/// A node of constants as that function of another value.
struct AffineNode {
    ValueId x;
    Affine function;
};

/// BatchNormalization, Mul, Add, Sub and Div by float32 constants, where x has that rank and those channels in its second
/// dimension; nothing for other nodes.
[[nodiscard]] std::optional<AffineNode> as_affine(const Graph& graph, const Node& node, std::size_t rank,
                                                  std::size_t channels);

}  // namespace onecnn::core
