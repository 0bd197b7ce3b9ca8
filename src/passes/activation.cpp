// SPDX-License-Identifier: Apache-2.0
#include "passes/activation.h"

#include <limits>

#include "graph/attributes.h"

namespace onecnn::core {

namespace {

/// A bound of Clip; nothing when it is computed.
std::optional<float> bound(const Graph& graph, const Node& clip, std::size_t index, float absent) {
    if (index >= clip.inputs.size() || clip.inputs[index] == ValueId::none) {
        return absent;
    }
    const Tensor* tensor = graph.constant(clip.inputs[index]);
    if (tensor == nullptr || tensor->dtype() != DType::float32 || tensor->size() != 1) {
        return std::nullopt;
    }
    return tensor->as<float>()[0];
}

}  // namespace

std::optional<Activation> as_activation(const Graph& graph, const Node& node) {
    if (!node.domain.empty()) {
        return std::nullopt;
    }
    if (node.op_type == "Relu" || node.op_type == "Sigmoid" || node.op_type == "Tanh") {
        return Activation{node.op_type};
    }
    if (node.op_type == "HardSwish") {
        return Activation{node.op_type};
    }
    if (node.op_type == "Gelu" && attribute<std::string>(node, "approximate", "none") == "none") {
        return Activation{node.op_type};
    }
    if (node.op_type == "Swish") {
        return Activation{node.op_type, attribute<float>(node, "alpha", 1)};
    }
    if (node.op_type == "LeakyRelu") {
        return Activation{node.op_type, attribute<float>(node, "alpha", 0.01F)};
    }
    if (node.op_type == "Clip") {
        constexpr float most = std::numeric_limits<float>::infinity();
        const auto low = bound(graph, node, 1, -most);
        const auto high = bound(graph, node, 2, most);
        // Where the bounds cross ONNX gives the upper one; the operator does that.
        if (low && high && *low <= *high) {
            return Activation{node.op_type, *low, *high};
        }
    }
    return std::nullopt;
}

}  // namespace onecnn::core
