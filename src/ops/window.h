// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "graph/graph.h"
#include "runtime/shape.h"

namespace onecnn::core {

/// How the window of Conv and of the pooling operators moves over the spatial dimensions; one entry a dimension in each field.
struct Window {
    Shape kernel;
    Shape strides;
    Shape dilations;
    Shape pads_begin;
    Shape pads_end;
    Shape overhang;  ///< how far ceil_mode's last window reaches past pads_end; elements there are no padding
    Shape output;

    /// The elements that a window spans in one dimension, its dilation included.
    [[nodiscard]] std::int64_t extent(std::size_t dimension) const {
        return (kernel[dimension] - 1) * dilations[dimension] + 1;
    }
};

/// The window of a node over an input of `spatial` dimensions, from its attributes strides, pads, dilations, auto_pad and
/// ceil_mode. InvalidModel naming the node when they contradict each other or the kernel does not fit.
[[nodiscard]] Window resolve_window(const Node& node, ShapeView spatial, ShapeView kernel);

/// The window of a ConvTranspose over an input of `spatial` dimensions, from its attributes strides, pads, dilations, auto_pad,
/// output_padding and output_shape: that of the Conv which `output` would be the input of. A negative `pads_end` adds results
/// past those that the window reaches. InvalidModel naming the node when the attributes contradict each other.
[[nodiscard]] Window resolve_transposed_window(const Node& node, ShapeView spatial, ShapeView kernel);

/// Whether oneDNN, which holds sizes, and offsets into the padding, in an int can slide the window over `src` into `dst`, both
/// with batch and channels first.
[[nodiscard]] bool fits_int32(const Window& window, ShapeView src, ShapeView dst);

}  // namespace onecnn::core
