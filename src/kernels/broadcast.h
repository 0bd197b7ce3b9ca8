// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
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

/// A step that computes `operation(a, b)` of T for each element of the broadcast.
template <typename T, typename Operation>
[[nodiscard]] std::unique_ptr<Step> make_broadcast_step(std::vector<BroadcastAxis> axes, Operation operation, Slot a,
                                                        Slot b, Slot out) {
    const std::int64_t count = element_count(axes);
    const std::int64_t work = 3 * static_cast<std::int64_t>(sizeof(T));
    const std::int64_t slices = slices_for(count, work);
    auto body = [=, axes = std::move(axes)](const Memory& memory, std::int64_t slice) {
        // Each of the three loops is of a form that compilers vectorise.
        const auto piece = [&](std::int64_t from_a, std::int64_t from_b, std::int64_t to, std::int64_t length) {
            const T* x = memory.at<const T>(a) + from_a;
            const T* y = memory.at<const T>(b) + from_b;
            T* result = memory.at<T>(out) + to;
            if (axes.back().b == 0) {
                std::transform(x, x + length, result,
                               [&operation, right = *y](T left) { return operation(left, right); });
            } else if (axes.back().a == 0) {
                std::transform(y, y + length, result,
                               [&operation, left = *x](T right) { return operation(left, right); });
            } else {
                std::transform(x, x + length, y, result, operation);
            }
        };
        for_each_piece(axes, slice_range(count, slices, slice), piece);
    };
    auto step = std::make_unique<FunctionStep>("broadcast", slices, std::move(body));
    step->reads = {a, b};
    step->writes = {out};
    step->work = count * work;
    return step;
}

}  // namespace onecnn::core
