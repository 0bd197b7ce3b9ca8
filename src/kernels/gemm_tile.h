// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// Included by files that are compiled for one instruction set each: nothing here may have code that a linker could share.

namespace onecnn::core {

inline constexpr float unbounded = __builtin_huge_valf();

/// A tile of C = clamp(A B + bias + addend). Strides are in elements.
struct GemmTile {
    std::int64_t k;
    const float* a;
    std::int64_t a_row;
    const float* b;  ///< a panel: k rows as wide as the tile's vectors
    float* c;
    std::int64_t c_row;
    std::int64_t columns;  ///< that are stored, at most the tile's width
    const float* bias;     ///< may be null
    const float* addend;   ///< may be null, or C itself
    std::int64_t addend_row;
    float low;
    float high;
    std::int64_t runs = 1;   ///< of k elements each, in which a row of A lies
    std::int64_t a_run = 0;  ///< from a run to the next
};

/// How many panels the kernel for a single row takes at a time.
inline constexpr int row_panels = 4;

using TileFunction = void (*)(const GemmTile&);

}  // namespace onecnn::core
