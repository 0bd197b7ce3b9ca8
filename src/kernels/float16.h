// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>

namespace onecnn::core {

/// IEEE 754 binary16 as it is stored. Arithmetic is done in float.
struct Float16 {
    std::uint16_t bits;

    Float16() = default;
    /// Rounds to nearest, ties to even; what is too large becomes infinite.
    explicit Float16(float value);
    explicit operator float() const;
};

/// The upper half of a float as it is stored.
struct BFloat16 {
    std::uint16_t bits;

    BFloat16() = default;
    /// Rounds to nearest, ties to even.
    explicit BFloat16(float value);
    explicit operator float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }
};

/// Both are computed and one is chosen without a branch, so that loops vectorise.
[[nodiscard]] constexpr std::uint32_t choose(bool condition, std::uint32_t yes, std::uint32_t no) {
    const std::uint32_t mask = 0U - static_cast<std::uint32_t>(condition);
    return (yes & mask) | (no & ~mask);
}

inline Float16::Float16(float value) {
    const auto word = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = (word >> 16) & 0x8000U;
    const std::uint32_t magnitude = word & 0x7FFFFFFFU;
    const std::uint32_t odd = (magnitude >> 13) & 1U;
    const std::uint32_t normal = (magnitude - 0x38000000U + 0x0FFFU + odd) >> 13;
    // Below the smallest normal number the sum's last bits are the result's: float's own addition rounds them.
    const std::uint32_t subnormal =
        std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) - std::bit_cast<std::uint32_t>(0.5F);
    std::uint32_t half = choose(magnitude < 0x38800000U, subnormal, normal);
    half = choose(magnitude >= 0x477FF000U, 0x7C00U, half);  // 65520 and more round to infinity
    half = choose(magnitude > 0x7F800000U, 0x7E00U, half);   // NaN
    bits = static_cast<std::uint16_t>(sign | half);
}

inline Float16::operator float() const {
    const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16;
    const std::uint32_t magnitude = bits & 0x7FFFU;
    const std::uint32_t special = 0x7F800000U | (magnitude << 13);  // infinite or NaN
    // Scaling by a power of two turns subnormal numbers into normal ones, exactly.
    const auto finite = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude << 13) * 0x1p112F);
    return std::bit_cast<float>(sign | choose(magnitude >= 0x7C00U, special, finite));
}

inline BFloat16::BFloat16(float value) {
    const auto word = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t rounded = (word + 0x7FFFU + ((word >> 16) & 1U)) >> 16;
    const std::uint32_t quiet = (word >> 16) | 0x40U;  // a NaN stays one when its low bits are cut
    bits = static_cast<std::uint16_t>(choose((word & 0x7FFFFFFFU) > 0x7F800000U, quiet, rounded));
}

}  // namespace onecnn::core
