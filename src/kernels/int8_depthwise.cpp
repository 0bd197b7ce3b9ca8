// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "kernels/int8_convolution.h"
#include "kernels/int8_isa.h"
#include "kernels/int8_step.h"
#include "runtime/error.h"
#include "runtime/shape.h"

namespace onecnn::core {

namespace {

/// Whether the kernels for columns of taps take it.
bool by_columns(const Int8Convolution& shape) {
    constexpr std::array<std::int64_t, 2> three{3, 3};
    return int8_isa().columns != nullptr && shape.kernel == three && shape.strides[1] <= 2 && shape.dilations[1] == 1 &&
           !shape.has_addend;
}

std::int64_t weights_row(const Int8Convolution& shape) {
    const std::int64_t unit = by_columns(shape) ? int8_column_channels : int8_columns;
    return (shape.groups + unit - 1) / unit * unit;
}

/// Where the kernels for columns of taps want a channel.
std::int64_t place_of(std::int64_t channel) {
    const std::int64_t within = channel % int8_column_channels;
    return channel - within + within / 4 % 4 * 16 + within / 16 * 4 + within % 4;
}

template <typename T>
std::vector<T> placed(const std::vector<T>& values, std::int64_t count) {
    std::vector<T> moved(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(values.size()); ++i) {
        moved[static_cast<std::size_t>(place_of(i))] = values[static_cast<std::size_t>(i)];
    }
    return moved;
}

/// Slices are lines of the result. A tap outside the source reads a pixel of zero points.
class Depthwise {
public:
    Depthwise(const Int8Convolution& shape, Int8Results results, const Int8Memory& places);

    [[nodiscard]] std::int64_t slices() const { return slices_; }
    [[nodiscard]] std::size_t scratch_bytes() const {
        return static_cast<std::size_t>(taps_ + shape_.kernel[0]) * sizeof(std::int64_t);
    }
    [[nodiscard]] std::size_t held_bytes() const {
        return (results_.bias.size() + results_.scale.size()) * sizeof(float) + outside_.size();
    }
    void run(const Memory& memory, std::int64_t slice, std::byte* scratch) const;

private:
    struct Line {
        const std::uint8_t* image;
        std::int64_t top;
        Int8Depthwise pixel;  // the first
    };

    [[nodiscard]] Range pixels_inside() const;
    void run_line(const Line& line, Range inside, const std::uint8_t** sources, std::int64_t* steps) const;
    void point(const std::uint8_t* image, std::int64_t top, std::int64_t left, const std::uint8_t** sources) const;

