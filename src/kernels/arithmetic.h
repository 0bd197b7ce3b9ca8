// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace onecnn::core {

/// The unsigned type in which arithmetic of T wraps around and is promoted to no other.
template <std::integral T>
using Wrapping = std::conditional_t<sizeof(T) <= sizeof(std::uint32_t), std::uint32_t, std::uint64_t>;

/// x + y; integers wrap around.
struct Add {
    [[nodiscard]] auto operator()(std::floating_point auto x, decltype(x) y) const { return x + y; }
    template <std::integral T>
    [[nodiscard]] T operator()(T x, T y) const {
        return static_cast<T>(static_cast<Wrapping<T>>(x) + static_cast<Wrapping<T>>(y));
    }
};

/// x − y; integers wrap around.
struct Sub {
    [[nodiscard]] auto operator()(std::floating_point auto x, decltype(x) y) const { return x - y; }
    template <std::integral T>
    [[nodiscard]] T operator()(T x, T y) const {
        return static_cast<T>(static_cast<Wrapping<T>>(x) - static_cast<Wrapping<T>>(y));
    }
};

/// x · y; integers wrap around.
struct Mul {
    [[nodiscard]] auto operator()(std::floating_point auto x, decltype(x) y) const { return x * y; }
    template <std::integral T>
    [[nodiscard]] T operator()(T x, T y) const {
        return static_cast<T>(static_cast<Wrapping<T>>(x) * static_cast<Wrapping<T>>(y));
    }
};

/// x / y; integers are cut towards 0. What ONNX leaves open is defined as NumPy has it: an integer divided by 0 is 0, and the
/// least integer divided by −1 is itself.
struct Div {
    [[nodiscard]] auto operator()(std::floating_point auto x, decltype(x) y) const { return x / y; }
    template <std::integral T>
    [[nodiscard]] T operator()(T x, T y) const {
        if (y == T{0}) {
            return T{0};
        }
        if constexpr (std::signed_integral<T>) {
            if (y == T{-1}) {
                return Sub()(T{0}, x);
            }
        }
        return static_cast<T>(x / y);
    }
};

/// What is left of x when it is divided by y and the quotient cut towards 0: it has the sign of x. Of integers and y = 0: 0.
struct Remainder {
    [[nodiscard]] auto operator()(std::floating_point auto x, decltype(x) y) const { return std::fmod(x, y); }
    template <std::integral T>
    [[nodiscard]] T operator()(T x, T y) const {
        if (y == T{0}) {
            return T{0};
        }
        if constexpr (std::signed_integral<T>) {
            if (y == T{-1}) {  // the least integer has no quotient
                return T{0};
            }
        }
        return static_cast<T>(x % y);
    }
};

/// What is left of x when it is divided by y and the quotient rounded down: it has the sign of y. Of integers and y = 0: 0.
struct Modulo {
    template <typename T>
    [[nodiscard]] T operator()(T x, T y) const {
        const T rest = Remainder()(x, y);
        if constexpr (std::floating_point<T>) {
            if (rest == 0) {
                return std::copysign(rest, y);
            }
        }
        return rest != T{0} && (rest < T{0}) != (y < T{0}) ? static_cast<T>(rest + y) : rest;
    }
};

/// The larger one; NaN where either is.
struct Max {
    template <typename T>
    [[nodiscard]] T operator()(T x, T y) const {
        const T larger = x < y ? y : x;  // x where it is NaN
        return y != y ? y : larger;
    }
};

/// The smaller one; NaN where either is.
struct Min {
    template <typename T>
    [[nodiscard]] T operator()(T x, T y) const {
        const T smaller = y < x ? y : x;  // x where it is NaN
        return y != y ? y : smaller;
    }
};

/// Bits that are moved towards the high end; 0 where that is none of the numbers of bits T has.
struct ShiftLeft {
    template <std::unsigned_integral T>
    [[nodiscard]] T operator()(T x, T places) const {
        return places < std::numeric_limits<T>::digits ? static_cast<T>(Wrapping<T>{x} << places) : T{0};
    }
};

/// Bits that are moved towards the low end, the sign being repeated; nothing but signs where that is none of the numbers of
/// bits T has.
struct ShiftRight {
    template <std::integral T>
    [[nodiscard]] T operator()(T x, T places) const {
        using Bits = std::make_unsigned_t<T>;
        constexpr int last = std::numeric_limits<Bits>::digits - 1;
        const bool within = static_cast<Bits>(places) <= last;
        if constexpr (std::signed_integral<T>) {
            return static_cast<T>(x >> (within ? places : T{last}));
        } else {
            return within ? static_cast<T>(x >> places) : T{0};
        }
    }
};

/// x to the power of an integer, by squaring; integers wrap around. Of a negative exponent: 1 / xⁿ, cut towards 0, and 0 for
/// x = 0.
struct IntegerPower {
    template <std::integral Exponent>
    [[nodiscard]] std::int64_t operator()(std::int64_t x, Exponent exponent) const {
        const auto bits = static_cast<std::uint64_t>(exponent);
        if (exponent < Exponent{0}) {
            return x == 1 || (x == -1 && bits % 2 == 0) ? 1 : x == -1 ? -1 : 0;
        }
        std::uint64_t result = 1;
        auto square = static_cast<std::uint64_t>(x);
        for (std::uint64_t rest = bits; rest != 0; rest /= 2) {
            result *= rest % 2 == 0 ? 1 : square;
            square *= square;
        }
        return static_cast<std::int64_t>(result);
    }
};

}  // namespace onecnn::core
