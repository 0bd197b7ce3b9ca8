// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "kernels/channel_rows_kernel.h"

namespace onecnn::core {

namespace {

/// One float as a vector.
struct Scalar {
    using V = float;
    using Mask = bool;
    static constexpr int width = 1;

    static Mask mask(std::int64_t) { return true; }
    static V broadcast(const float* x) { return *x; }
    static V load(const float* x) { return *x; }
    static V load(const float* x, Mask) { return *x; }
    static V gather(const float* x, const std::int32_t* index) { return x[*index]; }
    static void store(float* x, V v) { *x = v; }
    static void store(float* x, V v, Mask) { *x = v; }
    static V add(V a, V b) { return a + b; }
    static V mul(V a, V b) { return a * b; }
    static V div(V a, V b) { return a / b; }
    static V sqrt(V a) { return std::sqrt(a); }
    static V max(V a, V b) { return a > b ? a : b; }
    static V fma(V a, V b, V c) { return a * b + c; }
    /// NaN stays NaN.
    static V clamp(V x, V low, V high) { return std::clamp(x, low, high); }
};

}  // namespace

const ChannelRows channel_rows_portable = channel_rows_of<Scalar>;

}  // namespace onecnn::core
