// SPDX-License-Identifier: Apache-2.0
#include "kernels/small_float.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "runtime/error.h"

namespace onecnn::core {

namespace {

/// A float of a sign, an exponent and a mantissa, of at most 8 bits. Codes are given without the sign.
struct Format {
    int exponent_bits;
    int mantissa_bits;
    int bias;
    int largest;   ///< finite
    int overflow;  ///< of what is too large and not saturated
    int nan;
    bool one_zero = false;  ///< the code of −0 is NaN, the only one

    [[nodiscard]] int sign() const { return 1 << (exponent_bits + mantissa_bits); }
};

Format format_of(DType dtype) {
    switch (dtype) {
        case DType::float8e4m3fn: return {4, 3, 7, 0x7E, 0x7F, 0x7F};
        case DType::float8e4m3fnuz: return {4, 3, 8, 0x7F, 0x80, 0x80, true};
        case DType::float8e5m2: return {5, 2, 15, 0x7B, 0x7C, 0x7E};
        case DType::float8e5m2fnuz: return {5, 2, 16, 0x7F, 0x80, 0x80, true};
        case DType::float4e2m1: return {2, 1, 1, 0x7, 0x7, 0x8};
        default: fail(ErrorCode::internal, name(dtype), " is no small float with a mantissa");
    }
}

constexpr int exponent_nan = 0xFF;  // of float8e8m0

float decode(const Format& format, int code) {
    const int magnitude = code & (format.sign() - 1);
    const bool negative = (code & format.sign()) != 0;
    if (format.one_zero && code == format.nan) {
        return std::numeric_limits<float>::quiet_NaN();
    }
    float value = 0;
    if (magnitude > format.largest) {
        value = magnitude == format.overflow && format.overflow != format.nan ? std::numeric_limits<float>::infinity()
                                                                              : std::numeric_limits<float>::quiet_NaN();
    } else {
        const int exponent = magnitude >> format.mantissa_bits;
        const int mantissa = magnitude & ((1 << format.mantissa_bits) - 1);
        const int implicit = exponent == 0 ? 0 : 1 << format.mantissa_bits;
        value = std::ldexp(static_cast<float>(mantissa + implicit),
                           std::max(exponent, 1) - format.bias - format.mantissa_bits);
    }
    return negative ? -value : value;
}

std::array<float, 256> decoded(DType dtype) {
    std::array<float, 256> values{};
    for (int code = 0; code < 256; ++code) {
        values[static_cast<std::size_t>(code)] = dtype != DType::float8e8m0 ? decode(format_of(dtype), code)
                                                 : code == exponent_nan     ? std::numeric_limits<float>::quiet_NaN()
                                                                            : std::ldexp(1.0F, code - 127);
    }
    return values;
}

int encode_one(const Format& format, bool saturate, float value) {
    const float magnitude = std::fabs(value);
    const int sign = std::signbit(value) ? format.sign() : 0;
    if (std::isnan(value)) {
        return sign | format.nan;
    }
    int code = format.largest + 1;
    if (!std::isinf(value)) {
        const auto stored = static_cast<int>(std::bit_cast<std::uint32_t>(magnitude) >> 23) - 127;
        const int exponent = std::max(stored, 1 - format.bias);
        // In units of the last place; adding 2²³ rounds, and what reaches the next power of two carries into the exponent.
        const auto units_in_one =
            std::bit_cast<float>(static_cast<std::uint32_t>(127 + format.mantissa_bits - exponent) << 23);
        const auto units = static_cast<int>((magnitude * units_in_one + 0x1p23F) - 0x1p23F);
        code = ((exponent + format.bias - 1) << format.mantissa_bits) + units;
    }
    if (code > format.largest) {
        code = saturate ? format.largest : format.overflow;
    }
    return format.one_zero && code == 0 ? 0 : sign | code;
}

int encode_exponent(const SmallFloatRounding& rounding, float value) {
    const std::uint32_t magnitude = std::bit_cast<std::uint32_t>(value) & 0x7FFFFFFFU;
    constexpr std::uint32_t half = 0x400000U;
    constexpr int largest = 0xFE;
    const std::uint32_t fraction = magnitude & 0x7FFFFFU;
    auto exponent = static_cast<int>(magnitude >> 23);
    if (exponent > largest) {
        return fraction == 0 && rounding.saturate ? largest : exponent_nan;
    }
    switch (rounding.exponent) {
        case SmallFloatRounding::Exponent::up: exponent += fraction != 0 ? 1 : 0; break;
        case SmallFloatRounding::Exponent::nearest:
            // 2⁻¹²⁷ is a subnormal number: half a unit is a tie with the even 0.
            exponent += fraction > half || (fraction == half && exponent > 0) ? 1 : 0;
            break;
        case SmallFloatRounding::Exponent::down: break;
    }
    return rounding.saturate ? std::min(exponent, largest) : exponent;
}

}  // namespace

bool is_small_float(DType dtype) {
    switch (dtype) {
        case DType::float8e4m3fn:
        case DType::float8e4m3fnuz:
        case DType::float8e5m2:
        case DType::float8e5m2fnuz:
        case DType::float8e8m0:
        case DType::float4e2m1: return true;
        default: return false;
    }
}

const std::array<float, 256>& small_float_values(DType dtype) {
    static const auto e4m3fn = decoded(DType::float8e4m3fn);
    static const auto e4m3fnuz = decoded(DType::float8e4m3fnuz);
    static const auto e5m2 = decoded(DType::float8e5m2);
    static const auto e5m2fnuz = decoded(DType::float8e5m2fnuz);
    static const auto e8m0 = decoded(DType::float8e8m0);
    static const auto e2m1 = decoded(DType::float4e2m1);
    switch (dtype) {
        case DType::float8e4m3fn: return e4m3fn;
        case DType::float8e4m3fnuz: return e4m3fnuz;
        case DType::float8e5m2: return e5m2;
        case DType::float8e5m2fnuz: return e5m2fnuz;
        case DType::float8e8m0: return e8m0;
        case DType::float4e2m1: return e2m1;
        default: fail(ErrorCode::internal, name(dtype), " is no small float");
    }
}

void encode(DType dtype, const SmallFloatRounding& rounding, const float* from, std::uint8_t* to, std::int64_t count) {
    if (dtype == DType::float8e8m0) {
        std::transform(from, from + count, to,
                       [&](float value) { return static_cast<std::uint8_t>(encode_exponent(rounding, value)); });
        return;
    }
    const Format format = format_of(dtype);
    std::transform(from, from + count, to, [&](float value) {
        return static_cast<std::uint8_t>(encode_one(format, rounding.saturate, value));
    });
}

}  // namespace onecnn::core
