// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "onnx/attribute_proto.h"
#include "onnx/function_proto.h"
#include "onnx/wire.h"

namespace onecnn::core::onnx {

/// A node as its file has it: values by name, "" for one left out.
struct NamedNode {
    Node node;  ///< inputs and outputs are empty
    std::vector<std::string> inputs;
    std::vector<std::string> outputs;
};

/// `index` is the node's place in its graph and names it where the file does not. Errors: InvalidModel; UnsupportedOperator for
/// attributes that are not supported.
[[nodiscard]] NamedNode read_node(Message proto, std::int64_t index, const Opsets& opsets,
                                  const AttributeSource& source);

/// A node's outputs' names.
[[nodiscard]] std::vector<std::string> output_names(Message proto);

}  // namespace onecnn::core::onnx
