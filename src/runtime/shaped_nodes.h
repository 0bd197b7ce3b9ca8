// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include "graph/graph.h"
#include "graph/uses.h"
#include "ops/operator.h"

namespace onecnn::core {

/// The nodes of a graph that a plan must lower, with the shapes of all values: what rewrites work on that ask for shapes.
struct ShapedNodes {
    const Graph& graph;
    const Uses& uses;  ///< of the graph as it was
    std::function<const TensorFacts&(ValueId)> facts;
    std::vector<Node>& nodes;
};

/// An Add or Sum of float32 tensors of one shape that alone reads a Conv becomes the Conv's addend; an activation that bounds
/// and alone reads such a sum goes with it.
void fuse_addends(const ShapedNodes& shaped);

/// A QuantizedSum of tensors of one shape that alone reads a QLinearConv becomes that one's addend.
void fuse_quantized_sums(const ShapedNodes& shaped);

/// A Reshape, a Transpose and a Reshape that shuffle groups of channels of float32 become PermuteChannels.
void fuse_channel_shuffles(const ShapedNodes& shaped);

}  // namespace onecnn::core
