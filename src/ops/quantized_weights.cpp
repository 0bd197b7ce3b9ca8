// SPDX-License-Identifier: Apache-2.0
#include "ops/quantized_weights.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace onecnn::core {

namespace {

bool all_zero(const Tensor& zeros) {
    return std::all_of(zeros.data(), zeros.data() + zeros.bytes(), [](std::byte x) { return x == std::byte{0}; });
}

/// As [filters, ...] without zero points. Nothing where an element does not fit.
template <typename T>
std::optional<Tensor> plain(const Tensor& weights, const Tensor* zeros, std::size_t axis) {
    using Limits = std::numeric_limits<std::int8_t>;
    const auto filters = static_cast<std::size_t>(weights.shape()[axis]);
    const auto from = weights.as<T>();
    const std::size_t filter = from.size() / filters;
    Shape shape = weights.shape();
    std::swap(shape[0], shape[axis]);
    Tensor result(DType::int8, std::move(shape));
    for (std::size_t j = 0; j < filters; ++j) {
        int zero = 0;
        if (zeros != nullptr) {
            zero = zeros->as<T>()[zeros->size() == 1 ? 0 : j];
        }
        for (std::size_t i = 0; i < filter; ++i) {
            const int value = from[axis == 0 ? j * filter + i : i * filters + j] - zero;
            if (value < Limits::min() || value > Limits::max()) {
                return std::nullopt;
            }
            result.as<std::int8_t>()[j * filter + i] = static_cast<std::int8_t>(value);
        }
    }
    return result;
}

bool one_or(const Tensor& tensor, std::int64_t count) { return tensor.size() == 1 || tensor.size() == count; }

}  // namespace

std::optional<QuantizedWeights> QuantizedWeights::of(const LowerContext& context, const Inputs& inputs,
                                                     std::size_t axis) {
    const Tensor* const weights = context.constant(inputs.weights);
    const Tensor* const scale = context.constant(inputs.scale);
    const bool has_zeros = context.has_input(inputs.zero);
    const Tensor* const zeros = has_zeros ? context.constant(inputs.zero) : nullptr;
    if (weights == nullptr || weights->size() == 0 || weights->shape().size() <= axis ||
        (axis == 1 && weights->shape().size() != 2) || scale == nullptr || scale->dtype() != DType::float32 ||
        (has_zeros && zeros == nullptr)) {
        return std::nullopt;
    }
    const std::int64_t filters = weights->shape()[axis];
    if (!one_or(*scale, filters) || (has_zeros && !one_or(*zeros, filters))) {
        return std::nullopt;
    }
    const bool is_signed = weights->dtype() == DType::int8;
    if (is_signed && axis == 0 && (zeros == nullptr || all_zero(*zeros))) {
        return QuantizedWeights(*weights, *scale);
    }
    auto made = is_signed ? plain<std::int8_t>(*weights, zeros, axis) : plain<std::uint8_t>(*weights, zeros, axis);
    return made ? std::optional(QuantizedWeights(*std::move(made), *scale)) : std::nullopt;
}

std::vector<std::int32_t> QuantizedWeights::bias(const Tensor* bias, std::int32_t source_zero) const {
    const auto filters = static_cast<std::size_t>(tensor_.shape()[0]);
    const auto weights = values();
    const std::size_t filter = weights.size() / filters;
    std::vector<std::int32_t> result;
    for (std::size_t j = 0; j < filters; ++j) {
        // Sums wrap around in 32 bits.
        auto sum = bias == nullptr ? 0U : static_cast<std::uint32_t>(bias->as<std::int32_t>()[j]);
        for (const std::int8_t weight : weights.subspan(j * filter, filter)) {
            sum -= static_cast<std::uint32_t>(weight * source_zero);
        }
        result.push_back(static_cast<std::int32_t>(sum));
    }
    return result;
}

std::vector<float> QuantizedWeights::scales(float source, float result) const {
    const auto scales = scales_.as<float>();
    std::vector<float> all;
    for (std::size_t j = 0; j < static_cast<std::size_t>(tensor_.shape()[0]); ++j) {
        all.push_back(source * scales[scales.size() == 1 ? 0 : j] / result);
    }
    return all;
}

}  // namespace onecnn::core
