// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kernels/step.h"
#include "runtime/dtype.h"
#include "runtime/shape.h"

namespace onecnn::core {

/// One axis of a view of a tensor: its size, and by how many elements of the tensor a step along it moves; 0 repeats, a
/// negative number goes backwards.
struct ViewAxis {
    std::int64_t size;
    std::int64_t stride;
};

/// Elements of a tensor under other axes, outermost first, beginning at element `offset`.
struct View {
    std::vector<ViewAxis> axes;
    std::int64_t offset = 0;
};

/// An operator may see each axis of a tensor as two.
inline constexpr std::size_t max_view_axes = 2 * max_rank;

/// Walks through a view, which must have elements and outlive it, the last axis fastest; no more than max_view_axes axes.
class ViewCursor {
public:
    ViewCursor(std::span<const ViewAxis> axes, std::int64_t offset, std::int64_t position)
        : axes_(axes), offset_(offset) {
        for (std::size_t i = axes.size(); i-- > 0;) {
            at_[i] = position % axes[i].size;
            offset_ += at_[i] * axes[i].stride;
            position /= axes[i].size;
        }
    }

    /// The element of the tensor.
    [[nodiscard]] std::int64_t offset() const { return offset_; }

    /// After the last element comes the first.
    void next() {
        for (std::size_t i = axes_.size(); i-- > 0;) {
            offset_ += axes_[i].stride;
            if (++at_[i] < axes_[i].size) {
                return;
            }
            offset_ -= axes_[i].size * axes_[i].stride;
            at_[i] = 0;
        }
    }

private:
    std::span<const ViewAxis> axes_;
    std::int64_t offset_;
    std::array<std::int64_t, max_view_axes> at_{};
};

/// The same elements with no axis of size 1 and with neighbours joined that are passed in one go.
[[nodiscard]] std::vector<ViewAxis> joined(const std::vector<ViewAxis>& axes);

[[nodiscard]] std::int64_t element_count(std::span<const ViewAxis> axes);

/// Copies a view's elements, of which there must be some, into a dense tensor.
[[nodiscard]] std::unique_ptr<Step> make_view_copy_step(DType dtype, const View& view, Slot from, Slot to);

}  // namespace onecnn::core
