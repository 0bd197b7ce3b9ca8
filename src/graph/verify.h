// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "graph/graph.h"

namespace onecnn::core {

/// Throws InvalidModel, naming the node and the value, unless
/// - every ValueId is `none` or one of the graph's;
/// - each value is made once: by the caller, as a constant or by one node;
/// - every node reads only what is made before it, and makes an output;
/// - the graph's outputs are made, and no input or output is listed twice;
/// - the values that are the graph's inputs and outputs have names, and different ones.
///
/// What operators ask of their inputs and attributes is checked by the operators.
void verify(const Graph& graph);

}  // namespace onecnn::core
