// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "ops/elementwise.h"

namespace onecnn::core {

namespace {

constexpr auto sin = [](auto x) { return std::sin(x); };
constexpr auto cos = [](auto x) { return std::cos(x); };
constexpr auto tan = [](auto x) { return std::tan(x); };
constexpr auto asin = [](auto x) { return std::asin(x); };
constexpr auto acos = [](auto x) { return std::acos(x); };
constexpr auto atan = [](auto x) { return std::atan(x); };
constexpr auto sinh = [](auto x) { return std::sinh(x); };
constexpr auto cosh = [](auto x) { return std::cosh(x); };
constexpr auto asinh = [](auto x) { return std::asinh(x); };
constexpr auto acosh = [](auto x) { return std::acosh(x); };
constexpr auto atanh = [](auto x) { return std::atanh(x); };

constexpr auto infer = infer_same<Elements::floating>;

const Registration sin_of{{"", "Sin", 1, 1, 1, {}, infer, lower_function<sin>}};
const Registration cos_of{{"", "Cos", 1, 1, 1, {}, infer, lower_function<cos>}};
const Registration tan_of{{"", "Tan", 1, 1, 1, {}, infer, lower_function<tan>}};
const Registration asin_of{{"", "Asin", 1, 1, 1, {}, infer, lower_function<asin>}};
const Registration acos_of{{"", "Acos", 1, 1, 1, {}, infer, lower_function<acos>}};
const Registration atan_of{{"", "Atan", 1, 1, 1, {}, infer, lower_function<atan>}};
const Registration sinh_of{{"", "Sinh", 1, 1, 1, {}, infer, lower_function<sinh>}};
const Registration cosh_of{{"", "Cosh", 1, 1, 1, {}, infer, lower_function<cosh>}};
const Registration asinh_of{{"", "Asinh", 1, 1, 1, {}, infer, lower_function<asinh>}};
const Registration acosh_of{{"", "Acosh", 1, 1, 1, {}, infer, lower_function<acosh>}};
const Registration atanh_of{{"", "Atanh", 1, 1, 1, {}, infer, lower_function<atanh>}};

}  // namespace

}  // namespace onecnn::core
