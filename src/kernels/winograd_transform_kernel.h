// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/winograd_points.h"
#include "kernels/winograd_transform.h"

namespace onecnn::core {

namespace {

/// x + factor · y
template <typename Isa>
[[gnu::always_inline]] inline typename Isa::V plus(typename Isa::V x, double factor, typename Isa::V y) {
    const auto single = static_cast<float>(factor);
    return Isa::fma(Isa::broadcast(&single), y, x);
}

/// F(2 × 2, 3 × 3) in one dimension.
template <typename Isa>
struct Winograd2 {
    using V = typename Isa::V;
    static constexpr int tile = 2;
    static constexpr int size = 4;

    [[gnu::always_inline]] static void source(const V (&d)[size], V (&v)[size]) {
        v[0] = Isa::sub(d[0], d[2]);
        v[1] = Isa::add(d[1], d[2]);
        v[2] = Isa::sub(d[2], d[1]);
        v[3] = Isa::sub(d[3], d[1]);
    }

    [[gnu::always_inline]] static void result(const V (&m)[size], V (&y)[tile]) {
        y[0] = Isa::add(m[0], Isa::add(m[1], m[2]));
        y[1] = Isa::add(m[3], Isa::sub(m[1], m[2]));
    }
};

/// F(4 × 4, 3 × 3) in one dimension. At points ±p the even powers are shared and the odd ones differ in sign.
template <typename Isa>
struct Winograd4 {
    using V = typename Isa::V;
    static constexpr int tile = 4;
    static constexpr int size = 6;

    [[gnu::always_inline]] static void source(const V (&d)[size], V (&v)[size]) {
        const V even_small = plus<Isa>(d[4], -2, d[2]);
        const V odd_small = plus<Isa>(d[3], -2, d[1]);
        const V even_large = plus<Isa>(d[4], -0.5, d[2]);
        const V odd_large = plus<Isa>(d[3], -0.5, d[1]);
        v[0] = plus<Isa>(Isa::add(d[0], d[4]), -2.5, d[2]);
        v[1] = plus<Isa>(even_small, root_2 / 2, odd_small);
        v[2] = plus<Isa>(even_small, -root_2 / 2, odd_small);
        v[3] = plus<Isa>(even_large, root_2, odd_large);
        v[4] = plus<Isa>(even_large, -root_2, odd_large);
        v[5] = plus<Isa>(Isa::add(d[1], d[5]), -2.5, d[3]);
    }

    [[gnu::always_inline]] static void result(const V (&m)[size], V (&y)[tile]) {
        const V even_small = Isa::add(m[1], m[2]);
        const V odd_small = Isa::sub(m[1], m[2]);
        const V even_large = Isa::add(m[3], m[4]);
        const V odd_large = Isa::sub(m[3], m[4]);
        const V half_odd = plus<Isa>(odd_small, 2, odd_large);
        y[0] = Isa::add(m[0], Isa::add(even_small, even_large));
        y[1] = plus<Isa>(Isa::zero(), root_2 / 2, half_odd);
        y[2] = plus<Isa>(plus<Isa>(Isa::zero(), 0.5, even_small), 2, even_large);
        y[3] = plus<Isa>(plus<Isa>(m[5], root_2 / 4, odd_small), 2 * root_2, odd_large);
    }
};

/// Both transforms, a vector of channels at a time. `inside`: the whole tile lies in the image, and so do all channels of
/// the vector, so that nothing need be asked.
template <typename Isa, template <typename> typename Form>
struct WinogradKernel {
    using V = typename Isa::V;
    using Mask = typename Isa::Mask;
    static constexpr int tile = Form<Isa>::tile;
    static constexpr int size = Form<Isa>::size;

    static void source(const WinogradSource& from, std::int64_t channels, float* planes, std::int64_t stride) {
        const bool inside = from.top == 0 && from.left == 0 && from.bottom == size && from.right == size;
        std::int64_t c = 0;
        for (; inside && c + Isa::width <= channels; c += Isa::width) {
            source_vector<true>(from, c, Isa::mask(Isa::width), planes, stride);
        }
        for (; c < channels; c += Isa::width) {
            source_vector<false>(from, c, Isa::mask(channels - c), planes, stride);
        }
    }

