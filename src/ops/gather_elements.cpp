// SPDX-License-Identifier: Apache-2.0
#include "graph/attributes.h"
#include "kernels/indices.h"
#include "kernels/view.h"
#include "kernels/visit_element_size.h"
#include "ops/element_moves.h"

namespace onecnn::core {

namespace {

std::size_t axis_of(const Node& node, const Shape& data) {
    return normalized_axis(attribute<std::int64_t>(node, "axis", 0), data.size(), describe(node) + ": axis");
}

void infer_gather_elements(InferContext& context) {
    require_movable(context, 0);
    require_indices(context, 1);
    const Shape& data = context.shape(0);
    const Shape& indices = context.shape(1);
    const std::size_t axis = axis_of(context.node(), data);
    context.require_rank(1, data.size());
    for (std::size_t i = 0; i < data.size(); ++i) {
        if (i != axis && indices[i] > data[i]) {
            context.invalid("indices of shape ", to_string(indices), " reach past axis ", i, " of the input of shape ",
                            to_string(data));
        }
    }
    context.set_output(0, context.dtype(0), indices);
}

void lower_gather_elements(LowerContext& context) {
    const Shape& data = context.shape(0);
    const Shape& result = context.output_shape(0);
    const std::size_t axis = axis_of(context.node(), data);
    const Shape strides = row_major_strides(data);
    // The axis that is gathered along is the index's to move on.
    std::vector<ViewAxis> axes;
    for (std::size_t i = 0; i < data.size(); ++i) {
        axes.push_back({result[i], i == axis ? 0 : strides[i]});
    }
    const Slot from = context.input(0);
    const Indices indices(context.input(1), context.dtype(1), describe(context.node()));
    const Slot to = context.output(0);
    const std::int64_t count = element_count(result);
    constexpr std::int64_t element_work = 16;
    const std::int64_t slices = slices_for(count, element_work);
    visit_element_size(context.dtype(0), [&]<typename T>(T) {
        auto body = [=, size = data[axis], stride = strides[axis]](const Memory& memory, std::int64_t slice) {
            const Range range = slice_range(count, slices, slice);
            ViewCursor cursor(axes, 0, range.begin);
            for (std::int64_t i = range.begin; i < range.end; ++i) {
                const std::int64_t place = cursor.offset() + indices.at(memory, i, size) * stride;
                memory.at<T>(to)[i] = memory.at<const T>(from)[place];
                cursor.next();
            }
        };
        context.add_function("gather", {from, indices.slot()}, {to}, slices, count * element_work, std::move(body));
    });
}

const Registration gather_elements{{"", "GatherElements", 2, 2, 1, {}, infer_gather_elements, lower_gather_elements}};

}  // namespace

}  // namespace onecnn::core
