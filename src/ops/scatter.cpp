// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "graph/attributes.h"
#include "kernels/combine.h"
#include "kernels/index_tuples.h"
#include "kernels/transpose.h"
#include "kernels/view.h"
#include "ops/element_moves.h"

namespace onecnn::core {

namespace {

Combine combine_of(const Node& node, DType dtype) {
    const auto name = attribute<std::string>(node, "reduction", "none");
    const auto found = combination(name);
    if (!found) {
        fail(ErrorCode::invalid_model, describe(node), ": reduction '", name, "' is none of none, add, mul, max, min");
    }
    const Combine combine = combine_function(*found, dtype);
    if (combine == nullptr) {
        fail(ErrorCode::invalid_model, describe(node), ": reduction '", name, "' does not take ",
             onecnn::core::name(dtype));
    }
    return combine;
}

void infer_scatter(InferContext& context) {
    require_movable(context, 0);
    require_indices(context, 1);
    context.require_same_dtype(2);
    static_cast<void>(combine_of(context.node(), context.dtype(0)));
    context.set_output(0, context.dtype(0), context.shape(0));
}

std::size_t axis_of(const Node& node, const Shape& data) {
    return normalized_axis(attribute<std::int64_t>(node, "axis", 0), data.size(), describe(node) + ": axis");
}

void infer_scatter_elements(InferContext& context) {
    infer_scatter(context);
    const Shape& data = context.shape(0);
    const Shape& indices = context.shape(1);
    const std::size_t axis = axis_of(context.node(), data);
    context.require_rank(1, data.size());
    if (context.shape(2) != indices) {
        context.invalid("updates have shape ", to_string(context.shape(2)), " and indices ", to_string(indices),
                        "; they must be the same");
    }
    for (std::size_t i = 0; i < data.size(); ++i) {
        if (i != axis && indices[i] > data[i]) {
            context.invalid("indices of shape ", to_string(indices), " reach past axis ", i, " of the input of shape ",
                            to_string(data));
        }
    }
}

void infer_scatter_nd(InferContext& context) {
    infer_scatter(context);
    const Shape& data = context.shape(0);
    const Shape& indices = context.shape(1);
    const auto rank = static_cast<std::int64_t>(data.size());
    if (indices.empty() || indices.back() < 1 || indices.back() > rank) {
        context.invalid("indices of shape ", to_string(indices), " do not fit the input of shape ", to_string(data));
    }
    Shape expected(indices.begin(), indices.end() - 1);
    expected.insert(expected.end(), data.begin() + indices.back(), data.end());
    if (context.shape(2) != expected) {
        context.invalid("updates have shape ", to_string(context.shape(2)), ", expected ", to_string(expected));
    }
}

/// Makes the output a copy of input 0, for the next step to scatter into.
Slot copy_input(LowerContext& context) {
    const Slot from = context.input(0);
    const Slot to = context.output(0);
    context.add(make_copy_step(byte_count(context.dtype(0), context.shape(0)), from, to));
    return to;
}

// Both scatter in one slice: places may meet, and the order of the updates decides.

void lower_scatter_elements(LowerContext& context) {
    const Shape& data = context.shape(0);
    const Shape& shape = context.shape(1);
    const std::size_t axis = axis_of(context.node(), data);
    const Shape strides = row_major_strides(data);
    std::vector<ViewAxis> axes;
    for (std::size_t i = 0; i < data.size(); ++i) {
        axes.push_back({shape[i], i == axis ? 0 : strides[i]});
    }
    const Combine combine = combine_of(context.node(), context.dtype(0));
    const Indices indices(context.input(1), context.dtype(1), describe(context.node()));
    const Slot updates = context.input(2);
    const Slot to = copy_input(context);
    const std::int64_t count = element_count(shape);
    if (count == 0) {
        return;
    }
    const std::int64_t bytes = bits(context.dtype(0)) / 8;
    context.add_function("scatter", {indices.slot(), updates, to}, {to}, 1, count * 16,
                         [=, size = data[axis], stride = strides[axis]](const Memory& memory, std::int64_t) {
                             ViewCursor cursor(axes, 0, 0);
                             for (std::int64_t i = 0; i < count; ++i) {
                                 const std::int64_t place = cursor.offset() + indices.at(memory, i, size) * stride;
                                 combine(memory[updates] + i * bytes, memory[to] + place * bytes, 1);
                                 cursor.next();
                             }
                         });
}

void lower_scatter_nd(LowerContext& context) {
    const Combine combine = combine_of(context.node(), context.dtype(0));
    const IndexTuples tuples(Indices(context.input(1), context.dtype(1), describe(context.node())), context.shape(1),
                             context.shape(0), 0);
    const Slot updates = context.input(2);
    const Slot to = copy_input(context);
    const std::int64_t bytes = bits(context.dtype(0)) / 8;
    const std::int64_t work = tuples.count() * (tuples.chunk() * bytes + 16);
    context.add_function("scatter", {tuples.slot(), updates, to}, {to}, 1, work,
                         [=](const Memory& memory, std::int64_t) {
                             for (std::int64_t i = 0; i < tuples.count(); ++i) {
                                 combine(memory[updates] + i * tuples.chunk() * bytes,
                                         memory[to] + tuples.place(memory, i) * bytes, tuples.chunk());
                             }
                         });
}

const Registration scatter_elements{
    {"", "ScatterElements", 3, 3, 1, {}, infer_scatter_elements, lower_scatter_elements}};
const Registration scatter_nd{{"", "ScatterND", 3, 3, 1, {}, infer_scatter_nd, lower_scatter_nd}};

}  // namespace

}  // namespace onecnn::core
