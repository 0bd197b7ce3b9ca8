// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/channel_rows.h"

namespace onecnn::core {

namespace {

/// Calls `function<vectors, masked>(channel, mask of the last vector)` for all channels, in blocks of four vectors as far as
/// they go.
template <typename Isa, typename Function>
[[gnu::always_inline]] inline void for_each_block(std::int64_t channels, const Function& function) {
    constexpr std::int64_t width = Isa::width;
    std::int64_t channel = 0;
    for (; channel + 4 * width <= channels; channel += 4 * width) {
        function.template operator()<4, false>(channel, Isa::mask(width));
    }
    const std::int64_t rest = channels - channel;
    if (rest > 3 * width) {
        function.template operator()<4, true>(channel, Isa::mask(rest - 3 * width));
    } else if (rest > 2 * width) {
        function.template operator()<3, true>(channel, Isa::mask(rest - 2 * width));
    } else if (rest > width) {
        function.template operator()<2, true>(channel, Isa::mask(rest - width));
    } else if (rest > 0) {
        function.template operator()<1, true>(channel, Isa::mask(rest));
    }
}

/// Loads and stores of a block, of which the last vector may be masked.
template <typename Isa, int vectors, bool masked>
struct Block {
    using V = typename Isa::V;
    using Mask = typename Isa::Mask;

    [[gnu::always_inline]] static V load(const float* from, int vector, Mask mask) {
        return masked && vector == vectors - 1 ? Isa::load(from + vector * Isa::width, mask)
                                               : Isa::load(from + vector * Isa::width);
    }
    [[gnu::always_inline]] static void store(float* to, int vector, V v, Mask mask) {
        if (masked && vector == vectors - 1) {
            Isa::store(to + vector * Isa::width, v, mask);
        } else {
            Isa::store(to + vector * Isa::width, v);
        }
    }
};

template <typename Isa, bool scaled, bool shifted, bool added>
void affine_rows(const AffineRows& job) {
    const auto low = Isa::broadcast(&job.low);
    const auto high = Isa::broadcast(&job.high);
    for (std::int64_t row = 0; row < job.rows; ++row) {
        const float* const x = job.x + row * job.x_row;
        float* const y = job.y + row * job.y_row;
        const float* const addend = added ? job.addend + row * job.addend_row : nullptr;
        for_each_block<Isa>(job.channels, [&]<int vectors, bool masked>(std::int64_t c, typename Isa::Mask mask) {
            using B = Block<Isa, vectors, masked>;
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v) {
                auto value = B::load(x + c, v, mask);
                if constexpr (scaled && shifted) {
                    value = Isa::fma(value, B::load(job.scale + c, v, mask), B::load(job.shift + c, v, mask));
                } else if constexpr (scaled) {
                    value = Isa::mul(value, B::load(job.scale + c, v, mask));
                }
                if constexpr (added) {
                    value = Isa::add(value, B::load(addend + c, v, mask));
                }
                B::store(y + c, v, Isa::clamp(value, low, high), mask);
            }
        });
    }
}

template <typename Isa>
void affine(const AffineRows& job) {
    if (job.addend != nullptr) {
        return job.scale == nullptr ? affine_rows<Isa, false, false, true>(job)
                                    : affine_rows<Isa, true, true, true>(job);
    }
    if (job.scale == nullptr) {
        return affine_rows<Isa, false, false, false>(job);
    }
    job.shift == nullptr ? affine_rows<Isa, true, false, false>(job) : affine_rows<Isa, true, true, false>(job);
}

/// Folds the pixels of a window, of which there is one at least, beginning with the first.
template <typename Isa, typename Fold, typename Finish>
[[gnu::always_inline]] inline void fold_window(const WindowRows& job, const Fold& fold, const Finish& finish) {
    for_each_block<Isa>(job.channels, [&]<int vectors, bool masked>(std::int64_t c, typename Isa::Mask mask) {
        using B = Block<Isa, vectors, masked>;
        typename Isa::V sums[vectors];
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v) {
            sums[v] = B::load(job.x + c, v, mask);
        }
        for (std::int64_t row = 0; row < job.rows; ++row) {
            const float* x = job.x + row * job.x_row + c;
            for (std::int64_t column = row == 0 ? 1 : 0; column < job.columns; ++column) {
#pragma GCC unroll 4
                for (int v = 0; v < vectors; ++v) {
                    sums[v] = fold(sums[v], B::load(x + column * job.x_pixel, v, mask));
                }
            }
        }
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v) {
            B::store(job.y + c, v, finish(sums[v]), mask);
        }
    });
}

template <typename Isa>
void max_of_window(const WindowRows& job) {
    using V = typename Isa::V;
    fold_window<Isa>(job, [](V a, V b) { return Isa::max(a, b); }, [](V a) { return a; });
}

template <typename Isa>
void sum_of_window(const WindowRows& job) {
    using V = typename Isa::V;
    const V divisor = Isa::broadcast(&job.divisor);
    fold_window<Isa>(job, [](V a, V b) { return Isa::add(a, b); }, [=](V a) { return Isa::div(a, divisor); });
}

template <typename Isa>
void respond(const ResponseRows& job) {
    constexpr std::int64_t width = Isa::width;
    const auto alpha = Isa::broadcast(&job.alpha);
    const auto bias = Isa::broadcast(&job.bias);
    const std::int64_t ends = job.channels + job.before + job.after + width;
    for (std::int64_t i = 0; i < ends; ++i) {
        job.squares[i] = 0;
    }
    for (std::int64_t row = 0; row < job.rows; ++row) {
        const float* const x = job.x + row * job.x_row;
        float* const y = job.y + row * job.y_row;
        for (std::int64_t c = 0; c < job.channels; c += width) {
            const auto mask = Isa::mask(job.channels - c);
            const auto value = Isa::load(x + c, mask);
            Isa::store(job.squares + job.before + c, Isa::mul(value, value), mask);
        }
        for (std::int64_t c = 0; c < job.channels; c += width) {
            const auto mask = Isa::mask(job.channels - c);
            auto sum = Isa::load(job.squares + c);
            for (std::int64_t i = 1; i <= job.before + job.after; ++i) {
                sum = Isa::add(sum, Isa::load(job.squares + c + i));
            }
            const auto root = Isa::sqrt(Isa::fma(sum, alpha, bias));
            Isa::store(y + c, Isa::div(Isa::load(x + c, mask), Isa::mul(root, Isa::sqrt(root))), mask);
        }
    }
}

template <typename Isa>
void permute(const PermutedRows& job) {
    for (std::int64_t row = 0; row < job.rows; ++row) {
        const float* const x = job.x + row * job.x_row;
        float* const y = job.y + row * job.y_row;
        for_each_block<Isa>(job.channels, [&]<int vectors, bool masked>(std::int64_t c, typename Isa::Mask mask) {
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v) {
                Block<Isa, vectors, masked>::store(y + c, v, Isa::gather(x, job.from + c + v * Isa::width), mask);
            }
        });
    }
}

template <typename Isa>
constexpr ChannelRows channel_rows_of{affine<Isa>, max_of_window<Isa>, sum_of_window<Isa>, respond<Isa>, permute<Isa>};

}  // namespace

}  // namespace onecnn::core
