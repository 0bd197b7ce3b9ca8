// SPDX-License-Identifier: Apache-2.0
#include "kernels/gemm_isas.h"
#include "kernels/gemm_row_kernel.h"
#include "kernels/gemm_tile_kernel.h"
#include "kernels/vector_avx2.h"

namespace onecnn::core {

namespace {

template <int rows, int vectors>
constexpr TileFunction tile = TileKernel<Avx2, rows, vectors>::run;

}  // namespace

// Sixteen registers: twelve sums, the weights and an element of A.
const TileFunction avx2_tiles_1[12] = {tile<1, 1>, tile<2, 1>, tile<3, 1>, tile<4, 1>,  tile<5, 1>,  tile<6, 1>,
                                       tile<7, 1>, tile<8, 1>, tile<9, 1>, tile<10, 1>, tile<11, 1>, tile<12, 1>};
const TileFunction avx2_tiles_2[6] = {tile<1, 2>, tile<2, 2>, tile<3, 2>, tile<4, 2>, tile<5, 2>, tile<6, 2>};

const TileFunction avx2_row = RowKernel<Avx2>::run;

}  // namespace onecnn::core
