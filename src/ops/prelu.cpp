// SPDX-License-Identifier: Apache-2.0
#include "kernels/arithmetic.h"
#include "kernels/float_math.h"
#include "ops/elementwise.h"

namespace onecnn::core {

namespace {

void infer(InferContext& context) {
    require_elements(context, 0, Elements::number);
    if (common_shape(context) != context.shape(0)) {
        context.invalid("slope has shape ", to_string(context.shape(1)), ", which does not broadcast to the input's ",
                        to_string(context.shape(0)));
    }
    context.set_output(0, context.dtype(0), context.shape(0));
}

constexpr auto scale_negative = []<typename T>(T x, T slope) {
    return Mul()(x, float_math::select(x < T{0}, slope, T{1}));
};

void lower(LowerContext& context) { lower_binary(context, numeric_kernel(context.dtype(0), scale_negative)); }

const Registration prelu{{"", "PRelu", 2, 2, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
