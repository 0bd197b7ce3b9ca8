// SPDX-License-Identifier: Apache-2.0
#include "kernels/winograd.h"

#include <algorithm>

namespace onecnn::core {

namespace {

constexpr std::int64_t round_up(std::int64_t count, std::int64_t unit) { return (count + unit - 1) / unit * unit; }

}  // namespace

Winograd::Winograd(const FloatIsa& isa, const WinogradConvolution& convolution)
    : isa_(isa),
      transforms_(isa.winograd[convolution.tile == 2 ? 0 : 1]),
      convolution_(convolution),
      epilogue_(convolution.operands.activation),
      made_(convolution.pooled ? convolution.tile / 2 : convolution.tile),
      height_(convolution.pooled ? convolution.sizes.result_height / 2 : convolution.sizes.result_height),
      width_(convolution.pooled ? convolution.sizes.result_width / 2 : convolution.sizes.result_width),
      tile_rows_((height_ + made_ - 1) / made_),
      tile_columns_((width_ + made_ - 1) / made_),
      channels_(round_up(convolution.sizes.channels, isa.width)),
      filters_(round_up(convolution.sizes.filters, isa.width)) {}

void Winograd::transform_source(const Memory& memory, Range tiles, float* planes, std::int64_t stride) const {
    const WinogradSizes& sizes = convolution_.sizes;
    const float* const src = at<const float>(memory, convolution_.operands.src);
    const std::int64_t pixel = convolution_.operands.src.pixel_stride;
    const int size = convolution_.tile + 2;
    const auto within = [size](std::int64_t position) {
        return static_cast<int>(std::clamp<std::int64_t>(position, 0, size));
    };
    for (std::int64_t i = tiles.begin; i < tiles.end; ++i) {
        const Tile tile = this->tile(i);
        const std::int64_t y = tile.y * convolution_.tile - sizes.pad_top;
        const std::int64_t x = tile.x * convolution_.tile - sizes.pad_left;
        const std::int64_t first = (tile.image * sizes.height + y) * sizes.width + x;
        transforms_.source({.pixels = src + first * pixel,
                            .row = sizes.width * pixel,
                            .pixel = pixel,
                            .top = within(-y),
                            .bottom = within(sizes.height - y),
                            .left = within(-x),
                            .right = within(sizes.width - x)},
                           sizes.channels, planes + (i - tiles.begin) * channels_, stride);
    }
}

void Winograd::transform_result(const Memory& memory, Range tiles, const float* planes, std::int64_t stride) const {
    const ConvolutionOperands& operands = convolution_.operands;
    float* const dst = at<float>(memory, operands.dst);
    const float* const bias = operands.bias ? memory.at<const float>(*operands.bias) : nullptr;
    const float* const addend = operands.addend ? at<const float>(memory, *operands.addend) : nullptr;
    const std::int64_t pixel = operands.dst.pixel_stride;
    const std::int64_t addend_pixel = operands.addend ? operands.addend->pixel_stride : 0;
    const auto left_of = [this](std::int64_t extent, std::int64_t position) {
        return static_cast<int>(std::min<std::int64_t>(extent - position, made_));
    };
    const auto function = convolution_.pooled ? transforms_.pooled : transforms_.result;
    for (std::int64_t i = tiles.begin; i < tiles.end; ++i) {
        const Tile tile = this->tile(i);
        const std::int64_t y = tile.y * made_;
        const std::int64_t x = tile.x * made_;
        const std::int64_t first = (tile.image * height_ + y) * width_ + x;
        const WinogradResult result{
            .pixels = dst + first * pixel,
            .row = width_ * pixel,
            .pixel = pixel,
            .rows = left_of(height_, y),
            .columns = left_of(width_, x),
            .bias = bias,
            .addend = addend == nullptr ? nullptr : addend + first * addend_pixel,
            .addend_row = width_ * addend_pixel,
            .addend_pixel = addend_pixel,
            .low = epilogue_.low(),
            .high = epilogue_.high(),
        };
        function(planes + (i - tiles.begin) * filters_, stride, convolution_.sizes.filters, result);
        for (int row = 0; row < result.rows; ++row) {
            epilogue_.apply(result.pixels + row * result.row, pixel, result.columns, convolution_.sizes.filters);
        }
    }
}

void Winograd::multiply_plane(const Memory& memory, std::int64_t plane, std::int64_t tiles, Range filters,
                              const float* source, float* product) const {
    const std::int64_t k = convolution_.sizes.channels;
    const float* const weights = memory.at<const float>(convolution_.operands.weights);
    multiply(isa_, {.m = tiles,
                    .n = filters.end - filters.begin,
                    .k = k,
                    .a = source,
                    .a_row = channels_,
                    .b = weights + (plane * filters_ + filters.begin) * k,
                    .c = product + filters.begin,
                    .c_row = filters_});
}

}  // namespace onecnn::core
