// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/shape.h"

namespace onecnn::core {

/// The order in which a tensor's elements lie in memory; both are dense.
enum class Layout {
    row_major,      ///< as ONNX has it: NCHW
    channels_last,  ///< the second dimension innermost: NHWC; for rank ≥ 3
};

/// Strides in elements, in the order of the shape's own dimensions.
[[nodiscard]] inline Shape strides_of(ShapeView shape, Layout layout) {
    if (layout == Layout::row_major || shape.size() < 3) {
        return row_major_strides(shape);
    }
    Shape moved{shape[0]};
    moved.insert(moved.end(), shape.begin() + 2, shape.end());
    moved.push_back(shape[1]);
    const Shape strides = row_major_strides(moved);
    Shape result{strides[0], strides.back()};
    result.insert(result.end(), strides.begin() + 1, strides.end() - 1);
    return result;
}

/// Whether both layouts order a tensor of this shape's elements alike, so that nothing need move.
[[nodiscard]] inline bool layouts_coincide(ShapeView shape) {
    return shape.size() < 3 || shape[1] == 1 || element_count(shape, 2, shape.size()) == 1;
}

}  // namespace onecnn::core
