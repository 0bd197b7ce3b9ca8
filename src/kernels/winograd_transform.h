// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// Included by files that are compiled for one instruction set each: nothing here may have code that a linker could share.

namespace onecnn::core {

/// The pixels that one tile of the result looks at, channels innermost. Strides are in elements.
struct WinogradSource {
    const float* pixels;  ///< where the first one would lie
    std::int64_t row;
    std::int64_t pixel;
    /// Rows [top, bottom) and columns [left, right) lie in the image; all others are padding and are not read.
    int top;
    int bottom;
    int left;
    int right;
};

/// The pixels that one tile of the result makes: clamp(A'mA + bias + addend), or where it is pooled the largest of each two by two
/// of them. Strides are in elements.
struct WinogradResult {
    float* pixels;
    std::int64_t row;
    std::int64_t pixel;
    int rows;  ///< that lie in the image, as do the first `columns` columns; no others are written
    int columns;
    const float* bias;    ///< may be null
    const float* addend;  ///< may be null
    std::int64_t addend_row;
    std::int64_t addend_pixel;
    float low;
    float high;
};

/// The transforms F(tile × tile, 3 × 3) of Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015. A transformed
/// tile is (tile + 2)² planes, `stride` elements apart, of its channels up to whole vectors.
struct WinogradTransforms {
    int tile;
    void (*source)(const WinogradSource& tile, std::int64_t channels, float* planes, std::int64_t stride);
    void (*result)(const float* planes, std::int64_t stride, std::int64_t channels, const WinogradResult& tile);
    void (*pooled)(const float* planes, std::int64_t stride, std::int64_t channels,
                   const WinogradResult& tile);  ///< no addend
};

// Each from a file compiled for its instruction set: F(2 × 2, 3 × 3) and F(4 × 4, 3 × 3).
extern const WinogradTransforms winograd_avx2[2];
extern const WinogradTransforms winograd_avx512[2];

}  // namespace onecnn::core
