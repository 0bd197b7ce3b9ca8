// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <utility>

#include "graph/attributes.h"
#include "graph/uses.h"
#include "passes/passes.h"

namespace onecnn::core {

namespace {

/// The columns of a product by a constant matrix that has no addend yet; nothing for other nodes.
std::optional<std::int64_t> columns_to_add_to(const Graph& graph, const Node& node) {
    const bool gemm = node.op_type == "Gemm";
    if (!node.domain.empty() || (!gemm && node.op_type != "MatMul") || node.activation || node.inputs.size() > 2) {
        return std::nullopt;
    }
    const Tensor* weights = graph.constant(node.inputs[1]);
    if (weights == nullptr || weights->dtype() != DType::float32 || weights->shape().size() != 2) {
        return std::nullopt;
    }
    const bool transposed = gemm && attribute<std::int64_t>(node, "transB", 0) != 0;
    return weights->shape()[transposed ? 0 : 1];
}

}  // namespace

void fuse_bias(Graph& graph) {
    const Uses uses(graph);
    std::vector<Node> kept;
    std::vector<std::size_t> place(graph.nodes.size());  // of each node in `kept`
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        Node& node = graph.nodes[i];
        const bool add = node.domain.empty() && node.op_type == "Add";
        const std::size_t other = add && graph.constant(node.inputs[0]) != nullptr ? 1 : 0;
        const Tensor* bias = add ? graph.constant(node.inputs[1 - other]) : nullptr;
        const auto producer = bias != nullptr ? uses.producer(node.inputs[other]) : std::nullopt;
        if (producer && uses.count(node.inputs[other]) == 1) {
            Node& product = kept[place[*producer]];
            const auto columns = columns_to_add_to(graph, product);
            if (columns && bias->dtype() == DType::float32 && bias->shape() == Shape{*columns}) {
                product.inputs.push_back(node.inputs[1 - other]);
                if (product.op_type == "Gemm") {
                    product.attributes.insert_or_assign("beta", 1.0F);
                }
                product.outputs[0] = node.outputs[0];
                place[i] = place[*producer];
                continue;
            }
        }
        place[i] = kept.size();
        kept.push_back(std::move(node));
    }
    graph.nodes = std::move(kept);
}

}  // namespace onecnn::core
