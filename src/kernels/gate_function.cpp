// SPDX-License-Identifier: Apache-2.0
#include "kernels/gate_function.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace onecnn::core {

std::optional<GateFunction> find_gate_function(std::string_view name) {
    using enum GateFunction::Kind;
    static constexpr std::array<std::pair<std::string_view, GateFunction>, 11> functions{{
        {"Relu", {relu}},
        {"Tanh", {tanh}},
        {"Sigmoid", {sigmoid}},
        {"Affine", {affine, true, true, 1, 0}},
        {"LeakyRelu", {leaky_relu, true, false, 0.01, 0}},
        {"ThresholdedRelu", {thresholded_relu, true, false, 1, 0}},
        {"ScaledTanh", {scaled_tanh, true, true, 1, 1}},
        {"HardSigmoid", {hard_sigmoid, true, true, 0.2, 0.5}},
        {"Elu", {elu, true, false, 1, 0}},
        {"Softsign", {softsign}},
        {"Softplus", {softplus}},
    }};
    const auto* const found = std::ranges::find(functions, name, &std::pair<std::string_view, GateFunction>::first);
    return found == functions.end() ? std::nullopt : std::optional(found->second);
}

template <typename T>
void apply(const GateFunction& function, T* x, std::int64_t count) {
    const auto alpha = static_cast<T>(function.alpha);
    const auto beta = static_cast<T>(function.beta);
    const auto each = [&](auto&& f) { std::transform(x, x + count, x, f); };
    using enum GateFunction::Kind;
    switch (function.kind) {
        case relu: return each([](T v) { return std::max(v, T{0}); });
        case tanh: return each([](T v) { return std::tanh(v); });
        case sigmoid: return each([](T v) { return 1 / (1 + std::exp(-v)); });
        case affine: return each([=](T v) { return alpha * v + beta; });
        case leaky_relu: return each([=](T v) { return v >= 0 ? v : alpha * v; });
        case thresholded_relu: return each([=](T v) { return v >= alpha ? v : T{0}; });
        case scaled_tanh: return each([=](T v) { return alpha * std::tanh(beta * v); });
        case hard_sigmoid: return each([=](T v) { return std::min(std::max(alpha * v + beta, T{0}), T{1}); });
        case elu: return each([=](T v) { return v >= 0 ? v : alpha * std::expm1(v); });
        case softsign: return each([](T v) { return v / (1 + std::abs(v)); });
        case softplus: return each([](T v) { return std::max(v, T{0}) + std::log1p(std::exp(-std::abs(v))); });
    }
}

template void apply(const GateFunction&, float*, std::int64_t);
template void apply(const GateFunction&, double*, std::int64_t);

}  // namespace onecnn::core
