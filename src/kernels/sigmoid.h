// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <concepts>

namespace onecnn::core {

template <std::floating_point T>
[[nodiscard]] T sigmoid(T x) {
    return 1 / (1 + std::exp(-x));
}

}  // namespace onecnn::core
