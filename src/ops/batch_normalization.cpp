// SPDX-License-Identifier: Apache-2.0
#include "kernels/batch_normalization.h"

#include <array>
#include <cmath>
#include <span>

#include "graph/attributes.h"
#include "graph/bounds.h"
#include "kernels/affine_channels.h"
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

/// Of the activation, which is fused only where it bounds float32.
Bounds bounds_of(const Node& node) { return as_bounds(node.activation).value_or(Bounds{}); }

/// Applies the activation to a dense result.
void bound(LowerContext& context, Slot y) {
    if (context.node().activation) {
        const std::int64_t elements = element_count(context.shape(0));
        const Place place{y, 0, elements};
        context.add(make_affine_channels_step(
            {.pixels = 1, .channels = elements, .x = place, .y = place, .bounds = bounds_of(context.node())}));
    }
}

/// In one pass over the pixels, where float32 lies channels last and all parameters are known.
bool lower_channels_last(LowerContext& context) {
    std::array<std::span<const float>, 4> parameters;  // scale, bias, mean, variance
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const Tensor* constant = context.constant(i + 1);
        if (constant == nullptr) {
            return false;
        }
        parameters[i] = constant->as<float>();
    }
    if (context.layout(0) != Layout::channels_last) {
        return false;
    }
    const Shape& shape = context.shape(0);
    Tensor scale(DType::float32, Shape{shape[1]});
    Tensor shift(DType::float32, Shape{shape[1]});
    const auto epsilon = static_cast<double>(attribute<float>(context.node(), "epsilon", 1e-5F));
    for (std::size_t c = 0; c < parameters[0].size(); ++c) {
        const auto value = [&](std::size_t parameter) { return static_cast<double>(parameters[parameter][c]); };
        const double factor = value(0) / std::sqrt(value(3) + epsilon);
        scale.as<float>()[c] = static_cast<float>(factor);
        shift.as<float>()[c] = static_cast<float>(value(1) - value(2) * factor);
    }
    context.add(make_affine_channels_step({.pixels = shape[0] * element_count(shape, 2, shape.size()),
                                           .channels = shape[1],
                                           .x = context.input_place(0),
                                           .y = context.output_place(0),
                                           .scale = context.constant_slot(scale),
                                           .shift = context.constant_slot(shift),
                                           .bounds = bounds_of(context.node())}));
    return true;
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
    const Slot dst = context.output(0, layout);
    context.add_primitive(primitive, dnnl::batch_normalization_forward(primitive),
                          {{DNNL_ARG_SRC, data, context.input(0, layout)},
                           {DNNL_ARG_SCALE, channel, context.input(1)},
                           {DNNL_ARG_SHIFT, channel, context.input(2)},
                           {DNNL_ARG_MEAN, channel, context.input(3)},
                           {DNNL_ARG_VARIANCE, channel, context.input(4)},
                           {DNNL_ARG_DST, data, dst}},
                          2 * element_count(shape));
    bound(context, dst);
    return true;
}

void lower(LowerContext& context) {
    bool all_f32 = true;
    for (std::size_t i = 0; i < 5; ++i) {
        all_f32 = all_f32 && context.dtype(i) == DType::float32;
    }
    const Node& node = context.node();
    if (!trains(node) && all_f32 && (lower_channels_last(context) || lower_onednn(context))) {
        return;
    }
    const Shape& shape = context.shape(0);
    const auto input = [&](std::size_t i) { return Operand{context.input(i), context.dtype(i)}; };
    const auto output = [&](std::size_t i) -> std::optional<Operand> {
        return context.has_output(i) ? std::optional(Operand{context.output(i), context.output_dtype(i)})
                                     : std::nullopt;
    };
    const Slot y = context.output(0);
    BatchNormalization normalization{.batch = shape[0],
                                     .channels = channels_of(shape),
                                     .pixels = shape.size() < 3 ? 1 : element_count(shape, 2, shape.size()),
                                     .epsilon = attribute<float>(node, "epsilon", 1e-5F),
                                     .x = input(0),
                                     .scale = input(1),
                                     .bias = input(2),
                                     .mean = input(3),
                                     .variance = input(4),
                                     .y = {y, context.dtype(0)},
                                     .training = {}};
    if (trains(node)) {
        normalization.training = {attribute<float>(node, "momentum", 0.9F), output(1), output(2)};
    }
    context.add(make_batch_normalization_step(normalization));
    bound(context, y);
}

const Registration batch_normalization{{"", "BatchNormalization", 5, 5, 3, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
