// SPDX-License-Identifier: Apache-2.0
#include "kernels/reduce.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "graph/attributes.h"
#include "kernels/memory_order.h"
#include "ops/element_moves.h"

namespace onecnn::core {

namespace {

bool keeps_dims(const Node& node) { return attribute<std::int64_t>(node, "keepdims", 1) != 0; }

/// Whether each axis of a tensor of the given rank is reduced. No axes are all of them, unless the node says otherwise.
std::vector<bool> reduced_axes(const Node& node, std::size_t rank, const Shape& axes) {
    if (axes.empty()) {
        return std::vector<bool>(rank, attribute<std::int64_t>(node, "noop_with_empty_axes", 0) == 0);
    }
    std::vector<bool> reduced(rank, false);
    for (const std::int64_t axis : axes) {
        const std::size_t place = normalized_axis(axis, rank, describe(node) + ": an axis");
        if (reduced[place]) {
            fail(ErrorCode::invalid_model, describe(node), ": axes ", to_string(axes), " name axis ", place, " twice");
        }
        reduced[place] = true;
    }
    return reduced;
}

template <Fold fold>
void infer_reduce(InferContext& context) {
    if (!reduce_takes(fold, context.dtype(0))) {
        context.unsupported("input 0 is ", name(context.dtype(0)), ", which it does not take");
    }
    const Shape& data = context.shape(0);
    const Shape axes = context.has_input(1) ? context.integers(1) : Shape();
    const std::vector<bool> reduced = reduced_axes(context.node(), data.size(), axes);
    Shape result;
    for (std::size_t i = 0; i < data.size(); ++i) {
        if (!reduced[i]) {
            result.push_back(data[i]);
        } else if (keeps_dims(context.node())) {
            result.push_back(1);
        }
    }
    context.set_output(0, context.dtype(0), std::move(result));
}

/// The layout that input and result are in: channels last as the input is, where the axes that are kept stay in its order.
Layout common_layout(const LowerContext& context, const std::vector<bool>& reduced) {
    if (context.layout(0) == Layout::row_major || keeps_dims(context.node())) {
        return context.layout(0);
    }
    const bool keeps_spatial = std::find(reduced.begin() + 2, reduced.end(), false) != reduced.end();
    return keeps_spatial && !reduced[1] ? Layout::row_major : Layout::channels_last;
}

template <Fold fold, Finish finish = Finish::nothing>
void lower_reduce(LowerContext& context) {
    const Shape& data = context.shape(0);
    const Shape axes = context.has_input(1) ? integers(context, 1) : Shape();
    const std::vector<bool> reduced = reduced_axes(context.node(), data.size(), axes);
    const Layout layout = common_layout(context, reduced);
    const Shape strides = strides_of(data, layout);
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < data.size(); ++i) {
        order.push_back(i);
    }
    ReducedAxes parts;
    for (const std::size_t i : in_memory_order(std::move(order), layout)) {
        (reduced[i] ? parts.folded : parts.kept).push_back({data[i], strides[i]});
    }
    const Slot from = context.input(0, layout);
    const Slot to = context.output(0, keeps_dims(context.node()) ? layout : Layout::row_major);
    context.add(make_reduce_step(context.dtype(0), fold, finish, parts, from, to));
}

using enum Fold;
using enum Finish;

const Registration reduce_sum{{"", "ReduceSum", 1, 2, 1, {1}, infer_reduce<sum>, lower_reduce<sum>}};
const Registration reduce_mean{{"", "ReduceMean", 1, 2, 1, {1}, infer_reduce<sum>, lower_reduce<sum, divide_by_count>}};
const Registration reduce_log_sum{{"", "ReduceLogSum", 1, 2, 1, {1}, infer_reduce<sum>, lower_reduce<sum, logarithm>}};
const Registration reduce_log_sum_exp{
    {"", "ReduceLogSumExp", 1, 2, 1, {1}, infer_reduce<log_of_sum_of_powers>, lower_reduce<log_of_sum_of_powers>}};
const Registration reduce_l1{
    {"", "ReduceL1", 1, 2, 1, {1}, infer_reduce<sum_of_magnitudes>, lower_reduce<sum_of_magnitudes>}};
const Registration reduce_l2{
    {"", "ReduceL2", 1, 2, 1, {1}, infer_reduce<sum_of_squares>, lower_reduce<sum_of_squares, square_root>}};
const Registration reduce_sum_square{
    {"", "ReduceSumSquare", 1, 2, 1, {1}, infer_reduce<sum_of_squares>, lower_reduce<sum_of_squares>}};
const Registration reduce_prod{{"", "ReduceProd", 1, 2, 1, {1}, infer_reduce<product>, lower_reduce<product>}};
const Registration reduce_max{{"", "ReduceMax", 1, 2, 1, {1}, infer_reduce<max>, lower_reduce<max>}};
const Registration reduce_min{{"", "ReduceMin", 1, 2, 1, {1}, infer_reduce<min>, lower_reduce<min>}};

}  // namespace

}  // namespace onecnn::core
