// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "kernels/float16.h"

/// Functions of float without a branch or a call, so that loops over them vectorise, to within 3 units in the last place (erf: 8), with
/// their limits and NaN. Those of double are the standard library's.
namespace onecnn::core::float_math {

/// One of two numbers; of floats without a branch.
[[nodiscard]] inline float select(bool condition, float yes, float no) {
    return std::bit_cast<float>(choose(condition, std::bit_cast<std::uint32_t>(yes), std::bit_cast<std::uint32_t>(no)));
}

template <typename T>
[[nodiscard]] T select(bool condition, T yes, T no) {
    return condition ? yes : no;
}

/// x within [low, high]; NaN stays.
[[nodiscard]] inline float clamp(float x, float low, float high) {
    const float above = select(x < low, low, x);
    return select(above > high, high, above);
}

/// c0 + c1 x + c2 x² + …
template <typename... Coefficients>
[[nodiscard]] constexpr float polynomial(float x, float first, Coefficients... others) {
    if constexpr (sizeof...(others) == 0) {
        return first;
    } else {
        return first + x * polynomial(x, others...);
    }
}

/// ln 2 in two parts, the first of so few bits that its products with exponents are exact.
inline constexpr float ln2_high = 0x1.63p-1F;
inline constexpr float ln2_low = -2.12194440e-4F;

[[nodiscard]] inline float exp(float x) {
    // Beyond these bounds the result is infinite or 0; NaN passes both.
    const float inside = clamp(x, -104.0F, 89.0F);
    // Adding 1.5 · 2²³ rounds to an integer, which the sum's last bits are.
    constexpr float shift = 0x1.8p23F;
    const float shifted = inside * 1.44269504F + shift;
    const std::int32_t n = std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(shift);
    const float whole = shifted - shift;
    const float rest = (inside - whole * ln2_high) - whole * ln2_low;
    // Fitted to (eʳ − 1 − r) / r² for |r| ≤ ln 2 / 2.
    const float tail = polynomial(rest, 0.49999994F, 0.16666515F, 0.041668456F, 0.008369419F, 0.0013813143F);
    const float power = 1 + (rest + rest * rest * tail);
    // 2ⁿ in two steps, as n may be beyond a float's exponents.
    const auto scale = [](std::int32_t exponent) {
        return std::bit_cast<float>(static_cast<std::uint32_t>(exponent + 127) << 23);
    };
    return power * scale(n >> 1) * scale(n - (n >> 1));
}

[[nodiscard]] inline double exp(double x) { return std::exp(x); }

template <typename T>
[[nodiscard]] T sigmoid(T x) {
    return 1 / (1 + exp(-x));
}

[[nodiscard]] inline float log(float x) {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    constexpr float nan = std::numeric_limits<float>::quiet_NaN();
    const bool subnormal = x < std::numeric_limits<float>::min();
    const float normal = select(subnormal, x * 0x1p23F, x);
    // x = 2ⁿ · m with m from √½ to √2.
    constexpr auto least = std::bit_cast<std::uint32_t>(0.70710678F);
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(normal) - least;
    const std::int32_t n = (static_cast<std::int32_t>(bits) >> 23) - 23 * static_cast<std::int32_t>(subnormal);
    const float part = std::bit_cast<float>((bits & 0x7FFFFFU) + least) - 1;
    // log m = 2 artanh s
    const float s = part / (2 + part);
    const float series = polynomial(s * s, 1.0F / 3, 1.0F / 5, 1.0F / 7, 1.0F / 9, 1.0F / 11);
    const float log_m = 2 * s + 2 * s * (s * s) * series;
    const auto exponent = static_cast<float>(n);
    const float finite = exponent * ln2_high + (exponent * ln2_low + log_m);
    const float positive = select(x < infinity, finite, x);
    const float other = select(x == 0, -infinity, nan);
    return select(x > 0, positive, other);
}

[[nodiscard]] inline double log(double x) { return std::log(x); }

[[nodiscard]] inline float erf(float x) {
    const float inside = clamp(x, -3.95F, 3.95F);
    const float square = inside * inside;
    // Fitted to erf x / x.
    const float above =
        polynomial(square, 1.1283791F, 0.19154756F, 0.052875042F, 0.003808033F, 2.8468322e-4F, 2.0259079e-6F);
    const float below = polynomial(square, 1.0F, 0.50308728F, 0.11455845F, 0.015054833F, 0.0011706917F, 3.7831564e-5F);
    return clamp(inside * above / below, -1.0F, 1.0F);
}

[[nodiscard]] inline double erf(double x) { return std::erf(x); }

/// log(1 + eˣ), where eˣ may be larger than any number.
[[nodiscard]] inline float softplus(float x) {
    // log(1 + u) = 2 artanh s, for u from 0 to 1
    const float u = exp(-std::abs(x));
    const float s = u / (2 + u);
    const float series = polynomial(s * s, 1.0F / 3, 1.0F / 5, 1.0F / 7, 1.0F / 9, 1.0F / 11, 1.0F / 13, 1.0F / 15);
    return select(x < 0, 0.0F, x) + (2 * s + 2 * s * (s * s) * series);
}

[[nodiscard]] inline double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

}  // namespace onecnn::core::float_math
