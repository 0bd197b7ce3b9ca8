// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <string>

#include "graph/attributes.h"
#include "kernels/arithmetic.h"
#include "ops/elementwise.h"

namespace onecnn::core {

namespace {

void lower_not(LowerContext& context) {
    const DType dtype = context.dtype(0);
    visit_element_size(
        dtype, [&]<typename T>(T) { lower_unary(context, {dtype, dtype, unary_kernel<T, T>(std::bit_not<>()).run}); });
}

template <typename Operation>
void lower(LowerContext& context) {
    lower_binary(context, sized_kernel<Operation>(context.dtype(0)));
}

void infer_shift(InferContext& context) {
    const auto direction = required_attribute<std::string>(context.node(), "direction");
    if (direction != "LEFT" && direction != "RIGHT") {
        context.invalid("direction is '", direction, "', expected 'LEFT' or 'RIGHT'");
    }
    infer_broadcast<Elements::integer>(context);
}

void lower_shift(LowerContext& context) {
    if (required_attribute<std::string>(context.node(), "direction") == "LEFT") {
        return lower<ShiftLeft>(context);
    }
    static_cast<void>(visit_integer(
        context.dtype(0), [&]<typename T>(T) { lower_binary(context, binary_kernel<T, T, T>(ShiftRight())); }));
}

constexpr auto infer = infer_broadcast<Elements::integer>;

const Registration bitwise_not{{"", "BitwiseNot", 1, 1, 1, {}, infer_same<Elements::integer>, lower_not}};
const Registration bitwise_and{{"", "BitwiseAnd", 2, 2, 1, {}, infer, lower<std::bit_and<>>}};
const Registration bitwise_or{{"", "BitwiseOr", 2, 2, 1, {}, infer, lower<std::bit_or<>>}};
const Registration bitwise_xor{{"", "BitwiseXor", 2, 2, 1, {}, infer, lower<std::bit_xor<>>}};
const Registration bit_shift{{"", "BitShift", 2, 2, 1, {}, infer_shift, lower_shift}};

}  // namespace

}  // namespace onecnn::core
