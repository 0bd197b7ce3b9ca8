// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/int8_tile.h"

namespace onecnn::core {

namespace {

/// What becomes of the sums of Isa::width columns, bias and all, in 0 … 255, or beyond where packing `saturates`. `count` of them
/// count.
template <typename Isa, bool has_addend, bool saturates = false>
[[gnu::always_inline]] inline typename Isa::V requantized(const Requantization& r, typename Isa::V sum,
                                                          std::int64_t column, const std::uint8_t* addend,
                                                          std::int64_t count) {
    auto y = Isa::mul(Isa::to_float(sum), Isa::load(r.scale + column));
    if constexpr (has_addend || !saturates) {
        y = Isa::clamp(y, Isa::broadcast(r.low), Isa::broadcast(r.high));
    }
    if constexpr (has_addend) {
        y = Isa::to_float(Isa::to_nearest(y));
        const auto x = Isa::to_float(Isa::widen(addend, count, r.addend_flip));
        y = Isa::fma(y, Isa::broadcast(r.kept), Isa::fma(x, Isa::broadcast(r.added), Isa::broadcast(r.offset)));
        if constexpr (!saturates) {
            y = Isa::clamp(y, Isa::broadcast(r.sum_low), Isa::broadcast(r.sum_high));
        }
    }
    return Isa::add(Isa::to_nearest(y), Isa::broadcast(r.zero));
}

/// Stores them.
template <typename Isa>
[[gnu::always_inline]] inline void requantize(const Requantization& r, typename Isa::V sum, std::int64_t column,
                                              const std::uint8_t* addend, std::int64_t count, std::uint8_t* to) {
    Isa::narrow(to,
                r.has_addend ? requantized<Isa, true>(r, sum, column, addend, count)
                             : requantized<Isa, false>(r, sum, column, addend, count),
                count, r.flip);
}

/// The tile of `rows` rows and `panels` panels.
template <typename Isa, int rows, int panels>
struct Int8TileKernel {
    using V = typename Isa::V;
    static constexpr int parts = static_cast<int>(int8_columns) / Isa::width;  // vectors of a panel
    static constexpr int vectors = panels * parts;

    static void run(const Int8Tile& tile) {
        V sums[rows][vectors];
        start(tile, sums);
        const std::int8_t* b = tile.b;
        const std::int8_t* next = tile.next;
        for (std::int64_t q = 0; q < tile.quads; ++q) {
            __builtin_prefetch(next, 0, 2);
            next += tile.next_step;
            add(tile, q, b, tile.quads * int8_block, sums);
            b += int8_block;
        }
        if constexpr (Isa::splits_excess) {
            for (std::int64_t i = 0; i < tile.excess_count; ++i) {
                add(tile, tile.excess_quads[i], tile.excess + i * int8_block, 0, sums);
            }
        }
        finish(tile, sums);
    }

    /// The same for rows in pieces, of weights that are not split.
    static void run_scattered(const Int8Tile& tile) {
        V sums[rows][vectors];
        start(tile, sums);
        const std::int64_t panel = tile.quads * int8_block;
        const std::int64_t piece = tile.quads / tile.taps;
        const std::int8_t* b = tile.b;
        const std::int8_t* next = tile.next;
        for (std::int64_t tap = 0; tap < tile.taps; ++tap) {
            const std::uint8_t* a[rows];
#pragma GCC unroll 16
            for (int r = 0; r < rows; ++r) {
                a[r] = tile.places[tap * tile.places_row + r];
            }
            for (std::int64_t q = 0; q < piece; ++q) {
                __builtin_prefetch(next, 0, 2);
                next += tile.next_step;
                multiply(b, panel, sums, [&](int r) __attribute__((always_inline)) { return a[r] + q * int8_quad; });
                b += int8_block;
            }
        }
        finish(tile, sums);
    }

private:
    [[gnu::always_inline]] static void start(const Int8Tile& tile, V (&sums)[rows][vectors]) {
#pragma GCC unroll 16
        for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v) {
                sums[r][v] = Isa::load(tile.requantization->bias + tile.first_column + v * Isa::width);
            }
        }
    }

    [[gnu::always_inline]] static void add(const Int8Tile& tile, std::int64_t quad, const std::int8_t* b,
                                           std::int64_t panel, V (&sums)[rows][vectors]) {
        // x86's addresses scale a row's stride by 1 and 2: every third row gets a pointer.
        constexpr int anchors = (rows + 2) / 3;
        const std::uint8_t* a[anchors];
#pragma GCC unroll 8
        for (int i = 0; i < anchors; ++i) {
            a[i] = tile.a + 3 * i * tile.a_row + quad * int8_quad;
        }
        multiply(b, panel, sums, [&](int r) __attribute__((always_inline)) { return a[r / 3] + r % 3 * tile.a_row; });
    }

