// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "graph/attributes.h"
#include "graph/uses.h"
#include "passes/passes.h"

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

std::optional<Activation> as_activation(const Graph& graph, const Node& node) {
    if (!node.domain.empty()) {
        return std::nullopt;
    }
    if (node.op_type == "Relu" || node.op_type == "Sigmoid" || node.op_type == "Tanh") {
        return Activation{node.op_type};
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

/// Only floats: an activation of integers is another function, and what is not known to be float may be an integer.
bool takes_activation(const Graph& graph, const Node& node) {
    constexpr std::array<std::string_view, 3> takers{"Conv", "Gemm", "MatMul"};
    if (!node.domain.empty() || node.activation || std::ranges::find(takers, node.op_type) == takers.end()) {
        return false;
    }
    const Tensor* weights = graph.constant(node.inputs[1]);
    const DType dtype = weights != nullptr ? weights->dtype() : graph.value(node.inputs[1]).type.dtype;
    return dtype == DType::float32 || dtype == DType::float64;
}

}  // namespace

void fuse_activation(Graph& graph) {
    const Uses uses(graph);
    std::vector<bool> gone(graph.nodes.size(), false);
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        Node& node = graph.nodes[i];
        auto activation = as_activation(graph, node);
        if (!activation) {
            continue;
        }
        const auto producer = uses.producer(node.inputs[0]);
        if (!producer || uses.count(node.inputs[0]) != 1 || !takes_activation(graph, graph.nodes[*producer])) {
            continue;
        }
        Node& taker = graph.nodes[*producer];
        taker.activation = std::move(activation);
        taker.outputs[0] = node.outputs[0];
        gone[i] = true;
    }
    std::vector<Node> kept;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        if (!gone[i]) {
            kept.push_back(std::move(graph.nodes[i]));
        }
    }
    graph.nodes = std::move(kept);
}

}  // namespace onecnn::core
