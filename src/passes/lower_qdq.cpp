// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "graph/attributes.h"
#include "graph/bounds.h"
#include "passes/activation.h"
#include "passes/passes.h"
#include "passes/qdq_operands.h"
#include "runtime/error.h"

namespace onecnn::core {

namespace {

/// What stands between DequantizeLinear and QuantizeLinear: an operator, and perhaps an activation behind it.
struct Between {
    const Node* node;
    std::optional<Activation> activation;
};

/// Rewrites node by node: what is lowered goes where its QuantizeLinear was, and what it replaces is left without a
/// reader.
class Lowering {
public:
    explicit Lowering(Graph& graph) : graph_(graph), operands_(graph) {}

    void run();

private:
    [[nodiscard]] std::optional<Node> lowered(const Node& quantize);
    [[nodiscard]] std::optional<Node> lowered(const Between& between, const Quantization& y);
    [[nodiscard]] std::optional<Node> conv(const Between& between, const Quantization& y);
    [[nodiscard]] std::optional<Node> product(const Between& between, const Quantization& y);
    [[nodiscard]] std::optional<Node> sum(const Between& between, const Quantization& y);
    [[nodiscard]] std::optional<Node> pool(const Between& between, const Quantization& y) const;
    [[nodiscard]] std::optional<Node> moved(const Between& between, const Quantization& y) const;

