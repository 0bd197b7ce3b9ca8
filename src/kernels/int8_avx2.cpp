// SPDX-License-Identifier: Apache-2.0
#include "kernels/int8_isa.h"
#include "kernels/int8_tile_kernel.h"
#include "kernels/int8_vector_avx2.h"

namespace onecnn::core {

namespace {

template <int rows, int panels>
constexpr Int8TileFunction tile = Int8TileKernel<Avx2Int8, rows, panels>::run;

// Sixteen registers: twelve sums, the row's quad, its products and the ones that add their pairs.
constexpr Int8TileFunction tiles_1[6] = {tile<1, 1>, tile<2, 1>, tile<3, 1>, tile<4, 1>, tile<5, 1>, tile<6, 1>};

}  // namespace

const Int8Isa int8_avx2{"avx2",
                        true,
                        {1, 0, 0},
                        {6, 0, 0},
                        {tiles_1, nullptr, nullptr},
                        {nullptr, nullptr, nullptr},
                        int8_depthwise<Avx2Int8>,
                        int8_depthwise_lines<Avx2Int8>,
                        int8_sum<Avx2Int8>,
                        int8_image<Avx2Int8>};

}  // namespace onecnn::core
