// SPDX-License-Identifier: Apache-2.0
#include "kernels/int8_isa.h"

#include <cstdlib>
#include <string_view>

#include "kernels/int8_tile_kernel.h"
#include "kernels/int8_vector_anywhere.h"

namespace onecnn::core {

namespace {

template <int rows>
constexpr Int8TileFunction tile = Int8TileKernel<PlainInt8, rows, 1>::run;

constexpr Int8TileFunction plain_tiles[2] = {tile<1>, tile<2>};

const Int8Isa& choose() {
#if defined(__x86_64__)
    const char* const variable = std::getenv("ONECNN_ISA");
    const std::string_view wanted = variable == nullptr ? "" : variable;
    const bool vnni = __builtin_cpu_supports("avx512vnni") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
                      __builtin_cpu_supports("avx512vl") != 0;
    if (wanted != "none" && wanted != "avx2" && vnni) {
        return int8_avx512vnni;
    }
    if (wanted != "none" && __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0) {
        return int8_avx2;
    }
#endif
    return int8_anywhere;
}

}  // namespace

const Int8Isa int8_anywhere{"anywhere",
                            false,
                            {1, 0, 0},
                            {2, 0, 0},
                            {plain_tiles, nullptr, nullptr},
                            {nullptr, nullptr, nullptr},
                            int8_depthwise<PlainInt8>,
                            int8_depthwise_lines<PlainInt8>,
                            int8_sum<PlainInt8>,
                            int8_image<PlainInt8>};

const Int8Isa& int8_isa() {
    static const Int8Isa& chosen = choose();
    return chosen;
}

}  // namespace onecnn::core