    Int8Convolution shape_;
    Int8Results results_;
    Int8Memory places_;
    std::int64_t taps_;
    std::vector<std::uint8_t> outside_;
    std::int64_t slices_;
    Int8DepthwiseFunction pixel_function_;
    Int8DepthwiseLineFunction line_function_ = nullptr;
};

Depthwise::Depthwise(const Int8Convolution& shape, Int8Results results, const Int8Memory& places)
    : shape_(shape),
      results_(std::move(results)),
      places_(places),
      taps_(shape.taps()),
      outside_(static_cast<std::size_t>(shape.groups), shape.source_zero ^ shape.source_flip),
      slices_(slices_for(shape.images * shape.result[0], shape.result[1] * shape.groups * taps_)),
      pixel_function_(int8_isa().depthwise) {
    const std::int64_t width = shape.kernel[1];
    const std::int64_t stride = shape.strides[1];
    if (by_columns(shape)) {
        set_saturation(results_);
        results_.bias = placed(results_.bias, weights_row(shape));
        results_.scale = placed(results_.scale, weights_row(shape));
        pixel_function_ = int8_isa().columns->pixel;
        line_function_ = int8_isa().columns->lines[stride - 1];
        return;
    }
    results_.bias.resize(static_cast<std::size_t>(weights_row(shape)));
    results_.scale.resize(static_cast<std::size_t>(weights_row(shape)));
    if ((width == 3 || width == 5) && stride <= 2 && shape.dilations[1] == 1) {
        line_function_ = int8_isa().lines[width == 5 ? 1 : 0][stride - 1];
    }
}

Range Depthwise::pixels_inside() const {
    const std::int64_t stride = shape_.strides[1];
    const std::int64_t begin = (shape_.pads_begin[1] + stride - 1) / stride;
    const std::int64_t last = shape_.source[1] - shape_.kernel[1] + shape_.pads_begin[1];
    const bool none = line_function_ == nullptr || last < 0;
    return none ? Range{0, 0} : Range{begin, std::min(last / stride + 1, shape_.result[1])};
}

void Depthwise::point(const std::uint8_t* image, std::int64_t top, std::int64_t left,
                      const std::uint8_t** sources) const {
    for (std::int64_t y = 0; y < shape_.kernel[0]; ++y) {
        const std::int64_t line = top + y * shape_.dilations[0];
        const bool inside = line >= 0 && line < shape_.source[0];
        for (std::int64_t x = 0; x < shape_.kernel[1]; ++x) {
            const std::int64_t column = left + x * shape_.dilations[1];
            *sources++ = inside && column >= 0 && column < shape_.source[1]
                             ? image + (line * shape_.source[1] + column) * places_.source.pixel_stride
                             : outside_.data();
        }
    }
}

/// The pixels of a line, of which `inside` see nothing left or right of the source.
void Depthwise::run_line(const Line& line, Range inside, const std::uint8_t** sources, std::int64_t* steps) const {
    Int8DepthwiseLine four{.pixel = line.pixel,
                           .source_steps = steps,
                           .addend_step = places_.addend ? places_.addend->pixel_stride : 0,
                           .c_step = places_.result.pixel_stride};
    const auto move = [&](Int8Depthwise& pixel, std::int64_t x) {
        pixel.addend = line.pixel.addend == nullptr ? nullptr : line.pixel.addend + x * four.addend_step;
        pixel.c = line.pixel.c + x * four.c_step;
    };
    for (std::int64_t x = 0; x < shape_.result[1];) {
        const std::int64_t left = x * shape_.strides[1] - shape_.pads_begin[1];
        if (x < inside.begin || x + int8_line_pixels > inside.end) {
            Int8Depthwise pixel = line.pixel;
            move(pixel, x);
            point(line.image, line.top, left, sources);
            pixel_function_(pixel);
            ++x;
            continue;
        }
        for (std::int64_t y = 0; y < shape_.kernel[0]; ++y) {
            const std::int64_t row = line.top + y * shape_.dilations[0];
            const bool there = row >= 0 && row < shape_.source[0];
            sources[y] =
                there ? line.image + (row * shape_.source[1] + left) * places_.source.pixel_stride : outside_.data();
            steps[y] = there ? places_.source.pixel_stride : 0;
        }
        move(four.pixel, x);
        line_function_(four);
        x += int8_line_pixels;
    }
}

void Depthwise::run(const Memory& memory, std::int64_t slice, std::byte* scratch) const {
    auto** const sources = reinterpret_cast<const std::uint8_t**>(scratch);
    auto* const steps = reinterpret_cast<std::int64_t*>(sources + taps_);
    const auto* const source = at<const std::uint8_t>(memory, places_.source);
    const auto* const addend = places_.addend ? at<const std::uint8_t>(memory, *places_.addend) : nullptr;
    auto* const result = at<std::uint8_t>(memory, places_.result);
    Requantization requantization = results_.rule;
    requantization.bias = results_.bias.data();
    requantization.scale = results_.scale.data();
    const std::int64_t image_bytes = shape_.source[0] * shape_.source[1] * places_.source.pixel_stride;
    const Range inside = pixels_inside();
    const Range lines = slice_range(shape_.images * shape_.result[0], slices_, slice);
    for (std::int64_t line = lines.begin; line < lines.end; ++line) {
        const std::int64_t place = line * shape_.result[1];
        const Int8Depthwise pixel{.taps = taps_,
                                  .sources = sources,
                                  .weights = memory.at<const std::int32_t>(places_.weights),
                                  .weights_row = weights_row(shape_),
                                  .channels = shape_.groups,
                                  .source_flip = shape_.source_flip,
                                  .requantization = &requantization,
                                  .addend = addend == nullptr ? nullptr : addend + place * places_.addend->pixel_stride,
                                  .c = result + place * places_.result.pixel_stride};
        run_line({.image = source + line / shape_.result[0] * image_bytes,
                  .top = line % shape_.result[0] * shape_.strides[0] - shape_.pads_begin[0],
                  .pixel = pixel},
                 inside, sources, steps);
    }
}

}  // namespace

std::size_t packed_int8_depthwise_bytes(const Int8Convolution& convolution) {
    const std::int64_t words = by_columns(convolution) ? convolution.kernel[1] : convolution.taps();
    return static_cast<std::size_t>(checked_multiply(words, weights_row(convolution))) * sizeof(std::int32_t);
}

std::string int8_depthwise_form(const Int8Convolution& convolution) {
    return by_columns(convolution) ? "int8 depthwise by columns" : "int8 depthwise";
}

void pack_int8_depthwise(const Int8Convolution& convolution, std::span<const std::int8_t> weights, std::byte* to) {
    std::memset(to, 0, packed_int8_depthwise_bytes(convolution));
    const std::int64_t taps = convolution.taps();
    const bool columns = by_columns(convolution);
    for (std::int64_t i = 0; i < convolution.groups * taps; ++i) {
        const std::int64_t channel = i / taps;
        const std::int64_t tap = i % taps;
        const std::int8_t weight = weights[static_cast<std::size_t>(i)];
        if (columns) {
            const std::int64_t block = channel / int8_column_channels * int8_column_channels;
            const std::int64_t quad = 3 * block + tap % 3 * int8_column_channels + place_of(channel) - block;
            reinterpret_cast<std::int8_t*>(to)[quad * int8_quad + tap / 3] = weight;
        } else {
            reinterpret_cast<std::int32_t*>(to)[tap * weights_row(convolution) + channel] = weight;
        }
    }
}

std::unique_ptr<Step> make_int8_depthwise_step(const Int8Convolution& convolution, Int8Results results,
                                               const Int8Memory& memory) {
    return make_int8_step("int8_depthwise", std::make_shared<const Depthwise>(convolution, std::move(results), memory),
                          memory);
}

}  // namespace onecnn::core
