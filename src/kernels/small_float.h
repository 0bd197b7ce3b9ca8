// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "runtime/dtype.h"

namespace onecnn::core {

/// How a float of 32 bits becomes one of 8 or 4, as attributes of Cast have it.
struct SmallFloatRounding {
    /// What exponents are rounded to where the type is an exponent alone (float8e8m0).
    enum class Exponent { up, down, nearest };

    bool saturate = true;  ///< the largest finite value stands for all larger ones; else infinity or NaN
    Exponent exponent = Exponent::up;
};

/// Whether a dtype is a float of 8 or 4 bits.
[[nodiscard]] bool is_small_float(DType dtype);

/// The value of each code of such a dtype; one of 4 bits repeats its 16.
[[nodiscard]] const std::array<float, 256>& small_float_values(DType dtype);

/// Turns floats into codes: to nearest, ties to even. float4e2m1 has neither infinity nor NaN: it saturates always, and NaN
/// becomes −0. float8e8m0 has no sign: it takes magnitudes.
void encode(DType dtype, const SmallFloatRounding& rounding, const float* from, std::uint8_t* to, std::int64_t count);

}  // namespace onecnn::core
