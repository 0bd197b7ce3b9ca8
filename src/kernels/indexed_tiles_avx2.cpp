// SPDX-License-Identifier: Apache-2.0
#include "kernels/indexed_tile_kernel.h"
#include "kernels/vector_avx2.h"

namespace onecnn::core {

namespace {

template <int lines, int rows, int vectors>
constexpr IndexedTileFunction tile = IndexedTileKernel<Avx2, lines, rows, vectors>::run;

const IndexedTileFunction plain_1[12] = {tile<1, 1, 1>, tile<1, 2, 1>,  tile<1, 3, 1>,  tile<1, 4, 1>,
                                         tile<1, 5, 1>, tile<1, 6, 1>,  tile<1, 7, 1>,  tile<1, 8, 1>,
                                         tile<1, 9, 1>, tile<1, 10, 1>, tile<1, 11, 1>, tile<1, 12, 1>};
const IndexedTileFunction pooled_1[3] = {tile<2, 2, 1>, tile<2, 4, 1>, tile<2, 6, 1>};
const IndexedTileFunction plain_2[6] = {tile<1, 1, 2>, tile<1, 2, 2>, tile<1, 3, 2>,
                                        tile<1, 4, 2>, tile<1, 5, 2>, tile<1, 6, 2>};
const IndexedTileFunction pooled_2[1] = {tile<2, 2, 2>};

}  // namespace

const IndexedTiles indexed_tiles_avx2{{12, 6}, {plain_1, plain_2}, {3, 1}, {pooled_1, pooled_2}};

}  // namespace onecnn::core
