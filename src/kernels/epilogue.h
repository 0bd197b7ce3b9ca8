// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "graph/graph.h"
#include "kernels/activations.h"
#include "kernels/gemm_tile.h"

namespace onecnn::core {

/// An activation after a float32 product: bounds to which micro-kernels clamp, and what is left to apply to their result while
/// it is in the cache.
class Epilogue {
public:
    explicit Epilogue(const std::optional<Activation>& activation);

    [[nodiscard]] float low() const { return low_; }
    [[nodiscard]] float high() const { return high_; }

    /// Applies what is left to `rows` rows of `columns` elements, `stride` apart.
    void apply(float* y, std::int64_t stride, std::int64_t rows, std::int64_t columns) const;

private:
    float low_ = -unbounded;
    float high_ = unbounded;
    float alpha_ = 0;
    ActivationFunction rest_ = nullptr;
};

}  // namespace onecnn::core
