// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "graph/bounds.h"
#include "kernels/broadcast.h"
#include "kernels/int8_isa.h"
#include "ops/lower_context.h"
#include "ops/operator.h"
#include "ops/quantized_operand.h"
#include "ops/quantized_results.h"
#include "ops/quantized_sum.h"

namespace onecnn::core {

namespace {

using In = QuantizedSumInputs;

void infer(InferContext& context) {
    require_int8(context, In::a, In::a_zero);
    require_int8(context, In::b, In::b_zero);
    const std::string what = describe(context.node());
    context.set_output(0, context.dtype(In::y_zero), broadcast(context.shape(In::a), context.shape(In::b), what));
}

/// What one slice after another computes: pieces of the last axis of the broadcast.
struct Sum {
    std::vector<BroadcastAxis> axes;
    Requantization rule;
    std::uint8_t a_flip;
    std::array<std::int32_t, int8_columns> bias;
    std::array<float, int8_columns> scale;

    void run(const std::uint8_t* left, const std::uint8_t* right, std::uint8_t* to, Range elements) const;
};

void Sum::run(const std::uint8_t* left, const std::uint8_t* right, std::uint8_t* to, Range elements) const {
    Requantization requantization = rule;
    requantization.bias = bias.data();
    requantization.scale = scale.data();
    const auto repeats = [](std::int64_t step) { return step == 0; };
    std::array<std::uint8_t, 256> left_copies;
    std::array<std::uint8_t, 256> right_copies;
    const bool left_repeats = repeats(axes.back().a);
    const bool right_repeats = repeats(axes.back().b);
    for_each_piece(axes, elements, [&](std::int64_t i, std::int64_t j, std::int64_t out, std::int64_t count) {
        const bool whole = !left_repeats && !right_repeats;
        const auto most = whole ? count : static_cast<std::int64_t>(left_copies.size());
        if (left_repeats) {
            left_copies.fill(left[i]);
        }
        if (right_repeats) {
            right_copies.fill(right[j]);
        }
        for (std::int64_t done = 0; done < count; done += most) {
            int8_isa().sum({.count = std::min(most, count - done),
                            .a = left_repeats ? left_copies.data() : left + i + done,
                            .a_flip = a_flip,
                            .addend = right_repeats ? right_copies.data() : right + j + done,
                            .requantization = &requantization,
                            .c = to + out + done});
        }
    });
}

void lower(LowerContext& context) {
    const auto left = byte_quantization(context, In::a_scale, In::a_zero, context.dtype(In::a));
    const auto right = byte_quantization(context, In::b_scale, In::b_zero, context.dtype(In::b));
    const auto result = byte_quantization(context, In::y_scale, In::y_zero, context.output_dtype(0));
    if (!left || !right || !result || !as_bounds(context.node().activation)) {
        context.unsupported("its scales and zero points must be constants of one element each");
    }
    Sum sum{.axes = {},
            .rule = stored_as(*left, *right, *result, context.node().activation),
            .a_flip = left->flip,
            .bias = {},
            .scale = {}};
    sum.bias.fill(-left->zero);
    sum.scale.fill(1);
    const bool alike = context.shape(In::a) == context.shape(In::b);
    const Layout layout =
        alike && (context.layout(In::a) == Layout::channels_last || context.layout(In::b) == Layout::channels_last)
            ? Layout::channels_last
            : Layout::row_major;
    sum.axes =
        alike ? broadcast_axes(Shape{element_count(context.shape(In::a))}, Shape{element_count(context.shape(In::a))})
              : broadcast_axes(context.shape(In::a), context.shape(In::b));
    const Slot first = context.input(In::a, layout);
    const Slot second = context.input(In::b, layout);
    const Slot to = context.output(0, layout);
    const std::int64_t elements = element_count(context.output_shape(0));
    const std::int64_t slices = slices_for(elements, 2);
    context.add_function("quantized_sum", {first, second}, {to}, slices, elements * 2,
                         [=, sum = std::move(sum)](const Memory& memory, std::int64_t slice) {
                             sum.run(memory.at<const std::uint8_t>(first), memory.at<const std::uint8_t>(second),
                                     memory.at<std::uint8_t>(to), slice_range(elements, slices, slice));
                         });
}

const Registration quantized_sum{{"onecnn", "QuantizedSum", 8, 8, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
