// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "kernels/gemm.h"

namespace onecnn::core {

/// Floats that the transformed filters of F(tile × tile, 3 × 3) take: (tile + 2)² matrices [channels, filters] in panels.
[[nodiscard]] std::int64_t winograd_weights_size(const FloatIsa& isa, int tile, std::int64_t channels,
                                                 std::int64_t filters);

/// Transforms and packs filters [filters, channels, 3, 3].
void pack_winograd_weights(const FloatIsa& isa, int tile, std::int64_t channels, std::int64_t filters,
                           const float* weights, float* to);

}  // namespace onecnn::core
