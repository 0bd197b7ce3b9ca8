// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/shape.h"

namespace onecnn::core {

/// The element of a tensor of `shape` at a place of the shape that it is broadcast to.
[[nodiscard]] inline std::int64_t broadcast_place(std::int64_t place, const Shape& whole, const Shape& shape) {
    std::int64_t result = 0;
    std::int64_t stride = 1;
    for (std::size_t i = 0; i < whole.size(); ++i) {
        const std::size_t axis = whole.size() - 1 - i;
        const std::int64_t coordinate = place % whole[axis];
        place /= whole[axis];
        if (i < shape.size()) {
            const std::int64_t dim = shape[shape.size() - 1 - i];
            result += dim == 1 ? 0 : coordinate * stride;
            stride *= dim;
        }
    }
    return result;
}

}  // namespace onecnn::core
