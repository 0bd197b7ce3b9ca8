// SPDX-License-Identifier: Apache-2.0
#include "graph/attributes.h"
#include "kernels/float_math.h"
#include "ops/elementwise.h"

namespace onecnn::core {

namespace {

void infer(InferContext& context) {
    context.require_same_dtype(1);
    if (context.shape(1) != context.shape(0)) {
        context.invalid("input 1 has shape ", to_string(context.shape(1)), ", expected that of input 0, ",
                        to_string(context.shape(0)));
    }
    infer_same<Elements::floating>(context);
}

constexpr auto gated = [](auto gate, decltype(gate) value, Parameters p) {
    return gate * float_math::sigmoid(p.alpha * gate) * value;
};

void lower(LowerContext& context) {
    const Parameters parameters{attribute<float>(context.node(), "alpha", 1)};
    static_cast<void>(visit_floating(
        context.dtype(0), [&]<typename T>(T) { lower_binary(context, binary_kernel<T, T, T>(gated), parameters); }));
}

const Registration swiglu{{"", "SwiGLU", 2, 2, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
