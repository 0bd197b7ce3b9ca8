// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "graph/attributes.h"
#include "kernels/indices.h"
#include "kernels/view.h"
#include "kernels/visit_element_size.h"
#include "ops/element_moves.h"

namespace onecnn::core {

namespace {

/// The smallest tensor whose pooling has the shape of input 0.
Shape pooled_shape(const Node& node, const Shape& x) {
    const auto kernel = required_attribute<Shape>(node, "kernel_shape");
    const std::size_t rank = kernel.size();
    if (x.size() != rank + 2) {
        fail(ErrorCode::invalid_model, describe(node), ": kernel_shape is ", to_string(kernel),
             ", which does not fit the input of shape ", to_string(x));
    }
    const auto strides = attribute<Shape>(node, "strides", Shape(rank, 1));
    const auto pads = attribute<Shape>(node, "pads", Shape(2 * rank, 0));
    if (strides.size() != rank || pads.size() != 2 * rank) {
        fail(ErrorCode::invalid_model, describe(node), ": strides ", to_string(strides), " and pads ", to_string(pads),
             " do not fit kernel_shape ", to_string(kernel));
    }
    Shape shape{x[0], x[1]};
    for (std::size_t i = 0; i < rank; ++i) {
        if (kernel[i] < 1 || strides[i] < 1 || pads[i] < 0 || pads[rank + i] < 0 || x[i + 2] < 1) {
            fail(ErrorCode::invalid_model, describe(node), ": kernel_shape ", to_string(kernel), ", strides ",
                 to_string(strides), " and pads ", to_string(pads), " pool nothing to ", to_string(x));
        }
        const std::int64_t padded = checked_add(checked_multiply(x[i + 2] - 1, strides[i]), kernel[i]);
        const std::int64_t size = padded - checked_add(pads[i], pads[rank + i]);
        if (size < 1) {
            fail(ErrorCode::invalid_model, describe(node), ": pads ", to_string(pads), " leave nothing of axis ",
                 i + 2);
        }
        shape.push_back(size);
    }
    return shape;
}

void infer_max_unpool(InferContext& context) {
    require_movable(context, 0);
    const Shape& x = context.shape(0);
    if (context.dtype(1) != DType::int64 || context.shape(1) != x) {
        context.invalid("indices are ", name(context.dtype(1)), to_string(context.shape(1)), ", expected int64",
                        to_string(x));
    }
    const Shape least = pooled_shape(context.node(), x);
    const Shape shape = context.has_input(2) ? context.integers(2) : least;
    const bool fits = shape.size() == least.size() &&
                      std::ranges::equal(shape, least, [](std::int64_t a, std::int64_t b) { return a >= b; });
    if (!fits) {
        context.invalid("output_shape ", to_string(shape), " is less than ", to_string(least),
                        ", where the indices count");
    }
    context.set_output(0, context.dtype(0), shape);
}

/// The indices count in the smallest shape, which lies in the first corner of the one that is asked for.
void lower_max_unpool(LowerContext& context) {
    const Shape least = pooled_shape(context.node(), context.shape(0));
    const Shape strides = row_major_strides(context.output_shape(0));
    std::vector<ViewAxis> axes;
    for (std::size_t i = 0; i < least.size(); ++i) {
        axes.push_back({least[i], strides[i]});
    }
    axes = joined(axes);
    const Slot from = context.input(0);
    const Indices indices(context.input(1), context.dtype(1), describe(context.node()));
    const Slot to = context.output(0);
    const std::int64_t count = element_count(context.shape(0));
    const std::int64_t places = element_count(least);
    const std::size_t bytes = byte_count(context.dtype(0), context.output_shape(0));
    visit_element_size(context.dtype(0), [&]<typename T>(T) {
        // One slice: places may meet, and the last element wins.
        context.add_function("max_unpool", {from, indices.slot()}, {to}, 1,
                             static_cast<std::int64_t>(bytes) + count * 16, [=](const Memory& memory, std::int64_t) {
                                 std::memset(memory[to], 0, bytes);
                                 for (std::int64_t i = 0; i < count; ++i) {
                                     const ViewCursor place(axes, 0, indices.at(memory, i, places));
                                     memory.at<T>(to)[place.offset()] = memory.at<const T>(from)[i];
                                 }
                             });
    });
}

const Registration max_unpool{{"", "MaxUnpool", 2, 3, 1, {2}, infer_max_unpool, lower_max_unpool}};

}  // namespace

}  // namespace onecnn::core
