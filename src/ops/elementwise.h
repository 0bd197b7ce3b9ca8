// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "graph/bounds.h"
#include "kernels/elementwise.h"
#include "kernels/post_ops.h"
#include "kernels/visit_dtype.h"
#include "kernels/visit_element_size.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

/// The sets of dtypes that ONNX's elementwise operators are defined on.
enum class Elements { floating, signed_number, number, integer, boolean };

/// Refuses an input whose dtype is not of the set.
void require_elements(const InferContext& context, std::size_t index, Elements elements);

/// One output, of input 0's dtype and shape.
template <Elements elements>
void infer_same(InferContext& context) {
    require_elements(context, 0, elements);
    context.set_output(0, context.dtype(0), context.shape(0));
}

/// The shape that all inputs, which must have one dtype, broadcast to.
[[nodiscard]] Shape common_shape(const InferContext& context);

/// One output, of the inputs' common dtype and of the shape that all of them broadcast to.
template <Elements elements>
void infer_broadcast(InferContext& context) {
    require_elements(context, 0, elements);
    context.set_output(0, context.dtype(0), common_shape(context));
}

/// y = kernel(input 0), element by element as they lie.
void lower_unary(LowerContext& context, const UnaryKernel& kernel, Parameters parameters = {});

/// Bounds float32 that lies channels last, in one value or inside another; false, with nothing added, for what lies
/// otherwise.
[[nodiscard]] bool lower_bounds(LowerContext& context, const Bounds& bounds);

/// An elementwise function of f32 by oneDNN, on the elements as they lie.
void lower_eltwise(LowerContext& context, const Eltwise& eltwise);

/// A function of floats: by oneDNN where it has an algorithm for f32, which takes the parameters as alpha and beta; else by the
/// function of float or double.
template <typename Function>
void lower_floating(LowerContext& context, Function function, Parameters parameters = {},
                    dnnl::algorithm algorithm = dnnl::algorithm::undef) {
    if (algorithm != dnnl::algorithm::undef && context.dtype(0) == DType::float32) {
        return lower_eltwise(context, {algorithm, parameters.alpha, parameters.beta});
    }
    static_cast<void>(visit_floating(
        context.dtype(0), [&]<typename T>(T) { lower_unary(context, unary_kernel<T, T>(function), parameters); }));
}

/// lower_floating as a line of registration.
template <auto function, dnnl::algorithm algorithm = dnnl::algorithm::undef>
void lower_function(LowerContext& context) {
    lower_floating(context, function, {}, algorithm);
}

/// A function of numbers, floats or integers.
template <auto function>
void lower_numeric(LowerContext& context) {
    static_cast<void>(
        visit_computing(context.dtype(0), [&]<typename T>(T) { lower_unary(context, unary_kernel<T, T>(function)); }));
}

/// Where the operands and the result of a broadcast lie: all in one order of dimensions, outermost first, and with as many.
struct BroadcastPlaces {
    std::vector<Shape> shapes;
    std::vector<Operand> inputs;
    Shape result;
    Operand output;

    /// A pass of inputs a and b.
    [[nodiscard]] BroadcastPass pass(const BinaryKernel& kernel, std::size_t a, std::size_t b,
                                     Parameters parameters = {}) const;
    /// A pass of what the passes before have made and input b.
    [[nodiscard]] BroadcastPass further_pass(const BinaryKernel& kernel, std::size_t b,
                                             Parameters parameters = {}) const;
};

/// Places all inputs and the one output, channels last when a whole operand lies so and the others can be read along with it.
[[nodiscard]] BroadcastPlaces place_broadcast(LowerContext& context);

/// Adds two inputs of float32 that have one shape, with the node's activation; false, with nothing added, where they are
/// others.
[[nodiscard]] bool lower_equal_sum(LowerContext& context);

/// output = kernel(input 0, input 1), broadcast to one another.
void lower_binary(LowerContext& context, const BinaryKernel& kernel, Parameters parameters = {});

/// The kernel of an operation of two numbers of a dtype, floats or integers, that gives a third one.
template <typename Operation>
[[nodiscard]] BinaryKernel numeric_kernel(DType dtype, Operation operation = {}) {
    std::optional<BinaryKernel> kernel;
    static_cast<void>(visit_computing(dtype, [&]<typename T>(T) { kernel = binary_kernel<T, T, T>(operation); }));
    return kernel.value();
}

/// The kernel of an operation that is the same for all integers of a size.
template <typename Operation>
[[nodiscard]] BinaryKernel sized_kernel(DType dtype, Operation operation = {}) {
    std::optional<BinaryKernel> kernel;
    visit_element_size(dtype, [&]<typename T>(T) { kernel = binary_kernel<T, T, T>(operation); });
    return {dtype, dtype, dtype, kernel.value().run};
}

}  // namespace onecnn::core
