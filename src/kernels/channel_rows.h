// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// Included by files that are compiled for one instruction set each: nothing here may have code that a linker could share.

namespace onecnn::core {

// Work on the channels of pixels, which lie one after another in channels_last. Strides are in elements.

/// y = clamp(scale · x + shift + addend) over rows of channels.
struct AffineRows {
    std::int64_t rows;
    std::int64_t channels;
    const float* x;
    std::int64_t x_row;
    float* y;
    std::int64_t y_row;
    const float* scale;   ///< one a channel; null where nothing is scaled and shifted
    const float* shift;   ///< one a channel; null where it is 0 and there is no addend
    const float* addend;  ///< as x, with its own rows; may be null
    std::int64_t addend_row;
    float low;
    float high;
};

/// The pixels under a window, folded into one.
struct WindowRows {
    std::int64_t rows;
    std::int64_t columns;
    std::int64_t channels;
    const float* x;
    std::int64_t x_row;
    std::int64_t x_pixel;
    float* y;
    float divisor;  ///< of their sum
};

/// y = x / (bias + alpha · Σ x²)^¾ over rows of channels, the sum over the channels from `before` before x's to `after` after it.
struct ResponseRows {
    std::int64_t rows;
    std::int64_t channels;
    const float* x;
    std::int64_t x_row;
    float* y;
    std::int64_t y_row;
    std::int64_t before;
    std::int64_t after;
    float alpha;
    float bias;
    float* squares;  ///< channels + before + after + a vector of them
};

/// y[c] = x[from[c]] over rows of channels.
struct PermutedRows {
    std::int64_t rows;
    std::int64_t channels;
    const float* x;
    std::int64_t x_row;
    float* y;
    std::int64_t y_row;
    const std::int32_t* from;  ///< channels of them, and a vector more
};

/// These on one instruction set.
struct ChannelRows {
    void (*affine)(const AffineRows&);
    void (*max)(const WindowRows&);
    void (*sum)(const WindowRows&);
    void (*respond)(const ResponseRows&);
    void (*permute)(const PermutedRows&);
};

extern const ChannelRows channel_rows_portable;
extern const ChannelRows channel_rows_avx2;
extern const ChannelRows channel_rows_avx512;

/// Of the instruction set that float_isa() has; else in plain C++.
[[nodiscard]] const ChannelRows& channel_rows();

}  // namespace onecnn::core
