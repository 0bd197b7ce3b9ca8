// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "graph/graph.h"
#include "onnx/node_proto.h"
#include "onnx/tensor_proto.h"
#include "onnx/wire.h"

namespace onecnn::core::onnx {

/// A graph, and what of its file it no longer shows.
struct ReadGraph {
    Graph graph;
    std::int64_t file_nodes = 0;  ///< with the Constant nodes, which become constants
    std::int64_t parameters = 0;  ///< elements of all initializers
};

/// Reads a GraphProto; nodes keep the form that their opset gives them. An input that is an initializer too (all were, up to IR
/// version 3) is a constant. Errors: InvalidModel when names do not resolve, come twice or come too late, UnsupportedOperator,
/// ResourceLimit for more than `most_nodes` nodes or for more values than so many nodes need.
[[nodiscard]] ReadGraph read_graph(Message proto, const Operators& operators, TensorReader& tensors,
                                   std::int64_t most_nodes);

}  // namespace onecnn::core::onnx