    /// Adds a quad of each row, which lies at `place_of(row)`, times a quad of each panel.
    template <typename PlaceOf>
    [[gnu::always_inline]] static void multiply(const std::int8_t* b, std::int64_t panel, V (&sums)[rows][vectors],
                                                const PlaceOf& place_of) {
        V factors[vectors];
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v) {
            factors[v] = Isa::load(b + v / parts * panel + v % parts * Isa::width * int8_quad);
        }
#pragma GCC unroll 16
        for (int r = 0; r < rows; ++r) {
            const V x = Isa::broadcast_quad(place_of(r));
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v) {
                sums[r][v] = Isa::dot(sums[r][v], x, factors[v]);
            }
        }
    }

    /// By way of memory, so that its code is there once and not for each sum.
    [[gnu::always_inline]] static void finish(const Int8Tile& tile, V (&sums)[rows][vectors]) {
        alignas(64) std::int32_t stored[rows][vectors * Isa::width];
#pragma GCC unroll 16
        for (int r = 0; r < rows; ++r) {
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v) {
                Isa::store(stored[r] + v * Isa::width, sums[r][v]);
            }
        }
        if constexpr (vectors == Isa::joined) {
            if (tile.columns == vectors * Isa::width && tile.requantization->saturates) {
                finish_rows<true>(tile, stored[0]);
                return;
            }
        }
        finish_rows<false>(tile, stored[0]);
    }

    template <bool saturates>
    [[gnu::always_inline]] static void finish_rows(const Int8Tile& tile, const std::int32_t* stored) {
        if (tile.requantization->has_addend) {
            finish_rows<saturates, true>(tile, stored);
        } else {
            finish_rows<saturates, false>(tile, stored);
        }
    }

    template <bool saturates, bool has_addend>
    [[gnu::always_inline]] static void finish_rows(const Int8Tile& tile, const std::int32_t* stored) {
        const Requantization r = *tile.requantization;
#pragma GCC unroll 1
        for (int row = 0; row < rows; ++row) {
            std::uint8_t* const c = tile.c + row * tile.c_row;
            const std::uint8_t* const addend = has_addend ? tile.addend + row * tile.addend_row : nullptr;
            const auto bytes = [&](std::int64_t j) __attribute__((always_inline)) {
                return requantized<Isa, has_addend, saturates>(r, Isa::load(stored + j), tile.first_column + j,
                                                               has_addend ? addend + j : nullptr, tile.columns - j);
            };
            if constexpr (vectors == Isa::joined) {
                if (tile.columns == vectors * Isa::width) {
                    Isa::narrow(c, bytes(0), bytes(Isa::width), bytes(2 * Isa::width), bytes(3 * Isa::width), r.flip);
                    stored += vectors * Isa::width;
                    continue;
                }
            }
#pragma GCC unroll 1
            for (std::int64_t j = 0; j < tile.columns; j += Isa::width) {
                Isa::narrow(c + j, bytes(j), tile.columns - j, r.flip);
            }
            stored += vectors * Isa::width;
        }
    }
};

/// One pixel of a depthwise convolution.
template <typename Isa>
void int8_depthwise(const Int8Depthwise& pixel) {
    const Requantization r = *pixel.requantization;
    for (std::int64_t j = 0; j < pixel.channels; j += Isa::width) {
        auto sum = Isa::load(r.bias + j);
        const std::int64_t count = pixel.channels - j;
        for (std::int64_t t = 0; t < pixel.taps; ++t) {
            sum = Isa::multiply_add(sum, Isa::widen(pixel.sources[t] + j, count, pixel.source_flip),
                                    Isa::load(pixel.weights + t * pixel.weights_row + j));
        }
        requantize<Isa>(r, sum, j, pixel.addend == nullptr ? nullptr : pixel.addend + j, count, pixel.c + j);
    }
}

