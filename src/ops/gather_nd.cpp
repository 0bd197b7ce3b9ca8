// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "graph/attributes.h"
#include "kernels/index_tuples.h"
#include "kernels/visit_element_size.h"
#include "ops/element_moves.h"

namespace onecnn::core {

namespace {

std::size_t batch_dims_of(const Node& node) {
    return static_cast<std::size_t>(attribute<std::int64_t>(node, "batch_dims", 0));
}

void infer_gather_nd(InferContext& context) {
    require_movable(context, 0);
    require_indices(context, 1);
    const Shape& data = context.shape(0);
    const Shape& indices = context.shape(1);
    const std::size_t batch_dims = batch_dims_of(context.node());
    if (batch_dims >= std::min(data.size(), indices.size())) {
        context.invalid("batch_dims is ", attribute<std::int64_t>(context.node(), "batch_dims", 0),
                        ", expected fewer than the axes of the inputs of shapes ", to_string(data), " and ",
                        to_string(indices));
    }
    const auto batch = static_cast<std::ptrdiff_t>(batch_dims);
    const std::int64_t length = indices.back();
    const bool same_batch = std::equal(data.begin(), data.begin() + batch, indices.begin());
    if (!same_batch || length < 1 || length > static_cast<std::int64_t>(data.size() - batch_dims)) {
        context.invalid("indices of shape ", to_string(indices), " do not fit the input of shape ", to_string(data),
                        " with batch_dims ", batch_dims);
    }
    Shape gathered(indices.begin(), indices.end() - 1);
    gathered.insert(gathered.end(), data.begin() + batch + length, data.end());
    context.set_output(0, context.dtype(0), std::move(gathered));
}

void lower_gather_nd(LowerContext& context) {
    const Slot from = context.input(0);
    const IndexTuples tuples(Indices(context.input(1), context.dtype(1), describe(context.node())), context.shape(1),
                             context.shape(0), batch_dims_of(context.node()));
    const Slot to = context.output(0);
    const std::int64_t chunk_work = tuples.chunk() * bits(context.dtype(0)) / 8 + 16;
    const std::int64_t slices = slices_for(tuples.count(), chunk_work);
    visit_element_size(context.dtype(0), [&]<typename T>(T) {
        context.add_function("gather", {from, tuples.slot()}, {to}, slices, tuples.count() * chunk_work,
                             [=](const Memory& memory, std::int64_t slice) {
                                 const Range range = slice_range(tuples.count(), slices, slice);
                                 for (std::int64_t i = range.begin; i < range.end; ++i) {
                                     std::copy_n(memory.at<const T>(from) + tuples.place(memory, i), tuples.chunk(),
                                                 memory.at<T>(to) + i * tuples.chunk());
                                 }
                             });
    });
}

const Registration gather_nd{{"", "GatherND", 2, 2, 1, {}, infer_gather_nd, lower_gather_nd}};

}  // namespace

}  // namespace onecnn::core
