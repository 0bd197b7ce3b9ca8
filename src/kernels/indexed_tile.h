// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// Included by files that are compiled for one instruction set each: nothing here may have code that a linker could share.

namespace onecnn::core {

/// A tile of a convolution read where it lies: element (r, p) of A is at a[r · a_row + offsets[p]], r counting results along a
/// line, p the filter's taps. Strides are in elements.
struct IndexedTile {
    std::int64_t count;  ///< of such tiles, side by side on the line
    std::int64_t k;
    const std::int32_t* offsets;
    const float* a;
    std::int64_t a_row;
    std::int64_t a_line;  ///< to the second line of results, where two are pooled
    const float* b;       ///< a panel, as GemmTile has it
    float* c;
    std::int64_t c_row;
    std::int64_t columns;
    const float* bias;  ///< may be null
    float low;
    float high;
};

using IndexedTileFunction = void (*)(const IndexedTile&);

/// The tiles of one instruction set, by width in vectors less 1, then by height less 1: in results, or in windows of two by two
/// results of which the largest counts.
struct IndexedTiles {
    std::int64_t rows[2];
    const IndexedTileFunction* plain[2];
    std::int64_t windows[2];
    const IndexedTileFunction* pooled[2];
};

extern const IndexedTiles indexed_tiles_avx2;
extern const IndexedTiles indexed_tiles_avx512;

}  // namespace onecnn::core
