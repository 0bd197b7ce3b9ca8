// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "graph/graph.h"
#include "onnx/function_proto.h"
#include "onnx/tensor_proto.h"
#include "onnx/wire.h"

namespace onecnn::core::onnx {

/// A graph, and what of its file it no longer shows.
struct ReadGraph {
    Graph graph;
    std::int64_t file_nodes = 0;  ///< with the Constant nodes, which become constants
    std::int64_t parameters = 0;  ///< elements of all initializers
};

/// What a model's graphs refer to by name, and how much of it may be read.
struct Library {
    Opsets opsets;
    Functions functions;
    TensorReader& tensors;
    std::int64_t most_nodes;  ///< with those inside subgraphs and called functions
};

/// Reads a GraphProto; nodes keep the form that their opset gives them, calls of functions are replaced by their nodes. An input
/// that is an initializer too (all were, up to IR version 3) is a constant. Errors: InvalidModel when names do not resolve, come
/// twice or come too late, UnsupportedOperator, ResourceLimit for more nodes, for more values than so many nodes need, and for
/// more graphs or calls inside each other than are ever written.
[[nodiscard]] ReadGraph read_graph(Message proto, const Library& library);

}  // namespace onecnn::core::onnx
