// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "kernels/view.h"
#include "ops/element_moves.h"

namespace onecnn::core {

namespace {

void require_sizes(const InferContext& context, const Shape& sizes, std::string_view what) {
    if (std::ranges::any_of(sizes, [](std::int64_t size) { return size < 0; })) {
        context.invalid(what, " ", to_string(sizes), " has a negative number");
    }
}

void infer_expand(InferContext& context) {
    require_movable(context, 0);
    context.require_rank(1, 1);
    const Shape asked = context.integers(1);
    require_sizes(context, asked, "shape");
    context.set_output(0, context.dtype(0), broadcast(context.shape(0), asked, describe(context.node())));
}

void infer_tile(InferContext& context) {
    require_movable(context, 0);
    Shape tiled = context.shape(0);
    const Shape repeats = context.integers(1);
    require_sizes(context, repeats, "repeats");
    if (repeats.size() != tiled.size()) {
        context.invalid("repeats ", to_string(repeats), " do not match the axes of the input of shape ",
                        to_string(tiled));
    }
    for (std::size_t i = 0; i < tiled.size(); ++i) {
        tiled[i] = checked_multiply(tiled[i], repeats[i]);
    }
    context.set_output(0, context.dtype(0), std::move(tiled));
}

/// An axis of the result is whole repetitions of the input's, whose elements come once in each; missing ones have one element.
void lower_repetition(LowerContext& context) {
    const Shape& result = context.output_shape(0);
    Shape data = context.shape(0);
    data.insert(data.begin(), result.size() - data.size(), 1);
    const Shape strides = row_major_strides(data);
    View view;
    for (std::size_t i = 0; i < data.size(); ++i) {
        view.axes.push_back({result[i] / data[i], 0});
        view.axes.push_back({data[i], strides[i]});
    }
    const Slot from = context.input(0);
    context.add(make_view_copy_step(context.dtype(0), view, from, context.output(0)));
}

const Registration expand{{"", "Expand", 2, 2, 1, {1}, infer_expand, lower_repetition}};
const Registration tile{{"", "Tile", 2, 2, 1, {1}, infer_tile, lower_repetition}};

}  // namespace

}  // namespace onecnn::core
