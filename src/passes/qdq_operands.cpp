// SPDX-License-Identifier: Apache-2.0
#include "passes/qdq_operands.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "graph/attributes.h"
#include "runtime/error.h"

namespace onecnn::core {

namespace {

bool is_positive(const Tensor& scales) {
    return std::ranges::all_of(scales.as<float>(), [](float x) { return x > 0 && std::isfinite(x); });
}

bool all_are(const Tensor& zeros, int zero) {
    if (zeros.dtype() == DType::int8) {
        return std::ranges::all_of(zeros.as<std::int8_t>(), [=](int x) { return x == zero; });
    }
    return std::ranges::all_of(zeros.as<std::uint8_t>(), [=](int x) { return x == zero; });
}

/// The bias as floats: given so, or dequantised.
std::optional<std::vector<float>> float_bias(const Graph& graph, const Node* dequantize, ValueId id) {
    if (dequantize == nullptr) {
        const Tensor* const bias = graph.constant(id);
        // Of more dimensions it may be a column, which adds to rows.
        if (bias == nullptr || bias->dtype() != DType::float32 || bias->shape().size() != 1) {
            return std::nullopt;
        }
        return std::vector<float>(bias->as<float>().begin(), bias->as<float>().end());
    }
    const Tensor* const bias = graph.constant(dequantize->inputs[0]);
    const Tensor* const scale = graph.constant(dequantize->inputs[1]);
    const Tensor* const zero = dequantize->inputs.size() > 2 ? graph.constant(dequantize->inputs[2]) : nullptr;
    if (bias == nullptr || bias->dtype() != DType::int32 || scale == nullptr || scale->dtype() != DType::float32 ||
        bias->shape().size() != 1 || (scale->size() != 1 && scale->shape() != bias->shape()) ||
        (zero != nullptr && !std::ranges::all_of(zero->as<std::int32_t>(), [](std::int32_t x) { return x == 0; }))) {
        return std::nullopt;
    }
    std::vector<float> values;
    for (std::size_t i = 0; i < bias->as<std::int32_t>().size(); ++i) {
        values.push_back(static_cast<float>(bias->as<std::int32_t>()[i]) *
                         scale->as<float>()[scale->size() == 1 ? 0 : i]);
    }
    return values;
}

}  // namespace

const Node* QdqOperands::producer(ValueId id, const char* op_type) const {
    const auto index = id == ValueId::none ? std::nullopt : uses_.producer(id);
    const Node* const node = index ? &graph_.nodes[*index] : nullptr;
    return node != nullptr && node->domain.empty() && node->op_type == op_type ? node : nullptr;
}

const Node* QdqOperands::only_read_here(ValueId id) const {
    const auto index = uses_.producer(id);
    return index && uses_.count(id) == 1 ? &graph_.nodes[*index] : nullptr;
}

std::optional<Quantization> QdqOperands::quantization(const Node& node) const {
    const bool plain = node.inputs.size() == 3 && attribute<std::int64_t>(node, "block_size", 0) == 0 &&
                       attribute<std::int64_t>(node, "precision", 0) == 0 &&
                       attribute<std::int64_t>(node, "output_dtype", 0) == 0;
    if (!plain) {
        return std::nullopt;
    }
    const Tensor* const scale = graph_.constant(node.inputs[1]);
    const Tensor* const zero = graph_.constant(node.inputs[2]);
    const bool constant = scale != nullptr && zero != nullptr && scale->size() == 1 && zero->size() == 1 &&
                          scale->dtype() == DType::float32 && is_positive(*scale) &&
                          (zero->dtype() == DType::int8 || zero->dtype() == DType::uint8);
    return constant ? std::optional(Quantization{node.inputs[1], node.inputs[2]}) : std::nullopt;
}

std::optional<Dequantized> QdqOperands::dequantized(ValueId id) const {
    const Node* const node = producer(id, "DequantizeLinear");
    const auto quantization = node != nullptr ? this->quantization(*node) : std::nullopt;
    return quantization ? std::optional(Dequantized{node->inputs[0], *quantization}) : std::nullopt;
}

std::optional<DequantizedWeights> QdqOperands::weights(ValueId id, std::int64_t axis) const {
    const Node* const node = producer(id, "DequantizeLinear");
    if (node == nullptr || attribute<std::int64_t>(*node, "block_size", 0) != 0 ||
        attribute<std::int64_t>(*node, "output_dtype", 0) != 0) {
        return std::nullopt;
    }
    const Tensor* const weights = graph_.constant(node->inputs[0]);
    const Tensor* const scale = graph_.constant(node->inputs[1]);
    if (weights == nullptr || scale == nullptr || scale->dtype() != DType::float32 || !is_positive(*scale) ||
        (weights->dtype() != DType::int8 && weights->dtype() != DType::uint8)) {
        return std::nullopt;
    }
    const ValueId zero_id = node->inputs.size() > 2 ? node->inputs[2] : ValueId::none;
    const Tensor* const zero = graph_.constant(zero_id);
    const bool is_signed = weights->dtype() == DType::int8;
    if ((zero_id != ValueId::none || !is_signed) &&
        (zero == nullptr || zero->dtype() != weights->dtype() || zero->shape() != scale->shape() ||
         !all_are(*zero, is_signed ? 0 : 128))) {
        return std::nullopt;
    }
    const std::size_t rank = weights->shape().size();
    if (rank < 2 || weights->size() == 0) {
        return std::nullopt;
    }
    const std::int64_t filters = weights->shape()[static_cast<std::size_t>(axis)];
    if (scale->size() != 1 &&
        (scale->shape() != Shape{filters} || normalized_axis(attribute<std::int64_t>(*node, "axis", 1), rank,
                                                             describe(*node)) != static_cast<std::size_t>(axis))) {
        return std::nullopt;
    }
    return DequantizedWeights{node->inputs[0], node->inputs[1], zero_id, rank, filters};
}

ValueId QdqOperands::transposed(ValueId weights) {
    const Tensor& from = *graph_.constant(weights);
    const auto rows = static_cast<std::size_t>(from.shape()[0]);
    const auto columns = static_cast<std::size_t>(from.shape()[1]);
    Tensor to(from.dtype(), {from.shape()[1], from.shape()[0]});
    for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < columns; ++j) {
            to.data()[j * rows + i] = from.data()[i * columns + j];
        }
    }
    return graph_.add_constant(concat(graph_.value(weights).name, ".transposed"), std::move(to));
}

