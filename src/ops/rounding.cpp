// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "ops/elementwise.h"

namespace onecnn::core {

namespace {

using dnnl::algorithm;

constexpr auto down = [](auto x) { return std::floor(x); };
constexpr auto up = [](auto x) { return std::ceil(x); };
constexpr auto half_to_even = [](auto x) { return std::nearbyint(x); };

constexpr auto infer = infer_same<Elements::floating>;

const Registration ceil{{"", "Ceil", 1, 1, 1, {}, infer, lower_function<up>}};
const Registration floor{{"", "Floor", 1, 1, 1, {}, infer, lower_function<down>}};
const Registration round{{"", "Round", 1, 1, 1, {}, infer, lower_function<half_to_even, algorithm::eltwise_round>}};

}  // namespace

}  // namespace onecnn::core
