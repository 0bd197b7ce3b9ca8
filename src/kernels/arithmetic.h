// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

#include "kernels/float16.h"

namespace onecnn::core {

/// The unsigned type in which arithmetic of T wraps around and is promoted to no other.
template <std::integral T>
using Wrapping = std::conditional_t<sizeof(T) <= sizeof(std::uint32_t), std::uint32_t, std::uint64_t>;

/// Applies an operation of arithmetic types to Float16 and BFloat16 by way of float.
template <typename Derived>
struct ByFloat {
    [[nodiscard]] Float16 operator()(Float16 x, Float16 y) const { return Float16(of(x, y)); }
    [[nodiscard]] BFloat16 operator()(BFloat16 x, BFloat16 y) const { return BFloat16(of(x, y)); }

private:
    template <typename T>
    [[nodiscard]] float of(T x, T y) const {
        return static_cast<const Derived&>(*this)(static_cast<float>(x), static_cast<float>(y));
    }
};

/// x + y; integers wrap around.
struct Add : ByFloat<Add> {
    using ByFloat::operator();
    [[nodiscard]] auto operator()(std::floating_point auto x, decltype(x) y) const { return x + y; }
    template <std::integral T>
    [[nodiscard]] T operator()(T x, T y) const {
        return static_cast<T>(static_cast<Wrapping<T>>(x) + static_cast<Wrapping<T>>(y));
    }
};

/// x − y; integers wrap around.
struct Sub : ByFloat<Sub> {
    using ByFloat::operator();
    [[nodiscard]] auto operator()(std::floating_point auto x, decltype(x) y) const { return x - y; }
    template <std::integral T>
    [[nodiscard]] T operator()(T x, T y) const {
        return static_cast<T>(static_cast<Wrapping<T>>(x) - static_cast<Wrapping<T>>(y));
    }
};

/// x · y; integers wrap around.
struct Mul : ByFloat<Mul> {
    using ByFloat::operator();
    [[nodiscard]] auto operator()(std::floating_point auto x, decltype(x) y) const { return x * y; }
    template <std::integral T>
    [[nodiscard]] T operator()(T x, T y) const {
        return static_cast<T>(static_cast<Wrapping<T>>(x) * static_cast<Wrapping<T>>(y));
    }
};

/// x / y; integers are cut towards 0. What ONNX leaves open is defined as NumPy has it: an integer divided by 0 is 0, and the
/// least integer divided by −1 is itself.
struct Div : ByFloat<Div> {
    using ByFloat::operator();
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

}  // namespace onecnn::core
