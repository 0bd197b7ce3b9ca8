// SPDX-License-Identifier: Apache-2.0
#include "kernels/transpose.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "graph/attributes.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

/// Dimension i of the result is dimension `perm[i]` of the input; without `perm` the dimensions are reversed.
std::vector<std::size_t> permutation_of(const Node& node, const Shape& shape) {
    std::vector<std::size_t> permutation(shape.size());
    const auto perm = find_attribute<std::vector<std::int64_t>>(node, "perm");
    if (!perm) {
        std::iota(permutation.rbegin(), permutation.rend(), std::size_t{0});
        return permutation;
    }
    Shape sorted = *perm;
    std::ranges::sort(sorted);
    Shape expected(shape.size());
    std::iota(expected.begin(), expected.end(), 0);
    if (sorted != expected) {
        fail(ErrorCode::invalid_model, describe(node), ": perm ", to_string(*perm), " is no permutation of the ",
             shape.size(), " dimensions of its input of shape ", to_string(shape));
    }
    std::ranges::transform(*perm, permutation.begin(), [](std::int64_t i) { return static_cast<std::size_t>(i); });
    return permutation;
}

void infer_transpose(InferContext& context) {
    Shape moved;
    for (const std::size_t axis : permutation_of(context.node(), context.shape(0))) {
        moved.push_back(context.shape(0)[axis]);
    }
    context.set_output(0, context.dtype(0), std::move(moved));
}

/// Whether the dimensions longer than 1 keep their order, so that the bytes stay as they are.
bool moves_nothing(const Shape& shape, const std::vector<std::size_t>& permutation) {
    std::vector<std::size_t> kept;
    std::ranges::copy_if(permutation, std::back_inserter(kept), [&](std::size_t axis) { return shape[axis] != 1; });
    return std::ranges::is_sorted(kept);
}

/// Whether the result in row-major order is what an input in channels_last has in memory: (0, 2, 3, ..., 1).
bool is_channels_last(const std::vector<std::size_t>& permutation) {
    return permutation.size() >= 3 && permutation.front() == 0 && permutation.back() == 1 &&
           std::ranges::is_sorted(permutation.begin() + 1, permutation.end() - 1);
}

/// Whether an input in row-major order is what the result in channels_last has in memory: (0, n − 1, 1, 2, ...).
bool is_channels_first(const std::vector<std::size_t>& permutation) {
    return permutation.size() >= 3 && permutation.front() == 0 && permutation[1] == permutation.size() - 1 &&
           std::ranges::is_sorted(permutation.begin() + 2, permutation.end());
}

void lower_transpose(LowerContext& context) {
    const Shape& shape = context.shape(0);
    const auto permutation = permutation_of(context.node(), shape);
    if (moves_nothing(shape, permutation)) {
        return context.alias(0, 0);
    }
    if (context.layout(0) == Layout::channels_last && is_channels_last(permutation)) {
        const Slot from = context.input(0, Layout::channels_last);
        return context.add(make_copy_step(byte_count(context.dtype(0), shape), from, context.output(0)));
    }
    if (context.layout(0) == Layout::row_major && is_channels_first(permutation)) {
        const Slot from = context.input(0);
        return context.add(
            make_copy_step(byte_count(context.dtype(0), shape), from, context.output(0, Layout::channels_last)));
    }
    const Slot from = context.input(0);
    context.add(make_transpose_step(context.dtype(0), shape, permutation, from, context.output(0)));
}

const Registration transpose{{"", "Transpose", 1, 1, 1, {}, infer_transpose, lower_transpose}};

}  // namespace

}  // namespace onecnn::core
