// SPDX-License-Identifier: Apache-2.0
#include "kernels/float_isa.h"
#include "kernels/fma_chains_kernel.h"
#include "kernels/gemm_row_kernel.h"
#include "kernels/gemm_tile_kernel.h"
#include "kernels/vector_avx512.h"

namespace onecnn::core {

namespace {

template <int rows, int vectors>
constexpr TileFunction tile = TileKernel<Avx512, rows, vectors>::run;

// Thirty-two registers: twenty-eight sums, the weights and an element of A.
constexpr TileFunction tiles_1[14] = {tile<1, 1>,  tile<2, 1>,  tile<3, 1>,  tile<4, 1>, tile<5, 1>,
                                      tile<6, 1>,  tile<7, 1>,  tile<8, 1>,  tile<9, 1>, tile<10, 1>,
                                      tile<11, 1>, tile<12, 1>, tile<13, 1>, tile<14, 1>};
constexpr TileFunction tiles_2[14] = {tile<1, 2>,  tile<2, 2>,  tile<3, 2>,  tile<4, 2>, tile<5, 2>,
                                      tile<6, 2>,  tile<7, 2>,  tile<8, 2>,  tile<9, 2>, tile<10, 2>,
                                      tile<11, 2>, tile<12, 2>, tile<13, 2>, tile<14, 2>};

}  // namespace

const FloatIsa float_avx512{.name = "avx512",
                            .width = 16,
                            .columns = 32,
                            .rows = {14, 14},
                            .tiles = {tiles_1, tiles_2},
                            .row = RowKernel<Avx512>::run,
                            .indexed = &indexed_tiles_avx512,
                            .winograd = winograd_avx512,
                            .depthwise_line = depthwise_line_avx512,
                            .channel_rows = &channel_rows_avx512,
                            .activations = &activations_avx512,
                            .fma_chains = fma_chains<Avx512>};

}  // namespace onecnn::core
