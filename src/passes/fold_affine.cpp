// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "graph/attributes.h"
#include "graph/uses.h"
#include "passes/affine.h"
#include "passes/passes.h"
#include "runtime/error.h"

namespace onecnn::core {

namespace {

bool is(const Node& node, std::string_view op_type) { return node.domain.empty() && node.op_type == op_type; }

/// The size of a float32 constant; nothing for others.
std::optional<std::size_t> float_count(const Graph& graph, ValueId id) {
    const Tensor* tensor = graph.constant(id);
    return tensor != nullptr && tensor->dtype() == DType::float32 ? std::optional(tensor->as<float>().size())
                                                                  : std::nullopt;
}

/// The channels of a node whose constants can take in what follows it; nothing for other nodes.
std::optional<std::size_t> channels_to_fold_into(const Graph& graph, const Node& node) {
    if (node.activation) {
        return std::nullopt;
    }
    if (is(node, "BatchNormalization")) {
        const auto channels = float_count(graph, node.inputs[1]);
        return channels && as_affine(graph, node, 2, *channels) ? channels : std::nullopt;
    }
    const bool transposed = is(node, "ConvTranspose") && attribute<std::int64_t>(node, "group", 1) == 1;
    if ((!is(node, "Conv") && !transposed) || !float_count(graph, node.inputs[1]) ||
        graph.constant(node.inputs[1])->shape().size() < 3) {
        return std::nullopt;
    }
    const auto channels = static_cast<std::size_t>(graph.constant(node.inputs[1])->shape()[transposed ? 1 : 0]);
    const bool biased = node.inputs.size() > 2 && node.inputs[2] != ValueId::none;
    return channels > 0 && (!biased || float_count(graph, node.inputs[2]) == channels) ? std::optional(channels)
                                                                                       : std::nullopt;
}

/// to = from times the scale of the channel that each part belongs to, of which there are `rounds` for each channel.
void multiply(std::span<const float> from, std::size_t rounds, const std::vector<float>& scale, std::span<float> to) {
    const std::size_t parts = rounds * scale.size();
    const std::size_t size = from.size() / std::max<std::size_t>(parts, 1);
    for (std::size_t part = 0; part < parts; ++part) {
        std::ranges::transform(from.subspan(part * size, size), to.begin() + static_cast<std::ptrdiff_t>(part * size),
                               [factor = scale[part % scale.size()]](float weight) { return weight * factor; });
    }
}

/// A constant multiplied so; in place where no other node and nobody outside the graph reads it, as weights are large.
ValueId scaled(Graph& graph, std::string name, ValueId constant, bool read_once, std::size_t rounds,
               const std::vector<float>& scale) {
    Tensor& old = *graph.value(constant).constant;
    if (read_once && old.exclusive()) {
        multiply(old.as<float>(), rounds, scale, old.as<float>());
        return constant;
    }
    Tensor made(DType::float32, old.shape());
    multiply(old.as<float>(), rounds, scale, made.as<float>());
    return graph.add_constant(std::move(name), std::move(made));
}

/// The function of a bias, or of zeros.
ValueId moved(Graph& graph, std::string name, ValueId bias, const Affine& affine) {
    Tensor made = Tensor::from(std::span<const float>(affine.shift));
    if (const Tensor* old = graph.constant(bias)) {
        for (std::size_t i = 0; i < affine.shift.size(); ++i) {
            made.as<float>()[i] += old->as<float>()[i] * affine.scale[i];
        }
    }
    return graph.add_constant(std::move(name), std::move(made));
}

void fold_into(Graph& graph, const Uses& uses, Node& node, const Affine& affine) {
    // BatchNormalization's scale and bias lie where Conv's weights and bias do.
    node.inputs.resize(std::max<std::size_t>(node.inputs.size(), 3), ValueId::none);
    // ConvTranspose has the filters of each of its channels.
    const bool transposed = node.op_type == "ConvTranspose";
    const auto rounds = transposed ? static_cast<std::size_t>(graph.constant(node.inputs[1])->shape()[0]) : 1;
    node.inputs[1] = scaled(graph, concat(node.name, ".weight"), node.inputs[1], uses.count(node.inputs[1]) <= 1,
                            rounds, affine.scale);
    node.inputs[2] = moved(graph, concat(node.name, ".bias"), node.inputs[2], affine);
}

/// The variable operand of a node that may be affine.
ValueId operand(const Graph& graph, const Node& node) {
    const bool binary = is(node, "Mul") || is(node, "Add") || is(node, "Sub") || is(node, "Div");
    if (!binary && !is(node, "BatchNormalization")) {
        return ValueId::none;
    }
    return node.inputs[binary && graph.constant(node.inputs[0]) != nullptr ? 1 : 0];
}

/// The ranks of values, as far as declarations and operators tell without shapes; 0 where they do not.
class Ranks {
public:
    explicit Ranks(const Graph& graph) : graph_(graph), ranks_(graph.value_count(), 0) {
        for (std::size_t i = 0; i < ranks_.size(); ++i) {
            const auto& shape = graph.value(static_cast<ValueId>(i)).type.shape;
            ranks_[i] = shape ? shape->size() : 0;
        }
    }

