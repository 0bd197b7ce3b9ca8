// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/depthwise_line.h"

namespace onecnn::core {

namespace {

/// Four pixels at a time, a vector of channels after the other, so that a weight is loaded once for four products.
template <typename Isa>
struct DepthwiseLineKernel {
    using V = typename Isa::V;
    using Mask = typename Isa::Mask;
    static constexpr std::int64_t together = 4;

    static void run(const DepthwiseLine& line) {
        std::int64_t pixel = 0;
        for (; pixel + together <= line.pixels; pixel += together) {
            all_channels<together>(line, pixel);
        }
        for (; pixel < line.pixels; ++pixel) {
            all_channels<1>(line, pixel);
        }
    }

private:
    template <int pixels>
    static void all_channels(const DepthwiseLine& line, std::int64_t first) {
        std::int64_t channel = 0;
        for (; channel + Isa::width <= line.channels; channel += Isa::width) {
            vector<pixels>(
                line, first, channel, [](const float* x) __attribute__((always_inline)) { return Isa::load(x); },
                [](float* x, V v) __attribute__((always_inline)) { Isa::store(x, v); });
        }
        if (channel < line.channels) {
            const Mask mask = Isa::mask(line.channels - channel);
            vector<pixels>(
                line, first, channel,
                [mask](const float* x) __attribute__((always_inline)) { return Isa::load(x, mask); },
                [mask](float* x, V v) __attribute__((always_inline)) { Isa::store(x, v, mask); });
        }
    }

    template <int pixels, typename Load, typename Store>
    [[gnu::always_inline]] static void vector(const DepthwiseLine& line, std::int64_t first, std::int64_t channel,
                                              Load load, Store store) {
        V sums[pixels];
        const V begin = line.bias == nullptr ? Isa::zero() : load(line.bias + channel);
#pragma GCC unroll 4
        for (int p = 0; p < pixels; ++p) {
            sums[p] = begin;
        }
        const float* const src = line.src + first * line.src_pixel + channel;
        for (std::int64_t i = 0; i < line.tap_lines; ++i) {
            const float* tap = src + i * line.src_line;
            const float* weights = line.weights + i * line.weights_line + channel;
            for (std::int64_t j = 0; j < line.tap_columns; ++j, tap += line.src_tap, weights += line.channels) {
                const V factor = load(weights);
#pragma GCC unroll 4
                for (int p = 0; p < pixels; ++p) {
                    sums[p] = Isa::fma(load(tap + p * line.src_pixel), factor, sums[p]);
                }
            }
        }
        const V low = Isa::broadcast(&line.low);
        const V high = Isa::broadcast(&line.high);
#pragma GCC unroll 4
        for (int p = 0; p < pixels; ++p) {
            V y = sums[p];
            if (line.addend != nullptr) {
                y = Isa::add(y, load(line.addend + (first + p) * line.addend_pixel + channel));
            }
            store(line.dst + (first + p) * line.dst_pixel + channel, Isa::clamp(y, low, high));
        }
    }
};

}  // namespace

}  // namespace onecnn::core