/// Isa::width channels of four pixels, from channel `j` on, of which `count` count; a kernel `width` wide. What neighbours
/// both see is widened once.
template <typename Isa, int width, int stride, bool flips>
[[gnu::always_inline]] inline void int8_depthwise_channels(const Int8DepthwiseLine& line, const Requantization& r,
                                                           std::int64_t j, std::int64_t count) {
    constexpr int pixels = static_cast<int>(int8_line_pixels);
    const Int8Depthwise& pixel = line.pixel;
    typename Isa::V sums[pixels];
#pragma GCC unroll 4
    for (auto& sum : sums) {
        sum = Isa::load(r.bias + j);
    }
    const std::int32_t* weights = pixel.weights + j;
    for (std::int64_t y = 0; y * width < pixel.taps; ++y) {
        const std::uint8_t* const source = pixel.sources[y] + j;
        const std::int64_t step = line.source_steps[y];
#pragma GCC unroll 16
        for (int x = 0; x < (pixels - 1) * stride + width; ++x) {
            const auto seen =
                flips ? Isa::widen(source + x * step, count, pixel.source_flip) : Isa::widen(source + x * step, count);
#pragma GCC unroll 4
            for (int p = 0; p < pixels; ++p) {
                const int tap = x - p * stride;
                if (tap >= 0 && tap < width) {
                    sums[p] = Isa::multiply_add(sums[p], seen, Isa::load(weights + tap * pixel.weights_row));
                }
            }
        }
        weights += width * pixel.weights_row;
    }
#pragma GCC unroll 4
    for (int p = 0; p < pixels; ++p) {
        const std::uint8_t* const addend = pixel.addend == nullptr ? nullptr : pixel.addend + p * line.addend_step + j;
        requantize<Isa>(r, sums[p], j, addend, count, pixel.c + p * line.c_step + j);
    }
}

template <typename Isa, int width, int stride, bool flips>
[[gnu::always_inline]] inline void int8_depthwise_line(const Int8DepthwiseLine& line) {
    const Requantization r = *line.pixel.requantization;
    std::int64_t j = 0;
    for (; j + Isa::width <= line.pixel.channels; j += Isa::width) {
        int8_depthwise_channels<Isa, width, stride, flips>(line, r, j, Isa::width);
    }
    if (j < line.pixel.channels) {
        int8_depthwise_channels<Isa, width, stride, flips>(line, r, j, line.pixel.channels - j);
    }
}

template <typename Isa, int width, int stride>
void int8_depthwise_line(const Int8DepthwiseLine& line) {
    if (line.pixel.source_flip == 0) {
        int8_depthwise_line<Isa, width, stride, false>(line);
    } else {
        int8_depthwise_line<Isa, width, stride, true>(line);
    }
}

/// By width of the kernel, 3 and 5, and by stride, 1 and 2.
template <typename Isa>
constexpr Int8DepthwiseLineFunction int8_depthwise_lines[2][2] = {
    {int8_depthwise_line<Isa, 3, 1>, int8_depthwise_line<Isa, 3, 2>},
    {int8_depthwise_line<Isa, 5, 1>, int8_depthwise_line<Isa, 5, 2>}};

template <typename Isa>
void int8_sum(const Int8Sum& sum) {
    const Requantization r = *sum.requantization;
    for (std::int64_t j = 0; j < sum.count; j += Isa::width) {
        const std::int64_t count = sum.count - j;
        const auto a = Isa::add(Isa::widen(sum.a + j, count, sum.a_flip), Isa::load(r.bias));
        requantize<Isa>(r, a, 0, sum.addend + j, count, sum.c + j);
    }
}

template <typename Isa>
void int8_image(const Int8Image& image) {
    const auto scale = Isa::broadcast(image.scale);
    const auto zero = static_cast<float>(image.zero);
    const auto low = Isa::broadcast(-zero);
    const auto high = Isa::broadcast(255 - zero);
    const auto quantized = [&](const float* x) __attribute__((always_inline)) {
        const auto y = Isa::clamp(Isa::div(Isa::load(x), scale), low, high);
        return Isa::add(Isa::to_nearest(y), Isa::broadcast(image.zero));
    };
    std::int64_t pixel = 0;
    for (; image.channels == 3 && pixel + Isa::width <= image.pixels; pixel += Isa::width) {
        const float* const x = image.x + pixel;
        Isa::store_triples(image.to + 3 * pixel, quantized(x), quantized(x + image.plane),
                           quantized(x + 2 * image.plane), image.flip);
    }
    for (; pixel < image.pixels; pixel += Isa::width) {
        const std::int64_t count = image.pixels - pixel < Isa::width ? image.pixels - pixel : Isa::width;
        for (std::int64_t channel = 0; channel < image.channels; ++channel) {
            float some[Isa::width] = {};
            std::uint8_t bytes[Isa::width];
            __builtin_memcpy(some, image.x + channel * image.plane + pixel,
                             static_cast<std::size_t>(count) * sizeof(float));
            Isa::narrow(bytes, quantized(some), Isa::width, image.flip);
            for (std::int64_t i = 0; i < count; ++i) {
                image.to[(pixel + i) * image.channels + channel] = bytes[i];
            }
        }
    }
}

}  // namespace

}  // namespace onecnn::core
