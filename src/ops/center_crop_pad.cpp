// SPDX-License-Identifier: Apache-2.0
#include <numeric>
#include <optional>
#include <set>

#include "graph/attributes.h"
#include "kernels/memory_order.h"
#include "kernels/pad.h"
#include "ops/element_moves.h"

namespace onecnn::core {

namespace {

/// The shape that the node asks for, where `target` holds the sizes of its axes.
Shape resized(const Node& node, Shape shape, const Shape& target) {
    Shape axes(shape.size());
    std::iota(axes.begin(), axes.end(), 0);
    axes = attribute<Shape>(node, "axes", std::move(axes));
    if (axes.size() != target.size()) {
        fail(ErrorCode::invalid_model, describe(node), ": shape ", to_string(target), " does not match axes ",
             to_string(axes));
    }
    std::set<std::size_t> seen;
    for (std::size_t i = 0; i < axes.size(); ++i) {
        const std::size_t axis = normalized_axis(axes[i], shape.size(), describe(node) + ": an axis");
        if (target[i] < 0 || !seen.insert(axis).second) {
            fail(ErrorCode::invalid_model, describe(node), ": shape ", to_string(target), " with axes ",
                 to_string(axes), " has a negative size or an axis twice");
        }
        shape[axis] = target[i];
    }
    return shape;
}

void infer_center_crop_pad(InferContext& context) {
    require_movable(context, 0);
    context.set_output(0, context.dtype(0), resized(context.node(), context.shape(0), context.integers(1)));
}

void lower_center_crop_pad(LowerContext& context) {
    const Shape& data = context.shape(0);
    const Shape& result = context.output_shape(0);
    Shape begin;
    Shape end;
    for (std::size_t i = 0; i < data.size(); ++i) {
        // Cut towards 0: the odd element is added, and cut off, at the end.
        begin.push_back((result[i] - data[i]) / 2);
        end.push_back(result[i] - data[i] - begin.back());
    }
    const Layout layout = context.layout(0);
    const Slot from = context.input(0, layout);
    context.add(make_pad_step(context.dtype(0), in_memory_order(data, layout), in_memory_order(begin, layout),
                              in_memory_order(end, layout), PadMode::constant, from, std::nullopt,
                              context.output(0, layout)));
}

const Registration center_crop_pad{{"", "CenterCropPad", 2, 2, 1, {1}, infer_center_crop_pad, lower_center_crop_pad}};

}  // namespace

}  // namespace onecnn::core
