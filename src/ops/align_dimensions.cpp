// SPDX-License-Identifier: Apache-2.0
// Not ONNX's: what the reader puts ahead of the broadcasting operators of opset 6.
#include "graph/attributes.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

/// Input 1 with as many dimensions of 1 behind its own as let them begin at dimension `axis` of input 0's; a single element
/// as it is.
void infer(InferContext& context) {
    const Shape& like = context.shape(0);
    Shape shape = context.shape(1);
    if (element_count(shape) != 1) {
        const auto axis = attribute<std::int64_t>(context.node(), "axis", 0);
        const std::size_t first = normalized_axis(axis, like.size(), describe(context.node()) + ": axis");
        if (shape.size() > like.size() - first) {
            context.invalid("input 1 of shape ", to_string(shape), " does not fit into input 0 of shape ",
                            to_string(like), " from axis ", axis, " on");
        }
        shape.resize(like.size() - first, 1);
    }
    context.set_output(0, context.dtype(1), std::move(shape));
}

void lower(LowerContext& context) { context.alias(0, 1); }

const Registration align_dimensions{{"onecnn", "AlignDimensions", 2, 2, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
