// SPDX-License-Identifier: Apache-2.0
#include "kernels/batch_normalization.h"

#include "graph/attributes.h"
#include "ops/elementwise.h"

namespace onecnn::core {

namespace {

bool trains(const Node& node) { return attribute<std::int64_t>(node, "training_mode", 0) != 0; }

std::int64_t channels_of(const Shape& shape) { return shape.size() < 2 ? 1 : shape[1]; }

/// y = scale · (x − mean) / sqrt(variance + epsilon) + bias, a channel at a time.
void infer(InferContext& context) {
    if (context.shape(0).empty()) {
        context.invalid("input 0 is a scalar, expected rank 1 or more");
    }
    const std::int64_t channels = channels_of(context.shape(0));
    require_elements(context, 0, Elements::floating);
    for (std::size_t i = 1; i < 5; ++i) {
        require_elements(context, i, Elements::floating);
        if (context.shape(i) != Shape{channels}) {
            context.invalid("input ", i, " has shape ", to_string(context.shape(i)), ", expected [", channels, "]");
        }
    }
    context.set_output(0, context.dtype(0), context.shape(0));
    if (trains(context.node())) {
        context.set_output(1, context.dtype(3), Shape{channels});
        context.set_output(2, context.dtype(4), Shape{channels});
    }
}

/// By oneDNN; whether it has more than its reference for this shape.
bool lower_onednn(LowerContext& context) {
    const Shape& shape = context.shape(0);
    if (shape.size() < 2 || shape.size() > 5) {
        return false;
    }
    const Layout layout = context.layout(0);
    const auto data = descriptor(DType::float32, shape, layout);
    using Flags = dnnl::normalization_flags;
    const dnnl::batch_normalization_forward::primitive_desc primitive(
        cpu_engine(), dnnl::prop_kind::forward_inference, data, data,
        attribute<float>(context.node(), "epsilon", 1e-5F),
        Flags::use_global_stats | Flags::use_scale | Flags::use_shift, primitive_attributes());
    if (is_reference(primitive)) {
        return false;
    }
    const auto channel = descriptor(DType::float32, Shape{shape[1]});
    context.add_primitive(primitive, dnnl::batch_normalization_forward(primitive),
                          {{DNNL_ARG_SRC, data, context.input(0, layout)},
                           {DNNL_ARG_SCALE, channel, context.input(1)},
                           {DNNL_ARG_SHIFT, channel, context.input(2)},
                           {DNNL_ARG_MEAN, channel, context.input(3)},
                           {DNNL_ARG_VARIANCE, channel, context.input(4)},
                           {DNNL_ARG_DST, data, context.output(0, layout)}},
                          2 * element_count(shape));
    return true;
}

void lower(LowerContext& context) {
    bool all_f32 = true;
    for (std::size_t i = 0; i < 5; ++i) {
        all_f32 = all_f32 && context.dtype(i) == DType::float32;
    }
    const Node& node = context.node();
    if (!trains(node) && all_f32 && lower_onednn(context)) {
        return;
    }
    const Shape& shape = context.shape(0);
    const auto input = [&](std::size_t i) { return Operand{context.input(i), context.dtype(i)}; };
    const auto output = [&](std::size_t i) -> std::optional<Operand> {
        return context.has_output(i) ? std::optional(Operand{context.output(i), context.output_dtype(i)})
                                     : std::nullopt;
    };
    BatchNormalization normalization{.batch = shape[0],
                                     .channels = channels_of(shape),
                                     .pixels = shape.size() < 3 ? 1 : element_count(shape, 2, shape.size()),
                                     .epsilon = attribute<float>(node, "epsilon", 1e-5F),
                                     .x = input(0),
                                     .scale = input(1),
                                     .bias = input(2),
                                     .mean = input(3),
                                     .variance = input(4),
                                     .y = {context.output(0), context.dtype(0)},
                                     .training = {}};
    if (trains(node)) {
        normalization.training = {attribute<float>(node, "momentum", 0.9F), output(1), output(2)};
    }
    context.add(make_batch_normalization_step(normalization));
}

const Registration batch_normalization{{"", "BatchNormalization", 5, 5, 3, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
