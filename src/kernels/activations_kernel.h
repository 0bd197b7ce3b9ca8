// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/activations.h"

namespace onecnn::core {

namespace {

/// The functions of float_math.h, by vectors.
template <typename Isa>
struct ActivationsKernel {
    using V = typename Isa::V;

    [[gnu::always_inline]] static V all(float x) { return Isa::broadcast(&x); }

    /// c0 + c1 x + c2 x² + …
    template <typename... Coefficients>
    [[gnu::always_inline]] static V polynomial(V x, float first, Coefficients... others) {
        if constexpr (sizeof...(others) == 0) {
            return all(first);
        } else {
            return Isa::fma(x, polynomial(x, others...), all(first));
        }
    }

    [[gnu::always_inline]] static V exp(V x) {
        // Beyond these bounds the result is infinite or 0.
        const V inside = Isa::clamp(x, all(-104.0F), all(89.0F));
        // Adding 1.5 · 2²³ rounds to an integer.
        const V shift = all(0x1.8p23F);
        const V whole = Isa::sub(Isa::fma(inside, all(1.44269504F), shift), shift);
        const V near = Isa::fma(whole, all(-0x1.63p-1F), inside);
        const V rest = Isa::fma(whole, all(2.12194440e-4F), near);
        const V tail = polynomial(rest, 0.49999994F, 0.16666515F, 0.041668456F, 0.008369419F, 0.0013813143F);
        const V power = Isa::add(all(1), Isa::fma(Isa::mul(rest, rest), tail, rest));
        return Isa::scale(power, whole);
    }

    [[gnu::always_inline]] static V sigmoid(V x) {
        return Isa::div(all(1), Isa::add(all(1), exp(Isa::sub(Isa::zero(), x))));
    }

    [[gnu::always_inline]] static V erf(V x) {
        const V inside = Isa::clamp(x, all(-3.95F), all(3.95F));
        const V square = Isa::mul(inside, inside);
        const V above =
            polynomial(square, 1.1283791F, 0.19154756F, 0.052875042F, 0.003808033F, 2.8468322e-4F, 2.0259079e-6F);
        const V below = polynomial(square, 1.0F, 0.50308728F, 0.11455845F, 0.015054833F, 0.0011706917F, 3.7831564e-5F);
        return Isa::clamp(Isa::div(Isa::mul(inside, above), below), all(-1), all(1));
    }

    /// y = function(y), a vector at a time.
    template <typename Function>
    [[gnu::always_inline]] static void each(float* y, std::int64_t count, const Function& function) {
        std::int64_t i = 0;
        for (; i + Isa::width <= count; i += Isa::width) {
            Isa::store(y + i, function(Isa::load(y + i)));
        }
        if (i < count) {
            const auto mask = Isa::mask(count - i);
            Isa::store(y + i, function(Isa::load(y + i, mask)), mask);
        }
    }

    static void leaky_relu(float* y, std::int64_t count, float alpha) {
        each(y, count,
             [&](V x) __attribute__((always_inline)) { return Isa::select_positive(x, x, Isa::mul(all(alpha), x)); });
    }

    static void apply_sigmoid(float* y, std::int64_t count, float) {
        each(y, count, [](V x) __attribute__((always_inline)) { return sigmoid(x); });
    }

    static void swish(float* y, std::int64_t count, float alpha) {
        each(y, count,
             [&](V x) __attribute__((always_inline)) { return Isa::mul(x, sigmoid(Isa::mul(all(alpha), x))); });
    }

    static void hard_swish(float* y, std::int64_t count, float) {
        each(y, count, [](V x) __attribute__((always_inline)) {
            return Isa::mul(x, Isa::clamp(Isa::fma(x, all(1.0F / 6), all(0.5F)), all(0), all(1)));
        });
    }

    static void gelu(float* y, std::int64_t count, float) {
        constexpr float root_half = 0.70710678F;
        each(y, count, [](V x) __attribute__((always_inline)) {
            return Isa::mul(Isa::mul(all(0.5F), x), Isa::add(all(1), erf(Isa::mul(x, all(root_half)))));
        });
    }
};

template <typename Isa>
constexpr Activations activations_of{ActivationsKernel<Isa>::leaky_relu, ActivationsKernel<Isa>::apply_sigmoid,
                                     ActivationsKernel<Isa>::swish, ActivationsKernel<Isa>::hard_swish,
                                     ActivationsKernel<Isa>::gelu};

}  // namespace

}  // namespace onecnn::core
