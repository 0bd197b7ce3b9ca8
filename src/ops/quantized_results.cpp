// SPDX-License-Identifier: Apache-2.0
#include "ops/quantized_results.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "graph/bounds.h"

namespace onecnn::core {

namespace {

/// Whole numbers, less the zero point.
struct QuantizedBounds {
    float low;
    float high;
};

/// A whole number: where the quantised activation clamps; rounding keeps the order, so that clamping may come after it.
float quantized(float value, float scale) {
    constexpr float beyond = 512;
    const float quotient = value / scale;
    return std::isnan(quotient) ? 0 : std::nearbyint(std::clamp(quotient, -beyond, beyond));
}

QuantizedBounds quantized_bounds(const ByteQuantization& y, const std::optional<Activation>& activation) {
    constexpr float most = 255;
    constexpr float infinity = std::numeric_limits<float>::infinity();
    const auto zero = static_cast<float>(y.zero);
    const auto within = [&](float bound) { return std::clamp(quantized(bound, y.scale), -zero, most - zero); };
    const auto bounds = as_bounds(activation).value();
    return {bounds.low == -infinity ? -zero : within(bounds.low),
            bounds.high == infinity ? most - zero : within(bounds.high)};
}

}  // namespace

std::optional<ByteQuantization> byte_quantization(const LowerContext& context, std::size_t scale, std::size_t zero,
                                                  DType dtype) {
    const Tensor* const scales = context.constant(scale);
    if (scales == nullptr || scales->dtype() != DType::float32 || scales->size() != 1) {
        return std::nullopt;
    }
    const bool is_signed = dtype == DType::int8;
    ByteQuantization result{scales->as<float>()[0], is_signed ? 128 : 0,
                            static_cast<std::uint8_t>(is_signed ? 0x80 : 0)};
    if (!context.has_input(zero)) {
        return result;
    }
    const Tensor* const zeros = context.constant(zero);
    if (zeros == nullptr || zeros->dtype() != dtype || zeros->size() != 1) {
        return std::nullopt;
    }
    result.zero += is_signed ? zeros->as<std::int8_t>()[0] : zeros->as<std::uint8_t>()[0];
    return result;
}

Requantization stored_as(const ByteQuantization& y, const std::optional<Activation>& activation) {
    const auto [low, high] = quantized_bounds(y, activation);
    return {.bias = nullptr, .scale = nullptr, .low = low, .high = high, .zero = y.zero, .flip = y.flip};
}

Requantization stored_as(const ByteQuantization& y, const ByteQuantization& addend, const ByteQuantization& sum,
                         const std::optional<Activation>& activation) {
    Requantization result = stored_as(sum, activation);
    result.has_addend = true;
    result.sum_low = result.low;
    result.sum_high = result.high;
    const QuantizedBounds first = quantized_bounds(y, std::nullopt);
    result.low = first.low;
    result.high = first.high;
    result.kept = y.scale / sum.scale;
    result.added = addend.scale / sum.scale;
    result.offset = -static_cast<float>(addend.zero) * result.added;
    result.addend_flip = addend.flip;
    return result;
}

}  // namespace onecnn::core
