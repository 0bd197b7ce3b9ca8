// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/float16.h"

namespace onecnn::core {

/// A stored float as a double. Float16 and BFloat16 go by way of float.
template <typename T>
[[nodiscard]] double to_double(T x) {
    if constexpr (sizeof(T) == sizeof(Float16)) {
        return static_cast<double>(static_cast<float>(x));
    } else {
        return static_cast<double>(x);
    }
}

/// A double as it is stored in T: float, double, Float16 or BFloat16.
template <typename T>
[[nodiscard]] T from_double(double x) {
    if constexpr (sizeof(T) == sizeof(Float16)) {
        return T(static_cast<float>(x));
    } else {
        return static_cast<T>(x);
    }
}

}  // namespace onecnn::core
