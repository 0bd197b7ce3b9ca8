// SPDX-License-Identifier: Apache-2.0
#include "kernels/int8_isa.h"
#include "kernels/int8_tile_kernel.h"
#include "kernels/int8_vector_avx512vnni.h"

namespace onecnn::core {

namespace {

template <int rows, int panels>
constexpr Int8TileFunction tile = Int8TileKernel<Avx512Vnni, rows, panels>::run;

// Thirty-two registers: twenty-four sums, the weights and the row's quad.
constexpr Int8TileFunction tiles_4[6] = {tile<1, 4>, tile<2, 4>, tile<3, 4>, tile<4, 4>, tile<5, 4>, tile<6, 4>};
constexpr Int8TileFunction tiles_2[12] = {tile<1, 2>, tile<2, 2>, tile<3, 2>, tile<4, 2>,  tile<5, 2>,  tile<6, 2>,
                                          tile<7, 2>, tile<8, 2>, tile<9, 2>, tile<10, 2>, tile<11, 2>, tile<12, 2>};
constexpr Int8TileFunction tiles_1[12] = {tile<1, 1>, tile<2, 1>, tile<3, 1>, tile<4, 1>,  tile<5, 1>,  tile<6, 1>,
                                          tile<7, 1>, tile<8, 1>, tile<9, 1>, tile<10, 1>, tile<11, 1>, tile<12, 1>};

template <int rows, int panels>
constexpr Int8TileFunction scattered = Int8TileKernel<Avx512Vnni, rows, panels>::run_scattered;

constexpr Int8TileFunction scattered_4[6] = {scattered<1, 4>, scattered<2, 4>, scattered<3, 4>,
                                             scattered<4, 4>, scattered<5, 4>, scattered<6, 4>};
constexpr Int8TileFunction scattered_2[12] = {scattered<1, 2>, scattered<2, 2>,  scattered<3, 2>,  scattered<4, 2>,
                                              scattered<5, 2>, scattered<6, 2>,  scattered<7, 2>,  scattered<8, 2>,
                                              scattered<9, 2>, scattered<10, 2>, scattered<11, 2>, scattered<12, 2>};
constexpr Int8TileFunction scattered_1[12] = {scattered<1, 1>, scattered<2, 1>,  scattered<3, 1>,  scattered<4, 1>,
                                              scattered<5, 1>, scattered<6, 1>,  scattered<7, 1>,  scattered<8, 1>,
                                              scattered<9, 1>, scattered<10, 1>, scattered<11, 1>, scattered<12, 1>};

}  // namespace

const Int8Isa int8_avx512vnni{"avx512_vnni",
                              false,
                              {4, 2, 1},
                              {6, 12, 12},
                              {tiles_4, tiles_2, tiles_1},
                              {scattered_4, scattered_2, scattered_1},
                              int8_depthwise<Avx512Vnni>,
                              int8_depthwise_lines<Avx512Vnni>,
                              int8_sum<Avx512Vnni>,
                              int8_image<Avx512Vnni>,
                              &int8_columns_avx512vnni};

}  // namespace onecnn::core
