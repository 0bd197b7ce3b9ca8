// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

void infer_identity(InferContext& context) { context.set_output(0, context.dtype(0), context.shape(0)); }

void lower_identity(LowerContext& context) { context.alias(0, 0); }

void infer_dropout(InferContext& context) {
    if (context.has_input(2)) {
        const Tensor& training = context.elements(2);
        if (training.dtype() != DType::boolean || training.size() != 1) {
            context.invalid("training_mode is ", name(training.dtype()), to_string(training.shape()),
                            ", expected one bool");
        }
        if (*training.data() != std::byte{0}) {
            context.unsupported("training_mode is true; onecnn infers only");
        }
    }
    context.set_output(0, context.dtype(0), context.shape(0));
    context.set_output(1, DType::boolean, context.shape(0));
}

/// Nothing is dropped: the output is the input, and the mask is true everywhere.
void lower_dropout(LowerContext& context) {
    if (context.has_output(0)) {
        context.alias(0, 0);
    }
    if (context.has_output(1)) {
        const Slot mask = context.output(1);
        const std::int64_t count = element_count(context.shape(0));
        context.add_function("fill", {}, {mask}, 1, count, [=](const Memory& memory, std::int64_t) {
            std::fill_n(memory.at<std::uint8_t>(mask), count, std::uint8_t{1});
        });
    }
}

const Registration identity{{"", "Identity", 1, 1, 1, {}, infer_identity, lower_identity}};
const Registration dropout{{"", "Dropout", 1, 3, 2, {2}, infer_dropout, lower_dropout}};

}  // namespace

}  // namespace onecnn::core
