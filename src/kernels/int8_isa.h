// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/int8_tile.h"

namespace onecnn::core {

/// How this processor multiplies uint8 and int8. Sums are exact, and wrap around in 32 bits.
struct Int8Isa {
    const char* name;                      ///< "avx512_vnni", "avx2", "anywhere"
    bool splits_excess;                    ///< whether weights whose products would saturate must be split
    int panels[3];                         ///< widths of tiles, widest first; 0 for none
    int rows[3];                           ///< most rows of a tile of that width
    const Int8TileFunction* tiles[3];      ///< by rows less 1
    const Int8TileFunction* scattered[3];  ///< the same for rows in pieces; null where these must be gathered
    Int8DepthwiseFunction depthwise;
    const Int8DepthwiseLineFunction (*lines)[2];  ///< by width of the kernel, 3 and 5, and by stride, 1 and 2
    Int8SumFunction sum;
    Int8ImageFunction image;
    const Int8Columns* columns = nullptr;  ///< where that is faster
};

/// The fastest that the processor and the environment variable ONECNN_ISA allow.
[[nodiscard]] const Int8Isa& int8_isa();

// Each from a file compiled for its instruction set.
extern const Int8Isa int8_avx512vnni;
extern const Int8Isa int8_avx2;
extern const Int8Isa int8_anywhere;
extern const Int8Columns int8_columns_avx512vnni;

}  // namespace onecnn::core
