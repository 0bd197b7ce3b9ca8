// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "graph/attributes.h"
#include "ops/elementwise.h"

namespace onecnn::core {

namespace {

void infer(InferContext& context) {
    require_elements(context, 0, Elements::floating);
    context.set_output(0, DType::boolean, context.shape(0));
}

template <typename Function>
void lower(LowerContext& context, Function function, Parameters parameters = {}) {
    static_cast<void>(visit_floating(context.dtype(0), [&]<typename T>(T) {
        lower_unary(context, unary_kernel<T, Boolean>(function), parameters);
    }));
}

void lower_is_nan(LowerContext& context) {
    lower(context, [](auto x) { return std::isnan(x); });
}

void lower_is_inf(LowerContext& context) {
    const auto detects = [&](std::string_view name) {
        return attribute<std::int64_t>(context.node(), name, 1) != 0 ? 1.0F : 0.0F;
    };
    lower(context, [](auto x, Parameters detect) { return std::isinf(x) && (x > 0 ? detect.alpha : detect.beta) > 0; },
          {detects("detect_positive"), detects("detect_negative")});
}

const Registration is_inf{{"", "IsInf", 1, 1, 1, {}, infer, lower_is_inf}};
const Registration is_nan{{"", "IsNaN", 1, 1, 1, {}, infer, lower_is_nan}};

}  // namespace

}  // namespace onecnn::core
