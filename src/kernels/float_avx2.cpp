// SPDX-License-Identifier: Apache-2.0
#include "kernels/float_isa.h"
#include "kernels/fma_chains_kernel.h"
#include "kernels/gemm_row_kernel.h"
#include "kernels/gemm_tile_kernel.h"
#include "kernels/vector_avx2.h"

namespace onecnn::core {

namespace {

template <int rows, int vectors>
constexpr TileFunction tile = TileKernel<Avx2, rows, vectors>::run;

// Sixteen registers: twelve sums, the weights and an element of A.
constexpr TileFunction tiles_1[12] = {tile<1, 1>, tile<2, 1>, tile<3, 1>, tile<4, 1>,  tile<5, 1>,  tile<6, 1>,
                                      tile<7, 1>, tile<8, 1>, tile<9, 1>, tile<10, 1>, tile<11, 1>, tile<12, 1>};
constexpr TileFunction tiles_2[6] = {tile<1, 2>, tile<2, 2>, tile<3, 2>, tile<4, 2>, tile<5, 2>, tile<6, 2>};

}  // namespace

const FloatIsa float_avx2{.name = "avx2",
                          .width = 8,
                          .columns = 16,
                          .rows = {12, 6},
                          .tiles = {tiles_1, tiles_2},
                          .row = RowKernel<Avx2>::run,
                          .indexed = &indexed_tiles_avx2,
                          .winograd = winograd_avx2,
                          .depthwise_line = depthwise_line_avx2,
                          .channel_rows = &channel_rows_avx2,
                          .activations = &activations_avx2,
                          .fma_chains = fma_chains<Avx2>};

}  // namespace onecnn::core
