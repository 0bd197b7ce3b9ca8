// SPDX-License-Identifier: Apache-2.0
#include "kernels/float_isa.h"

#include <cstdlib>
#include <string_view>

namespace onecnn::core {

namespace {

const FloatIsa* choose() {
#if defined(__x86_64__)
    const char* const variable = std::getenv("ONECNN_ISA");
    const std::string_view wanted = variable == nullptr ? "" : variable;
    if (wanted != "none" && wanted != "avx2" && __builtin_cpu_supports("avx512f") != 0) {
        return &float_avx512;
    }
    if (wanted != "none" && __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0) {
        return &float_avx2;
    }
#endif
    return nullptr;
}

}  // namespace

const FloatIsa* float_isa() {
    static const FloatIsa* const chosen = choose();
    return chosen;
}

}  // namespace onecnn::core
