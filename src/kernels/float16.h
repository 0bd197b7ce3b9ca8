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

inline Float16::Float16(float value) {
    const auto word = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t sign = (word >> 16) & 0x8000U;
    const std::uint32_t magnitude = word & 0x7FFFFFFFU;
    std::uint32_t half = 0;
    if (magnitude > 0x7F800000U) {
        half = 0x7E00U;  // NaN
    } else if (magnitude >= 0x477FF000U) {
        half = 0x7C00U;  // 65520 and more round to infinity
    } else if (magnitude < 0x38800000U) {
        // Below the smallest normal number the sum's last bits are the result's: float's own addition rounds them.
        half =
            std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) - std::bit_cast<std::uint32_t>(0.5F);
    } else {
        const std::uint32_t odd = (magnitude >> 13) & 1U;
        half = (magnitude - 0x38000000U + 0x0FFFU + odd) >> 13;
    }
    bits = static_cast<std::uint16_t>(sign | half);
}

inline Float16::operator float() const {
    const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000U) << 16;
    const std::uint32_t magnitude = bits & 0x7FFFU;
    if (magnitude >= 0x7C00U) {
        return std::bit_cast<float>(sign | 0x7F800000U | ((magnitude & 0x3FFU) << 13));
    }
    // Scaling by a power of two turns subnormal numbers into normal ones, exactly.
    const float scaled = std::bit_cast<float>(magnitude << 13) * 0x1p112F;
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(scaled));
}

inline BFloat16::BFloat16(float value) {
    const auto word = std::bit_cast<std::uint32_t>(value);
    if ((word & 0x7FFFFFFFU) > 0x7F800000U) {
        bits = static_cast<std::uint16_t>((word >> 16) | 0x40U);  // a NaN stays one when its low bits are cut
        return;
    }
    bits = static_cast<std::uint16_t>((word + 0x7FFFU + ((word >> 16) & 1U)) >> 16);
}

}  // namespace onecnn::core
