// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "graph/attributes.h"
#include "kernels/normalization.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

std::size_t axis_of(const Node& node, const Shape& x) {
    return normalized_axis(attribute<std::int64_t>(node, "axis", -1), x.size(), describe(node) + ": axis");
}

DType stash_type(const Node& node) {
    const auto type = static_cast<DType>(attribute<std::int64_t>(node, "stash_type", 1));
    if (!normalization_takes(type)) {
        fail(ErrorCode::invalid_model, describe(node), ": stash_type is ", static_cast<std::int32_t>(type),
             ", expected a floating-point type");
    }
    return type;
}

void require_float(const InferContext& context, std::size_t input) {
    if (!normalization_takes(context.dtype(input))) {
        context.invalid("input ", input, " is ", name(context.dtype(input)), ", expected a floating-point type");
    }
}

void require_broadcast(const InferContext& context, std::size_t input) {
    const Shape& x = context.shape(0);
    if (broadcast(x, context.shape(input), describe(context.node())) != x) {
        context.invalid("input ", input, " of shape ", to_string(context.shape(input)),
                        " does not broadcast to input 0 of shape ", to_string(x));
    }
}

void infer_layer(InferContext& context) {
    require_float(context, 0);
    const Shape& x = context.shape(0);
    for (std::size_t input = 1; input < context.input_count(); ++input) {
        if (context.has_input(input)) {
            context.require_same_dtype(input);
            require_broadcast(context, input);
        }
    }
    Shape statistics = x;
    std::fill(statistics.begin() + static_cast<std::ptrdiff_t>(axis_of(context.node(), x)), statistics.end(), 1);
    const DType stash = stash_type(context.node());
    context.set_output(0, context.dtype(0), x);
    context.set_output(1, stash, statistics);
    context.set_output(2, stash, std::move(statistics));
}

void infer_rms(InferContext& context) {
    require_float(context, 0);
    require_float(context, 1);
    require_broadcast(context, 1);
    static_cast<void>(axis_of(context.node(), context.shape(0)));
    static_cast<void>(stash_type(context.node()));
    context.set_output(0, context.dtype(1), context.shape(0));
}

/// Strides of a tensor along the axes of a shape that it broadcasts to.
Shape broadcast_strides(const Shape& from, const Shape& to) {
    const Shape own = row_major_strides(from);
    Shape strides(to.size(), 0);
    const std::size_t missing = to.size() - from.size();
    for (std::size_t i = 0; i < from.size(); ++i) {
        strides[missing + i] = from[i] == 1 ? 0 : own[i];
    }
    return strides;
}

void lower_own(LowerContext& context, RowStatistic statistic) {
    const Shape& x = context.shape(0);
    const std::size_t split = axis_of(context.node(), x);
    const Shape strides = row_major_strides(x);
    const Shape none(x.size(), 0);
    const Shape scale = broadcast_strides(context.shape(1), x);
    const Shape bias = context.has_input(2) ? broadcast_strides(context.shape(2), x) : none;
    Normalization normalization{.statistic = statistic,
                                .epsilon = static_cast<double>(attribute<float>(context.node(), "epsilon", 1e-5F)),
                                .kept = {},
                                .reduced = {}};
    for (std::size_t i = 0; i < x.size(); ++i) {
        append_axis(i < split ? normalization.kept : normalization.reduced, {x[i], strides[i], scale[i], bias[i]});
    }
    const auto input = [&](std::size_t index) {
        return context.has_input(index) ? std::optional(TypedSlot{context.dtype(index), context.input(index)})
                                        : std::nullopt;
    };
    const auto output = [&](std::size_t index) {
        return context.has_output(index) ? std::optional(TypedSlot{context.output_dtype(index), context.output(index)})
                                         : std::nullopt;
    };
    context.add(make_normalization_step(std::move(normalization), {.src = {context.dtype(0), context.input(0)},
                                                                   .scale = input(1),
                                                                   .bias = input(2),
                                                                   .dst = {context.output_dtype(0), context.output(0)},
                                                                   .mean = output(1),
                                                                   .inverse_deviation = output(2)}));
}

using Primitive = dnnl::layer_normalization_forward::primitive_desc;

/// By oneDNN, over rows; false where it has only its reference, or another form of scale and bias.
bool lower_onednn(LowerContext& context) {
    const Shape& x = context.shape(0);
    const std::size_t split = axis_of(context.node(), x);
    const Shape normalized(x.begin() + static_cast<std::ptrdiff_t>(split), x.end());
    const bool has_bias = context.has_input(2);
    if (context.dtype(0) != DType::float32 || context.has_output(1) || context.has_output(2) ||
        context.shape(1) != normalized || (has_bias && context.shape(2) != normalized)) {
        return false;
    }
    using Flags = dnnl::normalization_flags;
    const auto flags = has_bias ? Flags::use_scale | Flags::use_shift : Flags::use_scale;
    constexpr std::int64_t work_per_element = 8;
    const std::int64_t rows = element_count(x, 0, split);
    const std::int64_t size = element_count(normalized);
    const std::int64_t count = slices_for(rows, size * work_per_element);
    const auto parameter = descriptor(DType::float32, Shape{size});
    std::map<std::int64_t, Primitive> made;
    for (std::int64_t slice = 0; slice < count; ++slice) {
        const Range range = slice_range(rows, count, slice);
        const std::int64_t height = range.end - range.begin;
        if (!made.contains(height)) {
            const auto data = descriptor(DType::float32, Shape{height, size});
            made.emplace(height,
                         Primitive(cpu_engine(), dnnl::prop_kind::forward_inference, data, data,
                                   attribute<float>(context.node(), "epsilon", 1e-5F), flags, primitive_attributes()));
            if (is_reference(made.at(height))) {
                return false;
            }
        }
    }
    std::vector<PrimitiveArgument> parameters{{DNNL_ARG_SCALE, parameter, context.input(1)}};
    if (has_bias) {
        parameters.push_back({DNNL_ARG_SHIFT, parameter, context.input(2)});
    }
    const Slot src = context.input(0);
    const Slot dst = context.output(0);
    std::vector<PrimitiveStep::Slice> slices;
    for (std::int64_t slice = 0; slice < count; ++slice) {
        const Range range = slice_range(rows, count, slice);
        const Primitive& primitive = made.at(range.end - range.begin);
        const auto offset = static_cast<std::size_t>(range.begin * size) * sizeof(float);
        auto arguments = parameters;
        arguments.push_back({DNNL_ARG_SRC, primitive.src_desc(), src, offset});
        arguments.push_back({DNNL_ARG_DST, primitive.dst_desc(), dst, offset});
        slices.push_back({dnnl::layer_normalization_forward(primitive), std::move(arguments)});
    }
    context.add(std::make_unique<PrimitiveStep>(made.begin()->second.impl_info_str(), std::move(slices),
                                                rows * size * work_per_element));
    return true;
}

void lower_layer(LowerContext& context) {
    if (!lower_onednn(context)) {
        lower_own(context, RowStatistic::standard);
    }
}

void lower_rms(LowerContext& context) { lower_own(context, RowStatistic::root_mean_square); }

const Registration layer{{"", "LayerNormalization", 2, 3, 3, {}, infer_layer, lower_layer}};
const Registration rms{{"", "RMSNormalization", 2, 2, 1, {}, infer_rms, lower_rms}};

}  // namespace

}  // namespace onecnn::core
