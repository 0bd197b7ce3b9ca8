// SPDX-License-Identifier: Apache-2.0
#include "kernels/epilogue.h"

#include <cmath>
#include <numbers>
#include <string_view>

#include "graph/bounds.h"
#include "kernels/float_isa.h"
#include "kernels/float_math.h"
#include "runtime/error.h"

namespace onecnn::core {

namespace {

template <typename Function>
void each(float* y, std::int64_t count, Function function) {
    for (std::int64_t i = 0; i < count; ++i) {
        y[i] = function(y[i]);
    }
}

// In plain C++.

void leaky_relu(float* y, std::int64_t count, float alpha) {
    each(y, count, [alpha](float x) { return float_math::select(x > 0, x, alpha * x); });
}

void sigmoid(float* y, std::int64_t count, float) {
    each(y, count, [](float x) { return float_math::sigmoid(x); });
}

void tangent(float* y, std::int64_t count, float) {
    each(y, count, [](float x) { return std::tanh(x); });
}

void swish(float* y, std::int64_t count, float alpha) {
    each(y, count, [alpha](float x) { return x * float_math::sigmoid(alpha * x); });
}

void hard_swish(float* y, std::int64_t count, float) {
    each(y, count, [](float x) { return x * float_math::clamp(x / 6 + 0.5F, 0.0F, 1.0F); });
}

void gelu(float* y, std::int64_t count, float) {
    constexpr float factor = 1 / std::numbers::sqrt2_v<float>;
    each(y, count, [](float x) { return x / 2 * (1 + float_math::erf(x * factor)); });
}

constexpr Activations portable{leaky_relu, sigmoid, swish, hard_swish, gelu};

const Activations& activations() {
    const FloatIsa* const isa = float_isa();
    return isa == nullptr ? portable : *isa->activations;
}

}  // namespace

Epilogue::Epilogue(const std::optional<Activation>& activation) {
    if (const auto bounds = as_bounds(activation)) {
        low_ = bounds->low;
        high_ = bounds->high;
        return;
    }
    alpha_ = activation->alpha;
    const std::string_view op = activation->op_type;
    if (op == "LeakyRelu") {
        rest_ = activations().leaky_relu;
    } else if (op == "Sigmoid") {
        rest_ = activations().sigmoid;
    } else if (op == "Tanh") {
        rest_ = tangent;
    } else if (op == "Swish") {
        rest_ = activations().swish;
    } else if (op == "HardSwish") {
        rest_ = activations().hard_swish;
    } else if (op == "Gelu") {
        rest_ = activations().gelu;
    } else {
        fail(ErrorCode::internal, "there is no activation ", op);
    }
}

void Epilogue::apply(float* y, std::int64_t stride, std::int64_t rows, std::int64_t columns) const {
    if (rest_ == nullptr) {
        return;
    }
    for (std::int64_t row = 0; row < rows; ++row) {
        rest_(y + row * stride, columns, alpha_);
    }
}

}  // namespace onecnn::core