    [[nodiscard]] std::size_t of(ValueId id) const {
        return id == ValueId::none ? 0 : ranks_[static_cast<std::size_t>(id)];
    }

    /// Goes on to a node's result.
    void add(const Node& node) {
        constexpr std::array<std::string_view, 11> keep{
            "AveragePool", "BatchNormalization", "Clip",    "Concat", "Dropout", "GlobalAveragePool",
            "LRN",         "LeakyRelu",          "MaxPool", "Relu",   "Sigmoid"};
        if (of(node.outputs[0]) != 0 || !node.domain.empty()) {
            return;
        }
        const Tensor* weights =
            is(node, "Conv") || is(node, "ConvTranspose") ? graph_.constant(node.inputs[1]) : nullptr;
        if (weights != nullptr) {
            set(node.outputs[0], weights->shape().size());
        } else if (std::ranges::find(keep, node.op_type) != keep.end()) {
            set(node.outputs[0], of(node.inputs[0]));
        }
    }

    void set(ValueId id, std::size_t rank) { ranks_[static_cast<std::size_t>(id)] = rank; }

private:
    const Graph& graph_;
    std::vector<std::size_t> ranks_;
};

/// Where a node's function can go, and as what.
struct Fold {
    std::size_t into;
    Affine function;
};

std::optional<Fold> fold_of(const Graph& graph, const Node& node, const Uses& uses, const Ranks& ranks,
                            const std::vector<std::size_t>& taker) {
    const ValueId x = operand(graph, node);
    const auto producer = x == ValueId::none ? std::nullopt : uses.producer(x);
    if (!producer || uses.count(x) != 1) {
        return std::nullopt;
    }
    const std::size_t into = taker[*producer];
    const auto channels = channels_to_fold_into(graph, graph.nodes[into]);
    auto affine = channels ? as_affine(graph, node, ranks.of(x), *channels) : std::nullopt;
    return affine ? std::optional(Fold{into, std::move(affine->function)}) : std::nullopt;
}

}  // namespace

void fold_affine(Graph& graph) {
    const Uses uses(graph);
    Ranks ranks(graph);
    std::vector<bool> gone(graph.nodes.size(), false);
    std::vector<std::size_t> taker(graph.nodes.size());  // the node that makes each node's result now
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        const Node& node = graph.nodes[i];
        const auto fold = fold_of(graph, node, uses, ranks, taker);
        taker[i] = fold ? fold->into : i;
        gone[i] = fold.has_value();
        if (fold) {
            ranks.set(node.outputs[0], ranks.of(operand(graph, node)));
            Node& into = graph.nodes[fold->into];
            into.outputs[0] = node.outputs[0];
            fold_into(graph, uses, into, fold->function);
        }
        ranks.add(node);
    }
    erase_nodes(graph.nodes, gone);
}

}  // namespace onecnn::core
