// SPDX-License-Identifier: Apache-2.0
#include "ops/elementwise.h"

namespace onecnn::core {

namespace {

constexpr auto negation = [](Boolean x) { return !is_true(x); };
constexpr auto conjunction = [](Boolean x, Boolean y) { return is_true(x) & is_true(y); };
constexpr auto disjunction = [](Boolean x, Boolean y) { return is_true(x) | is_true(y); };
constexpr auto difference = [](Boolean x, Boolean y) { return is_true(x) != is_true(y); };

void lower_not(LowerContext& context) { lower_unary(context, unary_kernel<Boolean, Boolean>(negation)); }

template <auto function>
void lower(LowerContext& context) {
    lower_binary(context, binary_kernel<Boolean, Boolean, Boolean>(function));
}

constexpr auto infer = infer_broadcast<Elements::boolean>;

const Registration logical_not{{"", "Not", 1, 1, 1, {}, infer_same<Elements::boolean>, lower_not}};
const Registration logical_and{{"", "And", 2, 2, 1, {}, infer, lower<conjunction>}};
const Registration logical_or{{"", "Or", 2, 2, 1, {}, infer, lower<disjunction>}};
const Registration logical_xor{{"", "Xor", 2, 2, 1, {}, infer, lower<difference>}};

}  // namespace

}  // namespace onecnn::core
