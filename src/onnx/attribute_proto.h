// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "graph/graph.h"
#include "onnx/tensor_proto.h"
#include "onnx/wire.h"

namespace onecnn::core::onnx {

using Attributes = std::map<std::string, Attribute, std::less<>>;

/// What reading an attribute needs besides its bytes.
struct AttributeSource {
    TensorReader& tensors;
    /// Those of the call, for a node of a function: its attributes may refer to them. Null outside any function.
    const Attributes* call = nullptr;
    std::function<std::shared_ptr<Subgraph>(Message)> read_subgraph;
};

/// An AttributeProto's name and value; nothing where it refers to one that the call leaves out, and for a type, which a run finds
/// by itself. Errors name `node`: InvalidModel; UnsupportedOperator for sparse tensors and lists of tensors or subgraphs.
[[nodiscard]] std::optional<std::pair<std::string, Attribute>> read_attribute(Message proto, const Node& node,
                                                                              const AttributeSource& source);

}  // namespace onecnn::core::onnx
