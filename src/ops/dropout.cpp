// SPDX-License-Identifier: Apache-2.0
#include "kernels/dropout.h"

#include <algorithm>

#include "graph/attributes.h"
#include "ops/elementwise.h"

namespace onecnn::core {

namespace {

void infer(InferContext& context) {
    require_elements(context, 0, Elements::floating);
    if (context.has_input(1)) {
        require_elements(context, 1, Elements::floating);
        if (element_count(context.shape(1)) != 1) {
            context.invalid("ratio has shape ", to_string(context.shape(1)), ", expected one element");
        }
    }
    if (context.has_input(2)) {
        const Tensor& training = context.elements(2);
        if (training.dtype() != DType::boolean || training.size() != 1) {
            context.invalid("training_mode is ", name(training.dtype()), to_string(training.shape()),
                            ", expected one bool");
        }
    }
    context.set_output(0, context.dtype(0), context.shape(0));
    context.set_output(1, DType::boolean, context.shape(0));
}

/// Nothing is dropped: the output is the input, and the mask is true everywhere.
void lower_inference(LowerContext& context) {
    context.alias(0, 0);
    if (context.has_output(1)) {
        const Slot mask = context.output(1);
        const std::int64_t count = element_count(context.shape(0));
        context.add_function("fill", {}, {mask}, 1, count, [=](const Memory& memory, std::int64_t) {
            std::fill_n(memory.at<std::uint8_t>(mask), count, std::uint8_t{1});
        });
    }
}

void lower(LowerContext& context) {
    if (!context.has_input(2) || *context.constant(2)->data() == std::byte{0}) {
        return lower_inference(context);
    }
    Dropout dropout{.node = describe(context.node()),
                    .seed = attribute<std::int64_t>(context.node(), "seed", 0),
                    .count = element_count(context.shape(0)),
                    .x = {context.input(0), context.dtype(0)},
                    .ratio = {},
                    .y = context.output(0),
                    .mask = {}};
    if (context.has_input(1)) {
        dropout.ratio = {context.input(1), context.dtype(1)};
    }
    if (context.has_output(1)) {
        dropout.mask = context.output(1);
    }
    context.add(make_dropout_step(std::move(dropout)));
}

const Registration dropout{{"", "Dropout", 1, 3, 2, {2}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
