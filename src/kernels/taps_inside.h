// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/direct_convolution.h"

namespace onecnn::core {

/// Those of `count` positions, `step` apart from `first` on, which lie in [0, size).
[[nodiscard]] inline Range positions_inside(std::int64_t first, std::int64_t step, std::int64_t count,
                                            std::int64_t size) {
    const auto before = [=](std::int64_t bound) {
        return first >= bound ? 0 : std::min(count, (bound - first + step - 1) / step);
    };
    return {before(0), before(size)};
}

/// Those elements of the kernel, when it makes a result, under which there is input.
[[nodiscard]] inline Range taps_inside(const ConvolutionDimension& dimension, std::int64_t result) {
    return positions_inside(result * dimension.stride - dimension.pad_begin, dimension.dilation, dimension.kernel,
                            dimension.input);
}

}  // namespace onecnn::core
