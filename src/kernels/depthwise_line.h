// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/gemm_tile.h"

namespace onecnn::core {

/// Pixels of a line of a depthwise convolution whose windows have the same taps inside the input. Strides are in elements;
/// channels lie one after another.
struct DepthwiseLine {
    std::int64_t channels;
    std::int64_t pixels;
    std::int64_t tap_lines;    ///< lines of the window
    std::int64_t tap_columns;  ///< pixels of each
    const float* src;          ///< under the first pixel's first tap
    std::int64_t src_pixel;    ///< from a result to the next
    std::int64_t src_tap;      ///< from a tap to the next
    std::int64_t src_line;     ///< from a line of taps to the next
    const float* weights;      ///< of the first tap: the channels' own, tap by tap
    std::int64_t weights_line;
    const float* bias;    ///< may be null
    const float* addend;  ///< may be null
    std::int64_t addend_pixel;
    float* dst;
    std::int64_t dst_pixel;
    float low;
    float high;
};

using DepthwiseFunction = void (*)(const DepthwiseLine&);

// Each from a file compiled for its instruction set.
void depthwise_line_avx2(const DepthwiseLine& line);
void depthwise_line_avx512(const DepthwiseLine& line);

}  // namespace onecnn::core
