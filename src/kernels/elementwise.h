// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "kernels/boolean.h"
#include "kernels/broadcast.h"
#include "kernels/step.h"

namespace onecnn::core {

/// What an elementwise function takes beside its elements: an operator's attributes.
struct Parameters {
    float alpha = 0;
    float beta = 0;
};

/// A function of one element in the dtypes it computes in, over `count` elements that lie one after another.
struct UnaryKernel {
    DType x;
    DType y;
    void (*run)(const std::byte* x, std::byte* y, std::int64_t count, Parameters parameters);
};

/// Which operands of a piece are one element, taken again and again.
struct Repeated {
    bool a;
    bool b;
};

/// A function of two elements in the dtypes it computes in, over `count` elements that lie one after another.
struct BinaryKernel {
    DType a;
    DType b;
    DType out;
    void (*run)(const std::byte* a, const std::byte* b, std::byte* out, std::int64_t count, Repeated repeated,
                Parameters parameters);
};

/// The elements in a slot, stored as a dtype.
struct Operand {
    Slot slot;
    DType dtype;
};

/// One turn over a broadcast: out = kernel(a, b). An operand may be the result of the turn before.
struct BroadcastPass {
    BinaryKernel kernel;
    Parameters parameters;
    std::vector<BroadcastAxis> axes;  ///< of the whole result
    Operand a;
    Operand b;
};

/// y = kernel(x) of `count` elements. Elements stored as another dtype than the kernel's are converted, a block at a time.
[[nodiscard]] std::unique_ptr<Step> make_unary_step(std::string_view implementation, const UnaryKernel& kernel,
                                                    Parameters parameters, std::int64_t count, Operand x, Operand y);

/// The passes, one after another over each slice. Elements stored as another dtype than a kernel's are converted, a block at
/// a time.
[[nodiscard]] std::unique_ptr<Step> make_broadcast_step(std::string_view implementation,
                                                        std::vector<BroadcastPass> passes, Operand out);

/// Calls a function of elements, with the parameters if it takes them.
template <typename Function, typename... Elements>
[[nodiscard]] constexpr auto call(Parameters parameters, Elements... elements) {
    if constexpr (std::invocable<Function, Elements..., Parameters>) {
        return Function()(elements..., parameters);
    } else {
        return Function()(elements...);
    }
}

/// The kernel of a stateless function of an X.
template <typename X, typename Y, typename Function>
[[nodiscard]] UnaryKernel unary_kernel(Function) {
    return {dtype_of<X>, dtype_of<Y>, [](const std::byte* x, std::byte* y, std::int64_t count, Parameters parameters) {
                const X* from = reinterpret_cast<const X*>(x);
                std::transform(from, from + count, reinterpret_cast<Y*>(y),
                               [=](X value) { return static_cast<Y>(call<Function>(parameters, value)); });
            }};
}

/// The kernel of a stateless function of an A and a B.
template <typename A, typename B, typename Out, typename Function>
[[nodiscard]] BinaryKernel binary_kernel(Function) {
    return {dtype_of<A>, dtype_of<B>, dtype_of<Out>,
            [](const std::byte* a, const std::byte* b, std::byte* out, std::int64_t count, Repeated repeated,
               Parameters parameters) {
                const A* x = reinterpret_cast<const A*>(a);
                const B* y = reinterpret_cast<const B*>(b);
                Out* result = reinterpret_cast<Out*>(out);
                const auto function = [=](A left, B right) {
                    return static_cast<Out>(call<Function>(parameters, left, right));
                };
                // Each of the loops is of a form that compilers vectorise.
                if (repeated.a && repeated.b) {
                    std::fill_n(result, count, function(*x, *y));
                } else if (repeated.b) {
                    std::transform(x, x + count, result, [=, right = *y](A left) { return function(left, right); });
                } else if (repeated.a) {
                    std::transform(y, y + count, result, [=, left = *x](B right) { return function(left, right); });
                } else {
                    std::transform(x, x + count, y, result, function);
                }
            }};
}

}  // namespace onecnn::core
