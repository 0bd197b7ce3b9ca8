// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace onecnn::core {

/// What one core computes when nothing waits for memory.
struct FmaPeak {
    double gflops;             ///< float32 multiplications and additions, 10⁹ a second
    std::string_view vectors;  ///< a FloatIsa's name, or "none"
};

/// Measured now, in some milliseconds, with what float_isa() gives: a core's clock depends on what else runs.
[[nodiscard]] FmaPeak measure_fma_peak();

}  // namespace onecnn::core
