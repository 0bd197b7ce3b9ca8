// SPDX-License-Identifier: Apache-2.0
#include "kernels/view.h"

#include <algorithm>
#include <utility>

#include "kernels/visit_element_size.h"

namespace onecnn::core {

namespace {

template <typename T>
void copy_row(const T* from, std::int64_t stride, std::int64_t count, T* to) {
    if (stride == 1) {
        std::copy_n(from, count, to);
    } else if (stride == 0) {
        std::fill_n(to, count, *from);
    } else {
        for (std::int64_t i = 0; i < count; ++i) {
            to[i] = from[i * stride];
        }
    }
}

}  // namespace

std::vector<ViewAxis> joined(const std::vector<ViewAxis>& axes) {
    std::vector<ViewAxis> result;
    for (const ViewAxis& axis : axes) {
        if (axis.size == 1) {
            continue;
        }
        if (!result.empty() && result.back().stride == axis.stride * axis.size) {
            result.back() = {result.back().size * axis.size, axis.stride};
        } else {
            result.push_back(axis);
        }
    }
    return result;
}

std::int64_t element_count(std::span<const ViewAxis> axes) {
    std::int64_t count = 1;
    for (const ViewAxis& axis : axes) {
        count = checked_multiply(count, axis.size);
    }
    return count;
}

std::unique_ptr<Step> make_view_copy_step(DType dtype, const View& view, Slot from, Slot to) {
    std::vector<ViewAxis> outer = joined(view.axes);
    ViewAxis row{1, 1};
    if (!outer.empty()) {
        row = outer.back();
        outer.pop_back();
    }
    const std::int64_t count = element_count(view.axes);
    const std::int64_t element_bytes = bits(dtype) / 8;
    const std::int64_t slices = slices_for(count, element_bytes);
    std::unique_ptr<FunctionStep> step;
    visit_element_size(dtype, [&]<typename T>(T) {
        auto body = [=, offset = view.offset, outer = std::move(outer)](const Memory& memory, std::int64_t slice) {
            const Range range = slice_range(count, slices, slice);
            if (range.begin == range.end) {
                return;
            }
            ViewCursor cursor(outer, offset, range.begin / row.size);
            std::int64_t skipped = range.begin % row.size;
            for (std::int64_t i = range.begin; i < range.end;) {
                const std::int64_t length = std::min(row.size - skipped, range.end - i);
                copy_row(memory.at<const T>(from) + cursor.offset() + skipped * row.stride, row.stride, length,
                         memory.at<T>(to) + i);
                i += length;
                skipped = 0;
                cursor.next();
            }
        };
        step = std::make_unique<FunctionStep>("copy of a view", slices, std::move(body));
    });
    step->reads = {from};
    step->writes = {to};
    step->work = count * element_bytes;
    return step;
}

}  // namespace onecnn::core
