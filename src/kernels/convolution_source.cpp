// SPDX-License-Identifier: Apache-2.0
#include "kernels/convolution_source.h"

#include <algorithm>

#include "kernels/taps_inside.h"
#include "runtime/shape.h"

namespace onecnn::core {

namespace {

/// How far the windows reach, from the first one's begin to the last one's end.
std::int64_t reach(const ConvolutionDimension& dimension) {
    return (dimension.output - 1) * dimension.stride + (dimension.kernel - 1) * dimension.dilation + 1;
}

bool is_inside(const ConvolutionDimension& dimension) {
    return dimension.pad_begin <= 0 && reach(dimension) - dimension.pad_begin <= dimension.input;
}

bool is_pointwise(const ConvolutionDimension& dimension) {
    return dimension.kernel == 1 && dimension.stride == 1 && dimension.pad_begin == 0 &&
           dimension.output == dimension.input;
}

/// Whether the windows leave no gaps, so that a band is no longer than the rows of A that it stands for.
bool is_covered(const ConvolutionDimension& dimension) {
    return dimension.dilation == 1 && dimension.stride <= dimension.kernel;
}

}  // namespace

ConvolutionSource::Way ConvolutionSource::choose() const {
    const ConvolutionDimension& height = input_.height;
    const ConvolutionDimension& width = input_.width;
    const bool one_line = height.output == 1;
    constexpr std::int64_t least_pixels = 4;  // of a line: fewer have too few sums to keep the multipliers busy
    if (!one_line && width.output < least_pixels) {
        return Way::columns;
    }
    const bool dense_runs = width.kernel == 1 || (width.dilation == 1 && input_.pixel_stride == input_.channels);
    if (is_inside(height) && is_inside(width) && dense_runs) {
        return Way::in_place;
    }
    return !one_line && is_covered(height) && is_covered(width) ? Way::band : Way::columns;
}

ConvolutionSource::ConvolutionSource(const ConvolutionInput& input, std::int64_t tile_rows) : input_(input) {
    ConvolutionDimension& height = input_.height;
    ConvolutionDimension& width = input_.width;
    if (is_pointwise(height) && is_pointwise(width)) {
        width.input = width.output = input_.images * height.input * width.input;
        height.input = height.output = input_.images = 1;
    }
    way_ = choose();
    by_pixels_ = way_ == Way::columns || height.output == 1;
    items_ = input_.images * height.output * (by_pixels_ ? width.output : 1);
    unparted_ = way_ == Way::columns ? items_ : by_pixels_ ? width.output : height.output;
    runs_ = way_ == Way::columns ? 1 : height.kernel;
    run_length_ = checked_multiply(way_ == Way::columns ? height.kernel : 1, width.kernel * input_.channels);
    line_pixels_ = way_ == Way::band ? reach(width) : width.input;
    constexpr std::int64_t block_floats = std::int64_t{96} * 1024;  // leaves room in the second cache for the weights
    if (by_pixels_) {
        least_items_ = 2 * tile_rows;
        most_block_ = block_floats / least_items_ / (runs_ * run_length_) * least_items_;
    } else {
        const std::int64_t lines = block_floats / (line_pixels_ * input_.channels);
        const std::int64_t tiled = (2 * tile_rows - 1) / width.output + 1;
        least_items_ = way_ == Way::band ? std::max(tiled, height.kernel) : tiled;
        most_block_ = (lines - height.kernel) / height.stride + 1;
    }
    most_block_ = std::min(std::max(most_block_, least_items_), unparted_);
}

Range ConvolutionSource::runs_inside(std::int64_t item) const {
    if (by_pixels_) {
        return {0, runs_};
    }
    const ConvolutionDimension& height = input_.height;
    return taps_inside(height, item % height.output);
}

std::int64_t ConvolutionSource::band_lines(std::int64_t lines) const {
    return (lines - 1) * input_.height.stride + input_.height.kernel;
}

std::int64_t ConvolutionSource::scratch_floats() const {
    switch (way_) {
        case Way::in_place: return 0;
        case Way::band:
            return checked_multiply(checked_multiply(band_lines(most_block_), line_pixels_), input_.channels);
        case Way::columns: return checked_multiply(most_block_, run_length_);
    }
    return 0;
}

std::int64_t ConvolutionSource::block_items(Range items) const {
    return std::min({most_block_, items.end - items.begin, unparted_ - items.begin % unparted_});
}

void ConvolutionSource::copy_pixels(const float* from, std::int64_t count, float* to) const {
    if (input_.pixel_stride == input_.channels) {
        std::copy_n(from, count * input_.channels, to);
        return;
    }
    for (std::int64_t i = 0; i < count; ++i) {
        std::copy_n(from + i * input_.pixel_stride, input_.channels, to + i * input_.channels);
    }
}

void ConvolutionSource::copy_band(const float* src, Range lines, float* to) const {
    const ConvolutionDimension& height = input_.height;
    const ConvolutionDimension& width = input_.width;
    const std::int64_t image = lines.begin / height.output;
    const std::int64_t top = lines.begin % height.output * height.stride - height.pad_begin;
    const Range there = positions_inside(-width.pad_begin, 1, line_pixels_, width.input);
    const std::int64_t count = band_lines(lines.end - lines.begin);
    for (std::int64_t i = 0; i < count; ++i, to += line_pixels_ * input_.channels) {
        const std::int64_t y = top + i;
        if (y < 0 || y >= height.input) {
            continue;  // no run that is multiplied lies here
        }
        const std::int64_t first = (image * height.input + y) * width.input + there.begin - width.pad_begin;
        std::fill_n(to, there.begin * input_.channels, 0.0F);
        copy_pixels(src + first * input_.pixel_stride, there.end - there.begin, to + there.begin * input_.channels);
        std::fill_n(to + there.end * input_.channels, (line_pixels_ - there.end) * input_.channels, 0.0F);
    }
}

void ConvolutionSource::copy_column(const float* src, std::int64_t pixel, float* to) const {
    const ConvolutionDimension& height = input_.height;
    const ConvolutionDimension& width = input_.width;
    const std::int64_t line = pixel / width.output;
    const std::int64_t top = line % height.output * height.stride - height.pad_begin;
    const std::int64_t left = pixel % width.output * width.stride - width.pad_begin;
    const Range there = taps_inside(width, pixel % width.output);
    for (std::int64_t i = 0; i < height.kernel; ++i, to += width.kernel * input_.channels) {
        const std::int64_t y = top + i * height.dilation;
        if (y < 0 || y >= height.input) {
            std::fill_n(to, width.kernel * input_.channels, 0.0F);
            continue;
        }
        const float* const from =
            src + ((line / height.output * height.input + y) * width.input + left) * input_.pixel_stride;
        std::fill_n(to, there.begin * input_.channels, 0.0F);
        if (width.dilation == 1) {
            copy_pixels(from + there.begin * input_.pixel_stride, there.end - there.begin,
                        to + there.begin * input_.channels);
        } else {
            for (std::int64_t j = there.begin; j < there.end; ++j) {
                copy_pixels(from + j * width.dilation * input_.pixel_stride, 1, to + j * input_.channels);
            }
        }
        std::fill_n(to + there.end * input_.channels, (width.kernel - there.end) * input_.channels, 0.0F);
    }
}

ConvolutionRows ConvolutionSource::rows(const float* src, Range block, float* scratch) const {
    const ConvolutionDimension& height = input_.height;
    const ConvolutionDimension& width = input_.width;
    const std::int64_t count = block.end - block.begin;
    if (way_ == Way::columns) {
        for (std::int64_t i = 0; i < count; ++i) {
            copy_column(src, block.begin + i, scratch + i * run_length_);
        }
        return {scratch, 1, count, 0, run_length_, 0};
    }
    const std::int64_t pixel = way_ == Way::band ? input_.channels : input_.pixel_stride;
    const std::int64_t line = line_pixels_ * pixel;
    ConvolutionRows rows{scratch,
                         by_pixels_ ? 1 : count,
                         by_pixels_ ? count : width.output,
                         height.stride * line,
                         width.stride * pixel,
                         height.dilation * line};
    if (way_ == Way::band) {
        copy_band(src, block, scratch);
        return rows;
    }
    const std::int64_t index = by_pixels_ ? block.begin / width.output : block.begin;
    const std::int64_t left = by_pixels_ ? block.begin % width.output * width.stride : 0;
    const std::int64_t top = index % height.output * height.stride - height.pad_begin;
    const std::int64_t image = index / height.output;
    rows.a = src + (image * height.input + top) * line + (left - width.pad_begin) * pixel;
    return rows;
}

}  // namespace onecnn::core
