// SPDX-License-Identifier: Apache-2.0
// Not ONNX's: what a channel shuffle of a Reshape, a Transpose and a Reshape becomes.
#include <algorithm>

#include "graph/attributes.h"
#include "kernels/channel_rows.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

Shape permutation_of(const Node& node) { return required_attribute<Shape>(node, "permutation"); }

/// Channel i of the result is channel `permutation[i]` of the input.
void infer(InferContext& context) {
    const Shape& x = context.shape(0);
    const Shape permutation = permutation_of(context.node());
    if (context.dtype(0) != DType::float32 || x.size() < 3 || x[1] > INT32_MAX) {
        context.unsupported("input 0 is ", name(context.dtype(0)), to_string(x),
                            "; it takes float32 of rank 3 or more");
    }
    const bool inside = std::ranges::all_of(permutation, [&](std::int64_t c) { return c >= 0 && c < x[1]; });
    if (!inside || static_cast<std::int64_t>(permutation.size()) != x[1]) {
        context.invalid("its permutation does not name ", x[1], " channels of input 0 of shape ", to_string(x));
    }
    context.set_output(0, DType::float32, x);
}

void lower(LowerContext& context) {
    constexpr std::size_t widest_vector = 16;
    const Shape permutation = permutation_of(context.node());
    std::vector<std::int32_t> from(permutation.size() + widest_vector, 0);
    std::ranges::transform(permutation, from.begin(), [](std::int64_t c) { return static_cast<std::int32_t>(c); });
    const Shape& shape = context.shape(0);
    const std::int64_t pixels = shape[0] * element_count(shape, 2, shape.size());
    const std::int64_t channels = shape[1];
    const Place x = context.input_place(0);
    const Place y = context.output_place(0);
    const std::int64_t pixel_bytes = channels * 2 * std::int64_t{sizeof(float)};
    const std::int64_t slices = slices_for(pixels, pixel_bytes);
    const std::size_t held_bytes = from.size() * sizeof(std::int32_t);
    context.add_function(
        "permute", {x.slot}, {y.slot}, slices, pixels * pixel_bytes,
        [=, from = std::move(from)](const Memory& memory, std::int64_t slice) {
            const Range range = slice_range(pixels, slices, slice);
            channel_rows().permute({.rows = range.end - range.begin,
                                    .channels = channels,
                                    .x = at<const float>(memory, x) + range.begin * x.pixel_stride,
                                    .x_row = x.pixel_stride,
                                    .y = at<float>(memory, y) + range.begin * y.pixel_stride,
                                    .y_row = y.pixel_stride,
                                    .from = from.data()});
        },
        held_bytes);
}

const Registration permute_channels{{"onecnn", "PermuteChannels", 1, 1, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
