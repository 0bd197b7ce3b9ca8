// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "graph/attributes.h"
#include "graph/bounds.h"
#include "graph/uses.h"
#include "passes/activation.h"
#include "passes/passes.h"

namespace onecnn::core {

namespace {

/// Whether an activation goes into it that only bounds.
bool takes_bounds(const Graph& graph, const Node& node) {
    if (!node.domain.empty() || node.op_type != "BatchNormalization" || node.activation || node.outputs.size() != 1 ||
        attribute<std::int64_t>(node, "training_mode", 0) != 0) {
        return false;
    }
    return std::all_of(node.inputs.begin() + 1, node.inputs.end(), [&](ValueId id) {
        const Tensor* parameter = graph.constant(id);
        return parameter != nullptr && parameter->dtype() == DType::float32;
    });
}

/// Only floats: an activation of integers is another function, and what is not known to be float may be an integer.
bool takes_activation(const Graph& graph, const Node& node) {
    constexpr std::array<std::string_view, 4> takers{"Conv", "ConvTranspose", "Gemm", "MatMul"};
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
        if (!producer || uses.count(node.inputs[0]) != 1) {
            continue;
        }
        Node& taker = graph.nodes[*producer];
        if (!takes_activation(graph, taker) && !(as_bounds(activation) && takes_bounds(graph, taker))) {
            continue;
        }
        taker.activation = std::move(activation);
        taker.outputs[0] = node.outputs[0];
        gone[i] = true;
    }
    erase_nodes(graph.nodes, gone);
}

}  // namespace onecnn::core
