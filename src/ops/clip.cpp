// SPDX-License-Identifier: Apache-2.0
#include <utility>
#include <vector>

#include "kernels/arithmetic.h"
#include "ops/elementwise.h"

namespace onecnn::core {

namespace {

void infer(InferContext& context) {
    for (const std::size_t bound : {1U, 2U}) {
        if (context.has_input(bound)) {
            context.require_same_dtype(bound);
            if (element_count(context.shape(bound)) != 1) {
                context.invalid("input ", bound, " is a bound and has shape ", to_string(context.shape(bound)),
                                ", expected one element");
            }
        }
    }
    infer_same<Elements::number>(context);
}

/// min(max(x, low), high): where the bounds cross, the upper one is the result.
void lower(LowerContext& context) {
    const DType dtype = context.dtype(0);
    if (!context.has_input(1) && !context.has_input(2)) {
        return context.alias(0, 0);
    }
    const Layout layout = context.layout(0);
    const Operand from{context.input(0, layout), dtype};
    const Operand to{context.output(0, layout), dtype};
    const auto axes = broadcast_axes(context.shape(0), Shape{});
    std::vector<BroadcastPass> passes;
    const auto bound_by = [&](std::size_t bound, const BinaryKernel& kernel) {
        if (context.has_input(bound)) {
            const Operand unbounded = passes.empty() ? from : to;
            passes.push_back({kernel, {}, axes, unbounded, {context.input(bound), dtype}});
        }
    };
    bound_by(1, numeric_kernel<Max>(dtype));
    bound_by(2, numeric_kernel<Min>(dtype));
    context.add(make_broadcast_step("elementwise", std::move(passes), to));
}

const Registration clip{{"", "Clip", 1, 3, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
