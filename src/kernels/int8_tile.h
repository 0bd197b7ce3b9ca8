// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// Included by files that are compiled for one instruction set each: nothing here may have code that a linker could
// share.

namespace onecnn::core {

// Weights lie in panels of so many columns; along k they lie in quads, four bytes that one instruction multiplies and
// adds.
inline constexpr std::int64_t int8_columns = 16;
inline constexpr std::int64_t int8_quad = 4;
inline constexpr std::int64_t int8_block = int8_columns * int8_quad;  ///< bytes of a quad of a panel

/// From a sum of products to a stored byte: y = round(clamp((sum + bias) · scale)), and with an addend
/// round(clamp(y · kept + addend · added + offset)); then the zero point. Every machine gives the same bits.
struct Requantization {
    const std::int32_t* bias;  ///< by column, as many as panels have; with what zero points of the sources subtract
    const float* scale;        ///< likewise
    float low;
    float high;
    bool has_addend = false;
    float kept = 1;
    float added = 0;
    float offset = 0;
    float sum_low = 0;
    float sum_high = 0;
    std::int32_t zero = 0;
    std::uint8_t addend_flip = 0;  ///< 0x80 turns int8 into uint8
    std::uint8_t flip = 0;         ///< likewise, for what is stored
    /// The last bounds are a byte's, and no value is beyond 32 bits: a kernel that packs with saturation need not clamp.
    bool saturates = false;
};

/// A tile of the product of uint8 rows and int8 weights.
struct Int8Tile {
    std::int64_t quads;  ///< of a row, in all
    /// Where rows lie in `taps` pieces of equal length: the places of each piece, `places_row` from a piece's to the next one's.
    const std::uint8_t* const* places;
    std::int64_t places_row;
    std::int64_t taps;
    /// Where they do not: each whole, `a_row` from one to the next.
    const std::uint8_t* a;
    std::int64_t a_row;
    const std::int8_t* b;     ///< panels, each `quads` blocks
    const std::int8_t* next;  ///< blocks that will be read soon
    std::int64_t next_step;   ///< bytes of them to prefetch with each quad
    std::int64_t columns;     ///< that are stored
    /// What was split off weights whose products would saturate: blocks, and the quads they belong to.
    const std::int8_t* excess;
    const std::uint32_t* excess_quads;
    std::int64_t excess_count;
    const Requantization* requantization;
    std::int64_t first_column;  ///< in the requantisation's arrays
    const std::uint8_t* addend;
    std::int64_t addend_row;
    std::uint8_t* c;
    std::int64_t c_row;
};

/// A pixel of a depthwise convolution: the channels' own filters.
struct Int8Depthwise {
    std::int64_t taps;
    const std::uint8_t* const* sources;  ///< by tap, a pixel's channels
    const std::int32_t* weights;         ///< [taps][weights_row]; for Int8Columns as int8_column_channels says
    std::int64_t weights_row;            ///< channels, rounded up to int8_columns
    std::int64_t channels;
    std::uint8_t source_flip;
    const Requantization* requantization;
    const std::uint8_t* addend;
    std::uint8_t* c;
};

/// Four neighbouring pixels of a line, none of whose taps lies left or right of the source: `sources` are by the kernel's
/// lines, the leftmost pixel of each, from which the next ones lie so many bytes apart.
struct Int8DepthwiseLine {
    Int8Depthwise pixel;
    const std::int64_t* source_steps;  ///< by the kernel's lines
    std::int64_t addend_step;
    std::int64_t c_step;
};
inline constexpr std::int64_t int8_line_pixels = 4;

/// Channels that the kernels for columns of taps take together: their weights, [3][channels] quads of a column of three taps and a
/// zero, and the requantisation's arrays have each sixteen bytes' four quarters, of which unpacking makes a vector, one after
/// another: channel 16 i + 4 v + j comes as 16 v + 4 i + j.
inline constexpr std::int64_t int8_column_channels = 64;

/// A sum of bytes, one by one: `a` is what requantisation takes for sums of products, `addend` its addend.
struct Int8Sum {
    std::int64_t count;
    const std::uint8_t* a;
    std::uint8_t a_flip;
    const std::uint8_t* addend;
    const Requantization* requantization;  ///< its arrays of int8_columns elements serve all
    std::uint8_t* c;
};

/// Pixels of an image of float32, whose channels lie in planes, as bytes channels last: round(clamp(x / scale)) + zero.
struct Int8Image {
    const float* x;
    std::int64_t plane;  ///< elements from a channel to the next
    std::int64_t channels;
    std::int64_t pixels;
    float scale;
    std::int32_t zero;
    std::uint8_t flip;  ///< 0x80 turns uint8 into int8
    std::uint8_t* to;
};

using Int8ImageFunction = void (*)(const Int8Image&);
using Int8SumFunction = void (*)(const Int8Sum&);
using Int8TileFunction = void (*)(const Int8Tile&);
using Int8DepthwiseFunction = void (*)(const Int8Depthwise&);
using Int8DepthwiseLineFunction = void (*)(const Int8DepthwiseLine&);

/// A depthwise convolution of 3 × 3 taps by its columns; no addend.
struct Int8Columns {
    Int8DepthwiseFunction pixel;
    Int8DepthwiseLineFunction lines[2];  ///< by stride, 1 and 2
};

}  // namespace onecnn::core
