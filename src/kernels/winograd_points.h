// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace onecnn::core {

// F(2 × 2, 3 × 3) interpolates at 0, ±1 and ∞. F(4 × 4, 3 × 3) does at 0, ±√½, ±√2 and ∞: of the points whose transforms are as
// cheap these make the smallest error in float32, half of what 0, ±1, ±2, ∞ make.
inline constexpr double root_2 = 1.41421356237309504880;

}  // namespace onecnn::core
