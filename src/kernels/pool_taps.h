// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/pool.h"

namespace onecnn::core {

/// What one window position sees of one dimension.
struct Taps {
    std::int64_t first;   ///< the first input element under the window
    std::int64_t count;   ///< elements under it
    std::int64_t padded;  ///< elements under it, those of the padding included
};

[[nodiscard]] inline Taps taps_at(const PoolDimension& dimension, std::int64_t output) {
    const std::int64_t start = output * dimension.stride - dimension.pad_begin;
    const auto before = [&](std::int64_t bound) {
        const std::int64_t room = bound - start;
        const std::int64_t taps = dimension.dilation == 1 ? room : (room - 1) / dimension.dilation + 1;
        return room <= 0 ? 0 : std::min(dimension.kernel, taps);
    };
    const std::int64_t outside = before(0);
    const std::int64_t inside = before(dimension.input);
    return {start + outside * dimension.dilation, inside - outside, before(dimension.input + dimension.pad_end)};
}

}  // namespace onecnn::core
