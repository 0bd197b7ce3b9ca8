// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "graph/graph.h"
#include "onnx/tensor_proto.h"
#include "onnx/wire.h"

namespace onecnn::core::onnx {

/// An AttributeProto's name and value. Errors name `node`: InvalidModel; UnsupportedOperator for a subgraph, a sparse tensor, a
/// type and a list of tensors.
[[nodiscard]] std::pair<std::string, Attribute> read_attribute(Message proto, const Node& node, TensorReader& tensors);

}  // namespace onecnn::core::onnx
