// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "kernels/broadcast_place.h"
#include "ops/elementwise.h"
#include "ops/execute_context.h"

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

void execute_equal_strings(ExecuteContext& context) {
    const auto a = context.elements<std::string>(0);
    const auto b = context.elements<std::string>(1);
    const Shape& a_shape = context.tensor(0).shape();
    const Shape& b_shape = context.tensor(1).shape();
    Tensor result = context.make_tensor(DType::boolean, broadcast(a_shape, b_shape, describe(context.node())));
    const auto to = result.as<bool>();
    for (std::size_t i = 0; i < to.size(); ++i) {
        const auto place = static_cast<std::int64_t>(i);
        to[i] = a[static_cast<std::size_t>(broadcast_place(place, result.shape(), a_shape))] ==
                b[static_cast<std::size_t>(broadcast_place(place, result.shape(), b_shape))];
    }
    context.set_output(0, std::move(result));
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

const Registration equal{{"", "Equal", 2, 2, 1, {}, infer_equal, lower_equal, execute_equal_strings}};
const Registration less{{"", "Less", 2, 2, 1, {}, infer_order, lower_less}};
const Registration less_or_equal{{"", "LessOrEqual", 2, 2, 1, {}, infer_order, lower_less_or_equal}};
const Registration greater{{"", "Greater", 2, 2, 1, {}, infer_order, lower_greater}};
const Registration greater_or_equal{{"", "GreaterOrEqual", 2, 2, 1, {}, infer_order, lower_greater_or_equal}};

}  // namespace

}  // namespace onecnn::core
