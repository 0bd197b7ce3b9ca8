// SPDX-License-Identifier: Apache-2.0
#include "kernels/broadcast.h"

namespace onecnn::core {

namespace {

/// A shape with ones before it, up to the given rank.
Shape padded(ShapeView shape, std::size_t rank) {
    Shape result(rank - shape.size(), 1);
    result.insert(result.end(), shape.begin(), shape.end());
    return result;
}

}  // namespace

std::vector<BroadcastAxis> broadcast_axes(ShapeView a, ShapeView b) {
    return broadcast_axes(a, b, broadcast(a, b, "a broadcast"));
}

std::vector<BroadcastAxis> broadcast_axes(ShapeView a, ShapeView b, ShapeView result) {
    const std::size_t rank = result.size();
    const Shape sizes_a = padded(a, rank);
    const Shape sizes_b = padded(b, rank);
    const Shape strides_a = row_major_strides(sizes_a);
    const Shape strides_b = row_major_strides(sizes_b);
    std::vector<BroadcastAxis> axes;
    for (std::size_t i = 0; i < rank; ++i) {
        const BroadcastAxis axis{result[i], sizes_a[i] == 1 ? 0 : strides_a[i], sizes_b[i] == 1 ? 0 : strides_b[i]};
        if (axis.size == 1) {
            continue;
        }
        if (!axes.empty() && axes.back().a == axis.a * axis.size && axes.back().b == axis.b * axis.size) {
            axes.back() = {axes.back().size * axis.size, axis.a, axis.b};
        } else {
            axes.push_back(axis);
        }
    }
    if (axes.empty()) {
        axes.push_back({1, 1, 1});
    }
    return axes;
}

std::int64_t element_count(const std::vector<BroadcastAxis>& axes) {
    std::int64_t count = 1;
    for (const BroadcastAxis& axis : axes) {
        count *= axis.size;
    }
    return count;
}

}  // namespace onecnn::core
