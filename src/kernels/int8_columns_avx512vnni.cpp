// SPDX-License-Identifier: Apache-2.0
#include <immintrin.h>

#include "kernels/int8_isa.h"

namespace onecnn::core {

namespace {

using V = __m512i;

constexpr int vectors = static_cast<int>(int8_column_channels / int8_columns);  // of sums of a block of channels
constexpr std::int64_t column_bytes = int8_column_channels * int8_quad;         // of the weights of a column of taps

V all(std::uint8_t x) { return _mm512_set1_epi8(static_cast<char>(x)); }

/// What one block of channels needs.
struct Block {
    __mmask64 mask;           // of its channels
    const std::int8_t* taps;  // by columns
    const std::int32_t* bias;
    const float* scale;
};

Block block_of(const Int8Depthwise& pixel, std::int64_t channel) {
    const std::int64_t left = pixel.channels - channel;
    return {left >= int8_column_channels ? ~__mmask64{0} : (__mmask64{1} << left) - 1,
            reinterpret_cast<const std::int8_t*>(pixel.weights) + channel * 3 * int8_quad,
            pixel.requantization->bias + channel, pixel.requantization->scale + channel};
}

void start(const Block& block, V (&sums)[vectors]) {
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
        sums[v] = _mm512_loadu_si512(block.bias + v * int8_columns);
    }
}

/// A column of three pixels, the bytes of a channel side by side: what one instruction multiplies by a column of taps and adds.
void join(V top, V middle, V bottom, V (&column)[vectors]) {
    const V zero = _mm512_setzero_si512();
    const V upper_low = _mm512_unpacklo_epi8(top, middle);
    const V upper_high = _mm512_unpackhi_epi8(top, middle);
    const V lower_low = _mm512_unpacklo_epi8(bottom, zero);
    const V lower_high = _mm512_unpackhi_epi8(bottom, zero);
    column[0] = _mm512_unpacklo_epi16(upper_low, lower_low);
    column[1] = _mm512_unpackhi_epi16(upper_low, lower_low);
    column[2] = _mm512_unpacklo_epi16(upper_high, lower_high);
    column[3] = _mm512_unpackhi_epi16(upper_high, lower_high);
}

void add(const V (&column)[vectors], const std::int8_t* taps, V (&sums)[vectors]) {
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
        sums[v] = _mm512_dpbusd_epi32(sums[v], column[v], _mm512_loadu_si512(taps + v * int8_block));
    }
}

/// Requantises the sums; packing undoes the order that join() made.
template <bool saturates>
void finish(const Requantization& r, const Block& block, const V (&sums)[vectors], std::uint8_t* to) {
    V bytes[vectors];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
        __m512 y = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[v]), _mm512_loadu_ps(block.scale + v * int8_columns));
        if constexpr (!saturates) {
            y = _mm512_min_ps(_mm512_max_ps(y, _mm512_set1_ps(r.low)), _mm512_set1_ps(r.high));
        }
        bytes[v] = _mm512_add_epi32(_mm512_cvtps_epi32(y), _mm512_set1_epi32(r.zero));
    }
    const V packed =
        _mm512_packus_epi16(_mm512_packs_epi32(bytes[0], bytes[1]), _mm512_packs_epi32(bytes[2], bytes[3]));
    _mm512_mask_storeu_epi8(to, block.mask, _mm512_xor_si512(packed, all(r.flip)));
}

void finish(const Requantization& r, const Block& block, const V (&sums)[vectors], std::uint8_t* to) {
    if (r.saturates) {
        finish<true>(r, block, sums, to);
    } else {
        finish<false>(r, block, sums, to);
    }
}

void pixel(const Int8Depthwise& pixel) {
    const Requantization r = *pixel.requantization;
    const V flip = all(pixel.source_flip);
    for (std::int64_t channel = 0; channel < pixel.channels; channel += int8_column_channels) {
        const Block block = block_of(pixel, channel);
        const auto load = [&](int tap) __attribute__((always_inline)) {
            return _mm512_xor_si512(_mm512_maskz_loadu_epi8(block.mask, pixel.sources[tap] + channel), flip);
        };
        V sums[vectors];
        start(block, sums);
#pragma GCC unroll 3
        for (int x = 0; x < 3; ++x) {
            V column[vectors];
            join(load(x), load(3 + x), load(6 + x), column);
            add(column, block.taps + x * column_bytes, sums);
        }
        finish(r, block, sums, pixel.c + channel);
    }
}

/// A column is joined once for all pixels that see it.
template <int stride>
void line(const Int8DepthwiseLine& line) {
    constexpr int pixels = static_cast<int>(int8_line_pixels);
    const Int8Depthwise& pixel = line.pixel;
    const Requantization r = *pixel.requantization;
    const V flip = all(pixel.source_flip);
    for (std::int64_t channel = 0; channel < pixel.channels; channel += int8_column_channels) {
        const Block block = block_of(pixel, channel);
        const auto load = [&](int row, int x) __attribute__((always_inline)) {
            const std::uint8_t* const from = pixel.sources[row] + x * line.source_steps[row] + channel;
            return _mm512_xor_si512(_mm512_maskz_loadu_epi8(block.mask, from), flip);
        };
        V sums[pixels][vectors];
#pragma GCC unroll 4
        for (auto& sum : sums) {
            start(block, sum);
        }
#pragma GCC unroll 9
        for (int x = 0; x < (pixels - 1) * stride + 3; ++x) {
            V column[vectors];
            join(load(0, x), load(1, x), load(2, x), column);
#pragma GCC unroll 4
            for (int p = 0; p < pixels; ++p) {
                if (const int tap = x - p * stride; tap >= 0 && tap < 3) {
                    add(column, block.taps + tap * column_bytes, sums[p]);
                }
            }
        }
#pragma GCC unroll 4
        for (int p = 0; p < pixels; ++p) {
            finish(r, block, sums[p], pixel.c + p * line.c_step + channel);
        }
    }
}

}  // namespace

const Int8Columns int8_columns_avx512vnni{pixel, {line<1>, line<2>}};

}  // namespace onecnn::core