std::optional<ValueId> QdqOperands::bias(ValueId id, const Quantization& x, const DequantizedWeights& w) {
    const auto values = float_bias(graph_, producer(id, "DequantizeLinear"), id);
    if (!values || static_cast<std::int64_t>(values->size()) != w.filters) {
        return std::nullopt;
    }
    const double x_scale = static_cast<double>(graph_.constant(x.scale)->as<float>()[0]);
    const auto scales = graph_.constant(w.scale)->as<float>();
    std::vector<std::int32_t> whole;
    for (std::size_t i = 0; i < values->size(); ++i) {
        constexpr double most = 0x1p30;
        const double scale = x_scale * static_cast<double>(scales[scales.size() == 1 ? 0 : i]);
        const double units = std::nearbyint(static_cast<double>((*values)[i]) / scale);
        if (!(std::abs(units) < most)) {
            return std::nullopt;
        }
        whole.push_back(static_cast<std::int32_t>(units));
    }
    return graph_.add_constant(concat(graph_.value(id).name, ".units"),
                               Tensor::from(std::span<const std::int32_t>(whole)));
}

bool QdqOperands::same(const Quantization& a, const Quantization& b) const {
    const auto equal = [&](ValueId left, ValueId right) {
        const Tensor& first = *graph_.constant(left);
        const Tensor& second = *graph_.constant(right);
        return first.dtype() == second.dtype() && first.bytes() == second.bytes() &&
               std::memcmp(first.data(), second.data(), first.bytes()) == 0;
    };
    return equal(a.scale, b.scale) && equal(a.zero, b.zero);
}

}  // namespace onecnn::core
