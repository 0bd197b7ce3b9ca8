// SPDX-License-Identifier: Apache-2.0
#include "passes/affine.h"

#include <array>
#include <cmath>
#include <string_view>

#include "graph/attributes.h"

namespace onecnn::core {

namespace {

const Tensor* float_constant(const Graph& graph, ValueId id) {
    const Tensor* tensor = graph.constant(id);
    return tensor != nullptr && tensor->dtype() == DType::float32 ? tensor : nullptr;
}

std::optional<Affine> as_batch_norm(const Graph& graph, const Node& node, std::size_t channels) {
    std::array<std::span<const float>, 4> parameters;  // scale, bias, mean, variance
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const Tensor* tensor = node.inputs.size() == 5 ? float_constant(graph, node.inputs[i + 1]) : nullptr;
        if (tensor == nullptr || tensor->shape() != Shape{static_cast<std::int64_t>(channels)}) {
            return std::nullopt;
        }
        parameters[i] = tensor->as<float>();
    }
    if (attribute<std::int64_t>(node, "training_mode", 0) != 0 || node.outputs.size() != 1) {
        return std::nullopt;
    }
    const double epsilon = static_cast<double>(attribute<float>(node, "epsilon", 1e-5F));
    Affine affine;
    for (std::size_t i = 0; i < channels; ++i) {
        const auto value = [&](std::size_t parameter) { return static_cast<double>(parameters[parameter][i]); };
        const double scale = value(0) / std::sqrt(value(3) + epsilon);
        affine.scale.push_back(static_cast<float>(scale));
        affine.shift.push_back(static_cast<float>(value(1) - value(2) * scale));
    }
    return affine;
}

/// A constant operand, broadcast, as one element a channel.
std::optional<std::vector<float>> a_channel_each(const Tensor& tensor, std::size_t rank, std::size_t channels) {
    const Shape& shape = tensor.shape();
    if (rank < 2 || shape.size() > rank) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const bool channel = rank - shape.size() + i == 1;
        if (shape[i] != 1 && !(channel && shape[i] == static_cast<std::int64_t>(channels))) {
            return std::nullopt;
        }
    }
    const auto elements = tensor.as<float>();
    if (elements.size() == channels) {
        return std::vector<float>(elements.begin(), elements.end());
    }
    return elements.size() == 1 ? std::optional(std::vector<float>(channels, elements[0])) : std::nullopt;
}

/// What `op_type` does to its other operand, the constant being its second one, or its first.
std::optional<Affine> as_binary(std::string_view op_type, const std::vector<float>& constant, bool first) {
    Affine affine{std::vector<float>(constant.size(), 1), std::vector<float>(constant.size(), 0)};
    for (std::size_t i = 0; i < constant.size(); ++i) {
        if (op_type == "Mul") {
            affine.scale[i] = constant[i];
        } else if (op_type == "Add") {
            affine.shift[i] = constant[i];
        } else if (op_type == "Sub") {
            affine.scale[i] = first ? -1.0F : 1.0F;
            affine.shift[i] = first ? constant[i] : -constant[i];
        } else if (op_type == "Div" && !first && std::isfinite(1 / constant[i])) {
            affine.scale[i] = 1 / constant[i];
        } else {
            return std::nullopt;
        }
    }
    return affine;
}

}  // namespace

std::optional<AffineNode> as_affine(const Graph& graph, const Node& node, std::size_t rank, std::size_t channels) {
    if (!node.domain.empty() || channels == 0) {
        return std::nullopt;
    }
    if (node.op_type == "BatchNormalization") {
        auto affine = as_batch_norm(graph, node, channels);
        return affine ? std::optional(AffineNode{node.inputs[0], *std::move(affine)}) : std::nullopt;
    }
    if (node.inputs.size() != 2) {
        return std::nullopt;
    }
    const bool first = graph.constant(node.inputs[0]) != nullptr;
    const Tensor* tensor = float_constant(graph, node.inputs[first ? 0 : 1]);
    const auto constant = tensor == nullptr ? std::nullopt : a_channel_each(*tensor, rank, channels);
    auto affine = constant ? as_binary(node.op_type, *constant, first) : std::nullopt;
    return affine ? std::optional(AffineNode{node.inputs[first ? 1 : 0], *std::move(affine)}) : std::nullopt;
}

}  // namespace onecnn::core
