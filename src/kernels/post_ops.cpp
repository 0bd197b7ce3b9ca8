// SPDX-License-Identifier: Apache-2.0
#include "kernels/post_ops.h"

#include <numbers>

#include "kernels/float_math.h"
#include "runtime/error.h"

namespace onecnn::core {

Eltwise as_eltwise(const Activation& activation) {
    const std::string_view op = activation.op_type;
    if (op == "Relu") {
        return {dnnl::algorithm::eltwise_relu};
    }
    if (op == "LeakyRelu") {
        return {dnnl::algorithm::eltwise_relu, activation.alpha};
    }
    if (op == "Sigmoid") {
        return {dnnl::algorithm::eltwise_logistic};
    }
    if (op == "Tanh") {
        return {dnnl::algorithm::eltwise_tanh};
    }
    if (op == "HardSwish") {
        return {dnnl::algorithm::eltwise_hardswish, 1.0F / 6, 0.5F};
    }
    if (op == "Swish") {
        return {dnnl::algorithm::eltwise_swish, activation.alpha};
    }
    if (op == "Gelu") {
        return {dnnl::algorithm::eltwise_gelu_erf};
    }
    if (op == "Clip") {
        return {dnnl::algorithm::eltwise_clip, activation.alpha, activation.beta};
    }
    fail(ErrorCode::internal, "there is no activation ", op);
}

dnnl::primitive_attr attributes_with(const std::optional<Activation>& activation) {
    dnnl::primitive_attr attributes = primitive_attributes();
    if (activation) {
        const Eltwise eltwise = as_eltwise(*activation);
        dnnl::post_ops post_ops;
        post_ops.append_eltwise(eltwise.algorithm, eltwise.alpha, eltwise.beta);
        attributes.set_post_ops(post_ops);
    }
    return attributes;
}

double apply(const Activation& activation, double x) {
    const Eltwise eltwise = as_eltwise(activation);
    const auto alpha = static_cast<double>(eltwise.alpha);
    switch (eltwise.algorithm) {
        case dnnl::algorithm::eltwise_relu: return x > 0 ? x : alpha * x;
        case dnnl::algorithm::eltwise_logistic: return float_math::sigmoid(x);
        case dnnl::algorithm::eltwise_tanh: return std::tanh(x);
        case dnnl::algorithm::eltwise_hardswish: return x * std::clamp(x / 6 + 0.5, 0.0, 1.0);
        case dnnl::algorithm::eltwise_swish: return x * float_math::sigmoid(alpha * x);
        case dnnl::algorithm::eltwise_gelu_erf: return x / 2 * (1 + std::erf(x * std::numbers::sqrt2 / 2));
        case dnnl::algorithm::eltwise_clip: return std::min(std::max(x, alpha), static_cast<double>(eltwise.beta));
        default: fail(ErrorCode::internal, "there is no scalar form of ", activation.op_type);
    }
}

}  // namespace onecnn::core
