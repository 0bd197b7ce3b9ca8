// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <concepts>
#include <numbers>
#include <string>

#include "graph/attributes.h"
#include "kernels/float_math.h"
#include "ops/elementwise.h"

namespace onecnn::core {

namespace {

using dnnl::algorithm;
using float_math::select;

constexpr auto relu = []<typename T>(T x) { return std::max(x, T{0}); };
constexpr auto leaky_relu = []<typename T>(T x, Parameters p) { return x * select(x < 0, T{p.alpha}, T{1}); };
constexpr auto thresholded_relu = []<typename T>(T x, Parameters p) { return x > p.alpha ? x : T{0}; };
constexpr auto logistic = [](auto x) { return float_math::sigmoid(x); };
constexpr auto tangent = [](auto x) { return std::tanh(x); };

constexpr auto elu = [](auto x, Parameters p) { return x > 0 ? x : p.alpha * std::expm1(x); };
constexpr auto selu = [](auto x, Parameters p) { return p.beta * (x > 0 ? x : p.alpha * std::expm1(x)); };
constexpr auto celu = [](auto x, Parameters p) { return x > 0 ? x : p.alpha * std::expm1(x / p.alpha); };

constexpr auto gelu = []<typename T>(T x) { return x / 2 * (1 + float_math::erf(x / std::numbers::sqrt2_v<T>)); };
constexpr auto gelu_by_tanh = []<typename T>(T x) {
    constexpr T factor = std::numbers::sqrt2_v<T> * std::numbers::inv_sqrtpi_v<T>;
    return x / 2 * (1 + std::tanh(factor * (x + static_cast<T>(0.044715) * x * x * x)));
};

constexpr auto hard_sigmoid = []<typename T>(T x, Parameters p) {
    return std::min(std::max(p.alpha * x + p.beta, T{0}), T{1});
};
constexpr auto hard_swish = [](auto x, Parameters p) { return x * hard_sigmoid(x, p); };
constexpr auto swish = [](auto x, Parameters p) { return x * float_math::sigmoid(p.alpha * x); };

constexpr auto softplus = [](auto x) { return float_math::softplus(x); };
constexpr auto softsign = [](auto x) { return x / (1 + std::abs(x)); };
constexpr auto mish = [](auto x) { return x * std::tanh(softplus(x)); };

constexpr auto shrink = []<typename T>(T x, Parameters p) {
    const T shrunk = x + select(x < -p.alpha, p.beta, -p.beta);
    return select(x < -p.alpha, shrunk, select(x > p.alpha, shrunk, T{0}));
};

float parameter(const LowerContext& context, std::string_view name, float fallback) {
    return attribute<float>(context.node(), name, fallback);
}

void lower_relu(LowerContext& context) {
    if (lower_bounds(context, {.low = 0})) {
        return;
    }
    if (context.dtype(0) == DType::float32) {
        return lower_eltwise(context, {algorithm::eltwise_relu});
    }
    lower_numeric<relu>(context);
}

/// A function with an attribute alpha.
template <auto function, algorithm with = algorithm::undef>
void lower_with_alpha(LowerContext& context, float fallback) {
    lower_floating(context, function, {parameter(context, "alpha", fallback)}, with);
}

void lower_leaky_relu(LowerContext& context) { lower_with_alpha<leaky_relu, algorithm::eltwise_relu>(context, 0.01F); }
void lower_thresholded_relu(LowerContext& context) { lower_with_alpha<thresholded_relu>(context, 1); }
void lower_elu(LowerContext& context) { lower_with_alpha<elu, algorithm::eltwise_elu>(context, 1); }
void lower_celu(LowerContext& context) { lower_with_alpha<celu>(context, 1); }
void lower_swish(LowerContext& context) { lower_with_alpha<swish, algorithm::eltwise_swish>(context, 1); }

void lower_selu(LowerContext& context) {
    lower_floating(context, selu,
                   {parameter(context, "alpha", 1.67326319217681884765625F),
                    parameter(context, "gamma", 1.05070102214813232421875F)});
}

void lower_hard_sigmoid(LowerContext& context) {
    lower_floating(context, hard_sigmoid, {parameter(context, "alpha", 0.2F), parameter(context, "beta", 0.5F)});
}

void lower_hard_swish(LowerContext& context) {
    lower_floating(context, hard_swish, {1.0F / 6, 0.5F}, algorithm::eltwise_hardswish);
}

std::string approximation(const Node& node) { return attribute<std::string>(node, "approximate", "none"); }

void infer_gelu(InferContext& context) {
    const std::string approximate = approximation(context.node());
    if (approximate != "none" && approximate != "tanh") {
        context.invalid("approximate is '", approximate, "', expected 'none' or 'tanh'");
    }
    infer_same<Elements::floating>(context);
}

void lower_gelu(LowerContext& context) {
    if (approximation(context.node()) == "tanh") {
        return lower_floating(context, gelu_by_tanh, {}, algorithm::eltwise_gelu_tanh);
    }
    lower_floating(context, gelu);
}

/// Integers are shrunk as doubles.
void lower_shrink(LowerContext& context) {
    const Parameters parameters{parameter(context, "lambd", 0.5F), parameter(context, "bias", 0)};
    if (computing_dtype(context.dtype(0)) == DType::float32) {
        return lower_unary(context, unary_kernel<float, float>(shrink), parameters);
    }
    lower_unary(context, unary_kernel<double, double>(shrink), parameters);
}

constexpr auto infer_float = infer_same<Elements::floating>;
constexpr auto infer_number = infer_same<Elements::number>;
constexpr auto infer_signed = infer_same<Elements::signed_number>;
constexpr auto lower_logistic = lower_function<logistic, algorithm::eltwise_logistic>;
constexpr auto lower_tanh = lower_function<tangent, algorithm::eltwise_tanh>;

const Registration relu_of{{"", "Relu", 1, 1, 1, {}, infer_signed, lower_relu}};
const Registration leaky_relu_of{{"", "LeakyRelu", 1, 1, 1, {}, infer_float, lower_leaky_relu}};
const Registration thresholded_of{{"", "ThresholdedRelu", 1, 1, 1, {}, infer_float, lower_thresholded_relu}};
const Registration sigmoid_of{{"", "Sigmoid", 1, 1, 1, {}, infer_float, lower_logistic}};
const Registration tanh_of{{"", "Tanh", 1, 1, 1, {}, infer_float, lower_tanh}};
const Registration elu_of{{"", "Elu", 1, 1, 1, {}, infer_float, lower_elu}};
const Registration selu_of{{"", "Selu", 1, 1, 1, {}, infer_float, lower_selu}};
const Registration celu_of{{"", "Celu", 1, 1, 1, {}, infer_float, lower_celu}};
const Registration gelu_of{{"", "Gelu", 1, 1, 1, {}, infer_gelu, lower_gelu}};
const Registration hard_sigmoid_of{{"", "HardSigmoid", 1, 1, 1, {}, infer_float, lower_hard_sigmoid}};
const Registration hard_swish_of{{"", "HardSwish", 1, 1, 1, {}, infer_float, lower_hard_swish}};
const Registration swish_of{{"", "Swish", 1, 1, 1, {}, infer_float, lower_swish}};
const Registration softplus_of{{"", "Softplus", 1, 1, 1, {}, infer_float, lower_function<softplus>}};
const Registration softsign_of{{"", "Softsign", 1, 1, 1, {}, infer_float, lower_function<softsign>}};
const Registration mish_of{{"", "Mish", 1, 1, 1, {}, infer_float, lower_function<mish, algorithm::eltwise_mish>}};
const Registration shrink_of{{"", "Shrink", 1, 1, 1, {}, infer_number, lower_shrink}};

}  // namespace

}  // namespace onecnn::core
