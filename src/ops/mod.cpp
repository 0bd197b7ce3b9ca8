// SPDX-License-Identifier: Apache-2.0
#include "graph/attributes.h"
#include "kernels/arithmetic.h"
#include "ops/elementwise.h"

namespace onecnn::core {

namespace {

std::int64_t fmod_of(const Node& node) { return attribute<std::int64_t>(node, "fmod", 0); }

void infer(InferContext& context) {
    const std::int64_t fmod = fmod_of(context.node());
    if (fmod != 0 && fmod != 1) {
        context.invalid("fmod is ", fmod, ", expected 0 or 1");
    }
    infer_broadcast<Elements::number>(context);
}

void lower(LowerContext& context) {
    const DType dtype = context.dtype(0);
    lower_binary(context,
                 fmod_of(context.node()) != 0 ? numeric_kernel<Remainder>(dtype) : numeric_kernel<Modulo>(dtype));
}

const Registration mod{{"", "Mod", 2, 2, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
