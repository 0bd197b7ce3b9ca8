// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "graph/attributes.h"
#include "kernels/transpose.h"
#include "ops/element_moves.h"

namespace onecnn::core {

namespace {

/// The axes that blocks of a picture have: an image's pixel is in a row and a column of a block.
enum class Axis : std::size_t { batch, channel, block_row, block_column, row, column };
using Axes = std::array<Axis, 6>;

/// As they lie where blocks are in the picture.
Axes wide_axes(Layout layout) {
    using enum Axis;
    if (layout == Layout::channels_last) {
        return {batch, block_row, row, block_column, column, channel};
    }
    return {batch, channel, block_row, row, block_column, column};
}

/// As they lie where the pixels of a block are channels.
Axes deep_axes(const Node& node, Layout layout) {
    using enum Axis;
    const auto mode = attribute<std::string>(node, "mode", "DCR");
    if (mode != "DCR" && mode != "CRD") {
        fail(ErrorCode::invalid_model, describe(node), ": mode '", mode, "' is neither DCR nor CRD");
    }
    const bool channel_last = mode == "DCR";
    Axes axes = channel_last ? Axes{batch, row, column, channel, block_row, block_column}
                             : Axes{batch, channel, row, column, block_row, block_column};
    if (layout == Layout::channels_last) {
        std::rotate(axes.begin() + 1, axes.begin() + 4, axes.end());
    }
    return axes;
}

std::int64_t block_size(const InferContext& context) {
    const auto size = required_attribute<std::int64_t>(context.node(), "blocksize");
    if (size < 1) {
        context.invalid("blocksize is ", size);
    }
    return size;
}

void infer_depth_to_space(InferContext& context) {
    require_movable(context, 0);
    context.require_rank(0, 4);
    const Shape& x = context.shape(0);
    const std::int64_t size = block_size(context);
    const std::int64_t pixels = checked_multiply(size, size);
    static_cast<void>(deep_axes(context.node(), Layout::row_major));
    if (x[1] % pixels != 0) {
        context.invalid("the ", x[1], " channels of the input are no multiple of the ", pixels, " pixels of a block");
    }
    context.set_output(0, context.dtype(0),
                       {x[0], x[1] / pixels, checked_multiply(x[2], size), checked_multiply(x[3], size)});
}

void infer_space_to_depth(InferContext& context) {
    require_movable(context, 0);
    context.require_rank(0, 4);
    const Shape& x = context.shape(0);
    const std::int64_t size = block_size(context);
    static_cast<void>(deep_axes(context.node(), Layout::row_major));
    if (x[2] % size != 0 || x[3] % size != 0) {
        context.invalid("the input of shape ", to_string(x), " cannot be cut into blocks of ", size, " by ", size);
    }
    const std::int64_t channels = checked_multiply(x[1], checked_multiply(size, size));
    context.set_output(0, context.dtype(0), {x[0], channels, x[2] / size, x[3] / size});
}

/// Moves from one order of axes to another. `picture` is the shape where blocks are in the picture.
void lower_transpose(LowerContext& context, const Shape& picture, const Axes& from_axes, const Axes& to_axes,
                     Layout layout) {
    const auto size = required_attribute<std::int64_t>(context.node(), "blocksize");
    const std::array<std::int64_t, 6> sizes{picture[0], picture[1], picture[2] / size, picture[3] / size, size, size};
    Shape shape;
    std::vector<std::size_t> permutation;
    for (const Axis axis : from_axes) {
        shape.push_back(sizes[static_cast<std::size_t>(axis)]);
    }
    for (const Axis axis : to_axes) {
        permutation.push_back(static_cast<std::size_t>(std::ranges::find(from_axes, axis) - from_axes.begin()));
    }
    const Slot from = context.input(0, layout);
    context.add(make_transpose_step(context.dtype(0), shape, permutation, from, context.output(0, layout)));
}

void lower_depth_to_space(LowerContext& context) {
    const Layout layout = context.layout(0);
    lower_transpose(context, context.output_shape(0), deep_axes(context.node(), layout), wide_axes(layout), layout);
}

void lower_space_to_depth(LowerContext& context) {
    const Layout layout = context.layout(0);
    lower_transpose(context, context.shape(0), wide_axes(layout), deep_axes(context.node(), layout), layout);
}

const Registration depth_to_space{{"", "DepthToSpace", 1, 1, 1, {}, infer_depth_to_space, lower_depth_to_space}};
const Registration space_to_depth{{"", "SpaceToDepth", 1, 1, 1, {}, infer_space_to_depth, lower_space_to_depth}};

}  // namespace

}  // namespace onecnn::core
