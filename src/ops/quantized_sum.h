// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace onecnn::core {

/// The inputs of QuantizedSum: two operands and the result, each with its scale and zero point behind it.
struct QuantizedSumInputs {
    static constexpr std::size_t a = 0;
    static constexpr std::size_t a_scale = 1;
    static constexpr std::size_t a_zero = 2;
    static constexpr std::size_t b = 3;
    static constexpr std::size_t b_scale = 4;
    static constexpr std::size_t b_zero = 5;
    static constexpr std::size_t y_scale = 6;
    static constexpr std::size_t y_zero = 7;
};

}  // namespace onecnn::core