    Graph& graph_;
    QdqOperands operands_;
};

Node renamed(const Node& like, std::string op_type, std::string domain, std::vector<ValueId> inputs) {
    Node node;
    node.name = like.name;
    node.op_type = std::move(op_type);
    node.domain = std::move(domain);
    node.opset = like.opset;
    node.inputs = std::move(inputs);
    return node;
}

std::optional<Node> Lowering::conv(const Between& between, const Quantization& y) {
    const Node& node = *between.node;
    const auto x = operands_.dequantized(node.inputs[0]);
    const auto w = operands_.weights(node.inputs[1], 0);
    if (!x || !w || (w->rank != 3 && w->rank != 4)) {
        return std::nullopt;
    }
    Node result =
        renamed(node, "QLinearConv", "",
                {x->value, x->quantization.scale, x->quantization.zero, w->value, w->scale, w->zero, y.scale, y.zero});
    result.attributes = node.attributes;
    result.activation = between.activation;
    if (node.inputs.size() > 2 && node.inputs[2] != ValueId::none) {
        const auto bias = operands_.bias(node.inputs[2], x->quantization, *w);
        if (!bias) {
            return std::nullopt;
        }
        result.inputs.push_back(*bias);
    }
    return result;
}

/// Gemm, or MatMul with a matrix of weights.
std::optional<Node> Lowering::product(const Between& between, const Quantization& y) {
    const Node& node = *between.node;
    const bool gemm = node.op_type == "Gemm";
    const bool transposed = gemm && attribute<std::int64_t>(node, "transB", 0) != 0;
    if (gemm && (attribute<std::int64_t>(node, "transA", 0) != 0 || attribute<float>(node, "alpha", 1.0F) != 1.0F ||
                 attribute<float>(node, "beta", 1.0F) != 1.0F)) {
        return std::nullopt;
    }
    const auto a = operands_.dequantized(node.inputs[0]);
    const auto b = operands_.weights(node.inputs[1], transposed ? 0 : 1);
    if (!a || !b || b->rank != 2) {
        return std::nullopt;
    }
    Node result = renamed(node, "QuantizedProduct", "onecnn",
                          {a->value, a->quantization.scale, a->quantization.zero,
                           transposed ? b->value : operands_.transposed(b->value), b->scale, b->zero, y.scale, y.zero});
    result.activation = between.activation;
    if (node.inputs.size() > 2 && node.inputs[2] != ValueId::none) {
        const auto bias = operands_.bias(node.inputs[2], a->quantization, *b);
        if (!bias) {
            return std::nullopt;
        }
        result.inputs.push_back(*bias);
    }
    return result;
}

std::optional<Node> Lowering::sum(const Between& between, const Quantization& y) {
    const Node& node = *between.node;
    if (node.inputs.size() != 2) {
        return std::nullopt;
    }
    const auto a = operands_.dequantized(node.inputs[0]);
    const auto b = operands_.dequantized(node.inputs[1]);
    if (!a || !b) {
        return std::nullopt;
    }
    Node result = renamed(node, "QuantizedSum", "onecnn",
                          {a->value, a->quantization.scale, a->quantization.zero, b->value, b->quantization.scale,
                           b->quantization.zero, y.scale, y.zero});
    result.activation = between.activation;
    return result;
}

std::optional<Node> Lowering::pool(const Between& between, const Quantization& y) const {
    const Node& node = *between.node;
    const auto x = operands_.dequantized(node.inputs[0]);
    const auto kernel = find_attribute<std::vector<std::int64_t>>(node, "kernel_shape");
    if (!x || (kernel && kernel->size() > 2)) {
        return std::nullopt;
    }
    Node result = renamed(node, concat("Quantized", node.op_type), "onecnn",
                          {x->value, x->quantization.scale, x->quantization.zero, y.scale, y.zero});
    result.attributes = node.attributes;
    result.activation = between.activation;
    return result;
}

/// Operators that only move bytes, or compare them, do so with quantised values as with those that they stand for.
std::optional<Node> Lowering::moved(const Between& between, const Quantization& y) const {
    constexpr std::array<std::string_view, 8> movers{"Concat", "Flatten", "MaxPool",   "Reshape",
                                                     "Slice",  "Squeeze", "Transpose", "Unsqueeze"};
    const Node& node = *between.node;
    if (between.activation || node.outputs.size() != 1 || std::ranges::find(movers, node.op_type) == movers.end()) {
        return std::nullopt;
    }
    Node result = node;
    const std::size_t data = node.op_type == "Concat" ? node.inputs.size() : 1;
    for (std::size_t i = 0; i < data; ++i) {
        const auto x = operands_.dequantized(node.inputs[i]);
        if (!x || !operands_.same(x->quantization, y)) {
            return std::nullopt;
        }
        result.inputs[i] = x->value;
    }
    return result;
}

std::optional<Node> Lowering::lowered(const Node& quantize) {
    const auto y = operands_.quantization(quantize);
    Between between{y ? operands_.only_read_here(quantize.inputs[0]) : nullptr, std::nullopt};
    if (between.node == nullptr) {
        return std::nullopt;
    }
    if (auto activation = as_activation(graph_, *between.node); activation && as_bounds(activation)) {
        between = {operands_.only_read_here(between.node->inputs[0]), std::move(activation)};
    }
    if (between.node == nullptr || !between.node->domain.empty()) {
        return std::nullopt;
    }
    if (auto result = lowered(between, *y)) {
        result->outputs = quantize.outputs;
        return result;
    }
    return std::nullopt;
}

std::optional<Node> Lowering::lowered(const Between& between, const Quantization& y) {
    const std::string& op = between.node->op_type;
    if (op == "Conv") {
        return conv(between, y);
    }
    if (op == "Gemm" || op == "MatMul") {
        return product(between, y);
    }
    if (op == "Add" || op == "Sum") {
        return sum(between, y);
    }
    if (op == "AveragePool" || op == "GlobalAveragePool") {
        return pool(between, y);
    }
    return moved(between, y);
}

void Lowering::run() {
    std::vector<Node> nodes;
    for (const Node& node : graph_.nodes) {
        const bool quantizes = node.domain.empty() && node.op_type == "QuantizeLinear";
        auto better = quantizes ? lowered(node) : std::nullopt;
        nodes.push_back(better ? *std::move(better) : node);
    }
    graph_.nodes = std::move(nodes);
    remove_dead_nodes(graph_);
}

}  // namespace

void lower_qdq(Graph& graph) {
    const bool quantized = std::ranges::any_of(
        graph.nodes, [](const Node& node) { return node.domain.empty() && node.op_type == "QuantizeLinear"; });
    if (quantized) {
        Lowering(graph).run();
    }
}

}  // namespace onecnn::core
