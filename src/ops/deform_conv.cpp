// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include "graph/attributes.h"
#include "kernels/deformable_convolution.h"
#include "ops/lower_context.h"
#include "ops/operator.h"
#include "ops/window.h"

namespace onecnn::core {

namespace {

constexpr std::size_t offset_input = 2;
constexpr std::size_t bias_input = 3;
constexpr std::size_t mask_input = 4;

Window window_of(const Node& node, const Shape& x, const Shape& w) {
    return resolve_window(node, ShapeView(x).subspan(2), ShapeView(w).subspan(2));
}

void require_shape(const InferContext& context, std::size_t input, std::string_view what, const Shape& expected) {
    context.require_same_dtype(input);
    if (context.shape(input) != expected) {
        context.invalid(what, " has shape ", to_string(context.shape(input)), ", expected ", to_string(expected));
    }
}

void infer(InferContext& context) {
    if (!direct_convolution_takes(context.dtype(0))) {
        context.invalid("input 0 is ", name(context.dtype(0)), ", expected a floating-point type");
    }
    const Shape& x = context.shape(0);
    const Shape& w = context.shape(1);
    if (x.size() != 4) {
        context.unsupported("input 0 has shape ", to_string(x), "; two spatial dimensions are supported");
    }
    context.require_rank(1, 4);
    context.require_same_dtype(1);
    const auto group = attribute<std::int64_t>(context.node(), "group", 1);
    const auto offset_group = attribute<std::int64_t>(context.node(), "offset_group", 1);
    if (group < 1 || w[1] < 1 || w[0] % group != 0 || x[1] % w[1] != 0 || x[1] / w[1] != group) {
        context.invalid("input 0 has shape ", to_string(x), ", the weights ", to_string(w), " and group is ", group,
                        "; expected ", x[1], " = group · ", w[1], " channels and ", w[0],
                        " filters divisible by group");
    }
    if (offset_group < 1 || x[1] % offset_group != 0) {
        context.invalid("offset_group is ", offset_group, ", which does not divide the ", x[1], " channels of input 0");
    }
    const auto declared = find_attribute<Shape>(context.node(), "kernel_shape");
    if (declared && !std::ranges::equal(*declared, ShapeView(w).subspan(2))) {
        context.invalid("kernel_shape is ", to_string(*declared), ", and the weights have shape ", to_string(w));
    }
    const Window window = window_of(context.node(), x, w);
    const std::int64_t taps = checked_multiply(offset_group, checked_multiply(w[2], w[3]));
    const std::int64_t height = window.output[0];
    const std::int64_t width = window.output[1];
    require_shape(context, offset_input, "the offset", {x[0], checked_multiply(2, taps), height, width});
    if (context.has_input(bias_input)) {
        require_shape(context, bias_input, "the bias", {w[0]});
    }
    if (context.has_input(mask_input)) {
        require_shape(context, mask_input, "the mask", {x[0], taps, height, width});
    }
    context.set_output(0, context.dtype(0), {x[0], w[0], height, width});
}

void lower(LowerContext& context) {
    const Shape& x = context.shape(0);
    const Shape& w = context.shape(1);
    const Window window = window_of(context.node(), x, w);
    const auto group = attribute<std::int64_t>(context.node(), "group", 1);
    const auto dimension = [&](std::size_t i) {
        return ConvolutionDimension{x[i + 2],          window.output[i],    window.kernel[i],
                                    window.strides[i], window.dilations[i], window.pads_begin[i]};
    };
    const auto optional_input = [&](std::size_t input) {
        return context.has_input(input) ? std::optional(context.input(input)) : std::nullopt;
    };
    context.add(
        make_deformable_convolution_step(context.dtype(0),
                                         {.images = x[0],
                                          .groups = group,
                                          .input_channels = w[1],
                                          .output_channels = w[0] / group,
                                          .offset_groups = attribute<std::int64_t>(context.node(), "offset_group", 1),
                                          .dimensions = {dimension(0), dimension(1)}},
                                         {.src = context.input(0),
                                          .weights = context.input(1),
                                          .offsets = context.input(offset_input),
                                          .bias = optional_input(bias_input),
                                          .mask = optional_input(mask_input),
                                          .dst = context.output(0)}));
}

const Registration deform_conv{{"", "DeformConv", 3, 5, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
