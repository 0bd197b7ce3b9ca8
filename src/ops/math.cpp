// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <concepts>

#include "kernels/arithmetic.h"
#include "kernels/float_math.h"
#include "ops/elementwise.h"

namespace onecnn::core {

namespace {

using dnnl::algorithm;

/// The least integer, which has no negative, stays itself.
constexpr auto negative = []<typename T>(T x) {
    if constexpr (std::integral<T>) {
        return Sub()(T{0}, x);
    } else {
        return -x;
    }
};

constexpr auto absolute = []<typename T>(T x) {
    if constexpr (std::floating_point<T>) {
        return std::abs(x);
    } else {
        return x < T{0} ? negative(x) : x;
    }
};

/// 0 and NaN are their own.
constexpr auto sign = []<typename T>(T x) {
    if constexpr (std::unsigned_integral<T>) {
        return static_cast<T>(x != 0);
    } else {
        return x > 0 ? T{1} : x < 0 ? T{-1} : x;
    }
};

constexpr auto exponential = [](auto x) { return float_math::exp(x); };
constexpr auto logarithm = [](auto x) { return float_math::log(x); };
constexpr auto root = [](auto x) { return std::sqrt(x); };
constexpr auto reciprocal = [](auto x) { return 1 / x; };
constexpr auto error_function = [](auto x) { return float_math::erf(x); };

const Registration abs{{"", "Abs", 1, 1, 1, {}, infer_same<Elements::number>, lower_numeric<absolute>}};
const Registration neg{{"", "Neg", 1, 1, 1, {}, infer_same<Elements::signed_number>, lower_numeric<negative>}};
const Registration sign_of{{"", "Sign", 1, 1, 1, {}, infer_same<Elements::number>, lower_numeric<sign>}};

constexpr auto infer = infer_same<Elements::floating>;

const Registration exp{{"", "Exp", 1, 1, 1, {}, infer, lower_function<exponential>}};
const Registration log{{"", "Log", 1, 1, 1, {}, infer, lower_function<logarithm>}};
const Registration sqrt{{"", "Sqrt", 1, 1, 1, {}, infer, lower_function<root, algorithm::eltwise_sqrt>}};
const Registration inverse{{"", "Reciprocal", 1, 1, 1, {}, infer, lower_function<reciprocal>}};
const Registration erf{{"", "Erf", 1, 1, 1, {}, infer, lower_function<error_function>}};

}  // namespace

}  // namespace onecnn::core
