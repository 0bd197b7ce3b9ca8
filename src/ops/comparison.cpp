// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <optional>

#include "ops/elementwise.h"

namespace onecnn::core {

namespace {

void infer_order(InferContext& context) {
    require_elements(context, 0, Elements::number);
    context.set_output(0, DType::boolean, common_shape(context));
}

void infer_equal(InferContext& context) {
    if (context.dtype(0) != DType::boolean) {
        require_elements(context, 0, Elements::number);
    }
    context.set_output(0, DType::boolean, common_shape(context));
}

void lower_equal(LowerContext& context) {
    std::optional<BinaryKernel> kernel;
    const auto make = [&]<typename T>(T) { kernel = binary_kernel<T, T, Boolean>(std::equal_to<T>()); };
    const DType dtype = context.dtype(0);
    if (dtype == DType::boolean) {
        kernel =
            binary_kernel<Boolean, Boolean, Boolean>([](Boolean x, Boolean y) { return is_true(x) == is_true(y); });
    } else if (!visit_floating(dtype, make)) {
        visit_element_size(dtype, make);
        kernel->a = kernel->b = dtype;
    }
    lower_binary(context, kernel.value());
}

template <typename Compare>
void lower_order(LowerContext& context, std::size_t left, std::size_t right) {
    const BroadcastPlaces places = place_broadcast(context);
    static_cast<void>(visit_computing(context.dtype(0), [&]<typename T>(T) {
        const BroadcastPass pass = places.pass(binary_kernel<T, T, Boolean>(Compare()), left, right);
        context.add(make_broadcast_step("elementwise", {pass}, places.output));
    }));
}

void lower_less(LowerContext& context) { lower_order<std::less<>>(context, 0, 1); }
void lower_less_or_equal(LowerContext& context) { lower_order<std::less_equal<>>(context, 0, 1); }
void lower_greater(LowerContext& context) { lower_order<std::less<>>(context, 1, 0); }
void lower_greater_or_equal(LowerContext& context) { lower_order<std::less_equal<>>(context, 1, 0); }

const Registration equal{{"", "Equal", 2, 2, 1, {}, infer_equal, lower_equal}};
const Registration less{{"", "Less", 2, 2, 1, {}, infer_order, lower_less}};
const Registration less_or_equal{{"", "LessOrEqual", 2, 2, 1, {}, infer_order, lower_less_or_equal}};
const Registration greater{{"", "Greater", 2, 2, 1, {}, infer_order, lower_greater}};
const Registration greater_or_equal{{"", "GreaterOrEqual", 2, 2, 1, {}, infer_order, lower_greater_or_equal}};

}  // namespace

}  // namespace onecnn::core
