// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>

namespace onecnn::core {

/// An operation on two numbers, applied to Float16 and BFloat16 by way of float.
template <typename Operation>
struct ByFloat {
    template <typename T>
    [[nodiscard]] T operator()(T x, T y) const {
        if constexpr (std::is_arithmetic_v<T>) {
            return Operation()(x, y);
        } else {
            return static_cast<T>(Operation()(static_cast<float>(x), static_cast<float>(y)));
        }
    }
};

}  // namespace onecnn::core
