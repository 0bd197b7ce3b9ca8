// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "graph/attributes.h"
#include "graph/uses.h"
#include "passes/passes.h"
#include "runtime/error.h"

namespace onecnn::core {

namespace {

/// BatchNormalization as y = scale · x + shift, one of each a channel.
struct Affine {
    std::vector<float> scale;
    std::vector<float> shift;
};

std::optional<Affine> as_affine(const Graph& graph, const Node& node) {
    std::array<const Tensor*, 4> parameters{};  // scale, bias, mean, variance
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        parameters[i] = node.inputs.size() == 5 ? graph.constant(node.inputs[i + 1]) : nullptr;
        if (parameters[i] == nullptr || parameters[i]->dtype() != DType::float32 ||
            parameters[i]->shape() != Shape{parameters[0]->size()} || parameters[0]->size() == 0) {
            return std::nullopt;
        }
    }
    if (attribute<std::int64_t>(node, "training_mode", 0) != 0 || node.outputs.size() != 1) {
        return std::nullopt;
    }
    const double epsilon = static_cast<double>(attribute<float>(node, "epsilon", 1e-5F));
    Affine affine;
    for (std::size_t i = 0; i < parameters[0]->as<float>().size(); ++i) {
        const auto value = [&](std::size_t parameter) {
            return static_cast<double>(parameters[parameter]->as<float>()[i]);
        };
        const double scale = value(0) / std::sqrt(value(3) + epsilon);
        affine.scale.push_back(static_cast<float>(scale));
        affine.shift.push_back(static_cast<float>(value(1) - value(2) * scale));
    }
    return affine;
}

bool takes_affine(const Graph& graph, const Node& conv, std::size_t channels) {
    if (!conv.domain.empty() || conv.op_type != "Conv" || conv.inputs.size() < 2 || conv.activation) {
        return false;
    }
    const Tensor* weights = graph.constant(conv.inputs[1]);
    if (weights == nullptr || weights->dtype() != DType::float32 || weights->shape().empty() ||
        weights->shape()[0] != static_cast<std::int64_t>(channels)) {
        return false;
    }
    if (conv.inputs.size() < 3 || conv.inputs[2] == ValueId::none) {
        return true;
    }
    const Tensor* bias = graph.constant(conv.inputs[2]);
    return bias != nullptr && bias->dtype() == DType::float32 && bias->size() == static_cast<std::int64_t>(channels);
}

void absorb(Graph& graph, Node& conv, const Affine& affine) {
    const Tensor& old_weights = *graph.constant(conv.inputs[1]);
    Tensor weights(DType::float32, old_weights.shape());
    const std::size_t channels = affine.scale.size();
    const auto from = old_weights.as<float>();
    const auto to = weights.as<float>();
    const std::size_t filter = from.size() / channels;
    for (std::size_t channel = 0; channel < channels; ++channel) {
        const auto begin = from.begin() + static_cast<std::ptrdiff_t>(channel * filter);
        std::transform(begin, begin + static_cast<std::ptrdiff_t>(filter),
                       to.begin() + static_cast<std::ptrdiff_t>(channel * filter),
                       [scale = affine.scale[channel]](float weight) { return weight * scale; });
    }
    Tensor bias = Tensor::from(std::span<const float>(affine.shift));
    conv.inputs.resize(3, ValueId::none);
    if (const Tensor* old_bias = graph.constant(conv.inputs[2])) {
        for (std::size_t i = 0; i < channels; ++i) {
            bias.as<float>()[i] += old_bias->as<float>()[i] * affine.scale[i];
        }
    }
    conv.inputs[1] = graph.add_constant(concat(conv.name, ".weight"), std::move(weights));
    conv.inputs[2] = graph.add_constant(concat(conv.name, ".bias"), std::move(bias));
}

}  // namespace

void fold_batch_norm(Graph& graph) {
    const Uses uses(graph);
    std::vector<Node> kept;
    std::vector<std::size_t> place(graph.nodes.size());  // of each node in `kept`
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        Node& node = graph.nodes[i];
        if (node.domain.empty() && node.op_type == "BatchNormalization") {
            const auto affine = as_affine(graph, node);
            const auto producer = uses.producer(node.inputs[0]);
            if (affine && producer && uses.count(node.inputs[0]) == 1) {
                Node& conv = kept[place[*producer]];
                if (takes_affine(graph, conv, affine->scale.size())) {
                    absorb(graph, conv, *affine);
                    conv.outputs[0] = node.outputs[0];
                    continue;
                }
            }
        }
        place[i] = kept.size();
        kept.push_back(std::move(node));
    }
    graph.nodes = std::move(kept);
}

}  // namespace onecnn::core
