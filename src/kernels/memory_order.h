// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <vector>

#include "kernels/layout.h"

namespace onecnn::core {

/// A list over a tensor's axes, in the order in which a layout has them in memory, outermost first.
template <typename T>
[[nodiscard]] std::vector<T> in_memory_order(std::vector<T> axes, Layout layout) {
    if (layout == Layout::channels_last && axes.size() >= 3) {
        std::rotate(axes.begin() + 1, axes.begin() + 2, axes.end());
    }
    return axes;
}

}  // namespace onecnn::core
