// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "kernels/activations.h"
#include "kernels/channel_rows.h"
#include "kernels/depthwise_line.h"
#include "kernels/fma_chains.h"
#include "kernels/gemm_tile.h"
#include "kernels/indexed_tile.h"
#include "kernels/winograd_transform.h"

namespace onecnn::core {

/// How this processor computes float32: the kernels of one instruction set, which keep a tile of a matrix in registers.
struct FloatIsa {
    const char* name;              ///< "avx2", "avx512"
    std::int64_t width;            ///< floats in a vector
    std::int64_t columns;          ///< of a panel of packed weights: two vectors
    std::int64_t rows[2];          ///< most rows of a tile that is one vector wide, and two
    const TileFunction* tiles[2];  ///< by width in vectors less 1, then by rows less 1
    TileFunction row;              ///< a single row of row_panels whole panels
    const IndexedTiles* indexed;
    const WinogradTransforms* winograd;  ///< F(2 × 2, 3 × 3) and F(4 × 4, 3 × 3)
    DepthwiseFunction depthwise_line;
    const ChannelRows* channel_rows;
    const Activations* activations;
    FmaChains fma_chains;
};

/// The widest that the processor and the environment variable ONECNN_ISA ("avx512", "avx2", "none") allow; null where there is
/// none, so that oneDNN or plain C++ must compute.
[[nodiscard]] const FloatIsa* float_isa();

// Each from a file compiled for its instruction set.
extern const FloatIsa float_avx2;
extern const FloatIsa float_avx512;

}  // namespace onecnn::core