    template <bool pooled>
    static void result(const float* planes, std::int64_t stride, std::int64_t channels, const WinogradResult& to) {
        const bool inside = to.rows == made<pooled> && to.columns == made<pooled>;
        std::int64_t c = 0;
        for (; inside && c + Isa::width <= channels; c += Isa::width) {
            result_vector<true, pooled>(planes, stride, c, Isa::mask(Isa::width), to);
        }
        for (; c < channels; c += Isa::width) {
            result_vector<false, pooled>(planes, stride, c, Isa::mask(channels - c), to);
        }
    }

private:
    /// Pixels along a side that a tile makes.
    template <bool pooled>
    static constexpr int made = pooled ? tile / 2 : tile;

    template <bool inside>
    [[gnu::always_inline]] static V load(const float* from, Mask mask) {
        return inside ? Isa::load(from) : Isa::load(from, mask);
    }

    template <bool inside>
    static void source_vector(const WinogradSource& from, std::int64_t c, Mask mask, float* planes,
                              std::int64_t stride) {
        V half[size][size];
#pragma GCC unroll 6
        for (int x = 0; x < size; ++x) {
            V column[size];
#pragma GCC unroll 6
            for (int y = 0; y < size; ++y) {
                const bool there = inside || (y >= from.top && y < from.bottom && x >= from.left && x < from.right);
                column[y] = there ? load<inside>(from.pixels + y * from.row + x * from.pixel + c, mask) : Isa::zero();
            }
            V transformed[size];
            Form<Isa>::source(column, transformed);
#pragma GCC unroll 6
            for (int y = 0; y < size; ++y) {
                half[y][x] = transformed[y];
            }
        }
#pragma GCC unroll 6
        for (int y = 0; y < size; ++y) {
            V transformed[size];
            Form<Isa>::source(half[y], transformed);
#pragma GCC unroll 6
            for (int x = 0; x < size; ++x) {
                Isa::store(planes + (y * size + x) * stride + c, transformed[x]);
            }
        }
    }

    /// A row of the pixels, before anything is added.
    template <bool pooled>
    [[gnu::always_inline]] static void result_row(const V (&half)[tile][size], int y, V (&row)[made<pooled>]) {
        if constexpr (pooled) {
            V upper[tile];
            V lower[tile];
            Form<Isa>::result(half[2 * y], upper);
            Form<Isa>::result(half[2 * y + 1], lower);
#pragma GCC unroll 2
            for (int x = 0; x < made<true>; ++x) {
                row[x] = Isa::max_or_nan(Isa::max_or_nan(upper[2 * x], upper[2 * x + 1]),
                                         Isa::max_or_nan(lower[2 * x], lower[2 * x + 1]));
            }
        } else {
            Form<Isa>::result(half[y], row);
        }
    }

    template <bool inside, bool pooled>
    static void result_vector(const float* planes, std::int64_t stride, std::int64_t c, Mask mask,
                              const WinogradResult& to) {
        V half[tile][size];
#pragma GCC unroll 6
        for (int x = 0; x < size; ++x) {
            V column[size];
#pragma GCC unroll 6
            for (int y = 0; y < size; ++y) {
                column[y] = Isa::load(planes + (y * size + x) * stride + c);
            }
            V transformed[tile];
            Form<Isa>::result(column, transformed);
#pragma GCC unroll 4
            for (int y = 0; y < tile; ++y) {
                half[y][x] = transformed[y];
            }
        }
        const V bias = to.bias == nullptr ? Isa::zero() : load<inside>(to.bias + c, mask);
        const V low = Isa::broadcast(&to.low);
        const V high = Isa::broadcast(&to.high);
#pragma GCC unroll 4
        for (int y = 0; y < made<pooled>; ++y) {
            V row[made<pooled>];
            result_row<pooled>(half, y, row);
#pragma GCC unroll 4
            for (int x = 0; x < made<pooled>; ++x) {
                if (!inside && (y >= to.rows || x >= to.columns)) {
                    continue;
                }
                V value = Isa::add(row[x], bias);
                if (to.addend != nullptr) {
                    value =
                        Isa::add(value, load<inside>(to.addend + y * to.addend_row + x * to.addend_pixel + c, mask));
                }
                value = Isa::clamp(value, low, high);
                float* const pixel = to.pixels + y * to.row + x * to.pixel + c;
                if constexpr (inside) {
                    Isa::store(pixel, value);
                } else {
                    Isa::store(pixel, value, mask);
                }
            }
        }
    }
};

template <typename Isa, template <typename> typename Form>
constexpr WinogradTransforms winograd_transforms{Form<Isa>::tile, WinogradKernel<Isa, Form>::source,
                                                 WinogradKernel<Isa, Form>::template result<false>,
                                                 WinogradKernel<Isa, Form>::template result<true>};

}  // namespace

}  // namespace onecnn::core
