// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <concepts>

#include "kernels/arithmetic.h"
#include "ops/elementwise.h"

namespace onecnn::core {

namespace {

void infer(InferContext& context) {
    require_elements(context, 0, Elements::number);
    require_elements(context, 1, Elements::number);
    context.set_output(0, context.dtype(0), broadcast(context.shape(0), context.shape(1), describe(context.node())));
}

/// Squares and cubes, which normalisations and GELU are full of, are products.
template <std::floating_point T>
void raise(const std::byte* a, const std::byte* b, std::byte* out, std::int64_t count, Repeated repeated,
           Parameters parameters) {
    const T exponent = *reinterpret_cast<const T*>(b);
    if (repeated.b && !repeated.a && exponent == 2) {
        return unary_kernel<T, T>([](T x) { return x * x; }).run(a, out, count, parameters);
    }
    if (repeated.b && !repeated.a && exponent == 3) {
        return unary_kernel<T, T>([](T x) { return x * x * x; }).run(a, out, count, parameters);
    }
    binary_kernel<T, T, T>([](T x, T y) { return std::pow(x, y); }).run(a, b, out, count, repeated, parameters);
}

/// Floats of different dtypes, or a float and an integer, are computed as doubles.
BinaryKernel kernel_of(DType base, DType exponent) {
    const auto is_integer = [](DType dtype) { return visit_integer(dtype, [](auto) {}); };
    if (is_integer(base) && is_integer(exponent)) {
        return exponent == DType::uint64 ? binary_kernel<std::int64_t, std::uint64_t, std::int64_t>(IntegerPower())
                                         : binary_kernel<std::int64_t, std::int64_t, std::int64_t>(IntegerPower());
    }
    if (computing_dtype(base) == DType::float32 && computing_dtype(exponent) == DType::float32) {
        return {DType::float32, DType::float32, DType::float32, raise<float>};
    }
    return {DType::float64, DType::float64, DType::float64, raise<double>};
}

void lower(LowerContext& context) { lower_binary(context, kernel_of(context.dtype(0), context.dtype(1))); }

const Registration pow{{"", "Pow", 2, 2, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
