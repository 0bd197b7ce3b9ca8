// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/gemm_tile.h"

namespace onecnn::core {

// Each from a file compiled for its instruction set.

// By rows less 1; one vector wide, and two.
extern const TileFunction avx2_tiles_1[12];
extern const TileFunction avx2_tiles_2[6];
extern const TileFunction avx512_tiles_1[14];
extern const TileFunction avx512_tiles_2[14];

// One row of row_panels panels.
extern const TileFunction avx2_row;
extern const TileFunction avx512_row;

}  // namespace onecnn::core
