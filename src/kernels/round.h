// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

namespace onecnn::core {

/// The nearest whole number within [least, most], ties to even; `least` for NaN. The bounds are whole, of less than 2²² in
/// magnitude. Written so that loops vectorise without instructions for rounding.
[[nodiscard]] inline float round_within(float value, float least, float most) {
    // Between 2²³ and 2²⁴ floats are the whole numbers: adding rounds.
    constexpr float whole = 0x1.8p23F;
    return (std::min(std::max(least, value), most) + whole) - whole;
}

}  // namespace onecnn::core
