// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "onnx/tensor_proto.h"
#include "onnx/wire.h"

namespace onecnn::core::onnx {

/// What a model's nodes may refer to by name.
struct Operators {
    std::map<std::string, std::int64_t, std::less<>> opsets;  ///< version by domain; "" is ai.onnx
    std::set<std::pair<std::string, std::string>> functions;  ///< domain and name of model-local functions
};

/// "" for either way of writing ONNX's own domain.
[[nodiscard]] std::string normalized_domain(std::string domain);

/// A node as its file has it: values by name, "" for one left out.
struct NamedNode {
    Node node;  ///< inputs and outputs are empty
    std::vector<std::string> inputs;
    std::vector<std::string> outputs;
};

/// `index` is the node's place in its graph and names it where the file does not. Errors: InvalidModel; UnsupportedOperator for
/// a call of a model-local function and for attributes that are not supported.
[[nodiscard]] NamedNode read_node(Message proto, std::int64_t index, const Operators& operators, TensorReader& tensors);

/// A node's outputs' names.
[[nodiscard]] std::vector<std::string> output_names(Message proto);

}  // namespace onecnn::core::onnx
