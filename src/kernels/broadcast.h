// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "kernels/step.h"
#include "runtime/shape.h"

namespace onecnn::core {

/// One axis of a broadcast: its size, and how far each operand moves along it, in elements; 0 where the operand is repeated.
struct BroadcastAxis {
    std::int64_t size;
    std::int64_t a;
    std::int64_t b;
};

/// The axes of two dense operands' broadcast, outermost first: at least one, none of size 1 but in a single element, and
/// neighbours that each operand passes in one go joined. Along the last axis an operand moves by 1 or stays. The shapes are
/// those of memory order, outermost first, and must broadcast.
[[nodiscard]] std::vector<BroadcastAxis> broadcast_axes(ShapeView a, ShapeView b);

/// The same where the result is larger than what both make, as with further operands.
[[nodiscard]] std::vector<BroadcastAxis> broadcast_axes(ShapeView a, ShapeView b, ShapeView result);

/// Elements of the result.
[[nodiscard]] std::int64_t element_count(const std::vector<BroadcastAxis>& axes);

/// Calls `function(a, b, out, count)` for the elements [range.begin, range.end) of the result, in pieces of the last axis: the
/// offsets of each piece's first elements, and its length.
template <typename Function>
void for_each_piece(const std::vector<BroadcastAxis>& axes, Range range, const Function& function) {
    const BroadcastAxis& inner = axes.back();
    for (std::int64_t out = range.begin; out < range.end;) {
        const std::int64_t within = out % inner.size;
        std::int64_t row = out / inner.size;
        std::int64_t a = within * inner.a;
        std::int64_t b = within * inner.b;
        for (auto axis = axes.rbegin() + 1; axis != axes.rend(); ++axis) {
            const std::int64_t index = row % axis->size;
            a += index * axis->a;
            b += index * axis->b;
            row /= axis->size;
        }
        const std::int64_t count = std::min(inner.size - within, range.end - out);
        function(a, b, out, count);
        out += count;
    }
}

}  // namespace onecnn::core
