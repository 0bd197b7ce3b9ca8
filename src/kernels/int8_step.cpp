// SPDX-License-Identifier: Apache-2.0
#include "kernels/int8_step.h"

#include <algorithm>
#include <cmath>

namespace onecnn::core {

void set_saturation(Int8Results& results) {
    Requantization& rule = results.rule;
    constexpr float much = 1e6F;
    const auto zero = static_cast<float>(rule.zero);
    const float low = rule.has_addend ? rule.sum_low : rule.low;
    const float high = rule.has_addend ? rule.sum_high : rule.high;
    // A sum has 31 bits and a sign.
    const bool small = std::ranges::all_of(results.scale, [](float scale) { return scale >= 0 && scale < 0.5F; });
    const bool moderate = std::abs(rule.kept) < much && std::abs(rule.added) < much && std::abs(rule.offset) < much;
    rule.saturates = low == -zero && high == 255 - zero && (rule.has_addend ? moderate : small);
}

}  // namespace onecnn::core
