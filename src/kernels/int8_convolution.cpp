// SPDX-License-Identifier: Apache-2.0
#include "kernels/int8_convolution.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "kernels/int8_step.h"
#include "kernels/taps_inside.h"
#include "runtime/error.h"
#include "runtime/shape.h"

namespace onecnn::core {

namespace {

template <std::int64_t size>
void copy_ends(const std::uint8_t* from, std::int64_t count, std::uint8_t* to) {
    std::memcpy(to, from, size);
    std::memcpy(to + count - size, from + count - size, size);
}

/// A call of memcpy takes longer than so few bytes.
void copy_bytes(const std::uint8_t* from, std::int64_t count, std::uint8_t* to) {
    if (count > 32 || count < 4) {
        std::memcpy(to, from, static_cast<std::size_t>(count));
    } else if (count >= 16) {
        copy_ends<16>(from, count, to);
    } else if (count >= 8) {
        copy_ends<8>(from, count, to);
    } else {
        copy_ends<4>(from, count, to);
    }
}

/// Slices are blocks of pixels, times blocks of panels where pixels are few. What the kernel sees at a pixel is a row of the
/// product: it lies so already, or is multiplied tap by tap where it lies, or else is copied first.
class Convolution {
public:
    Convolution(const Int8Convolution& shape, const Int8Panels& weights, Int8Results results, const Int8Memory& places);

    [[nodiscard]] std::int64_t slices() const { return pixel_blocks_ * panel_blocks_ * shape_.groups; }
    [[nodiscard]] std::size_t scratch_bytes() const {
        const std::int64_t row = scattered_ ? shape_.taps() * std::int64_t{sizeof(std::uint8_t*)} : row_;
        return static_cast<std::size_t>(in_place_ ? 0 : block_ * row);
    }
    [[nodiscard]] std::size_t held_bytes() const {
        return (results_.bias.size() + results_.scale.size()) * sizeof(float) + outside_.size();
    }
    void run(const Memory& memory, std::int64_t slice, std::byte* scratch) const;

private:
    void slice();
    void find(const std::uint8_t* source, Range pixels, const std::uint8_t** places) const;
    void gather(const std::uint8_t* source, Range pixels, std::uint8_t* rows) const;
    void gather_run(const std::uint8_t* line, Range columns, std::uint8_t* to) const;
    void gather_row(const std::uint8_t* line, std::int64_t left, std::uint8_t* to) const;
    void copy(const std::uint8_t* from, std::int64_t count, std::uint8_t* to) const;

    Int8Convolution shape_;
    const Int8Isa& isa_;
    Int8Panels weights_;
    Int8Results results_;
    Int8Memory places_;
    std::int64_t pixels_;
    std::int64_t row_;  // bytes of a gathered row
    bool in_place_;
    bool scattered_;
    std::vector<std::uint8_t> outside_;  // the channels of a pixel of padding
    std::int64_t block_ = 0;             // pixels
    std::int64_t pixel_blocks_ = 0;
    std::int64_t panel_block_ = 0;
    std::int64_t panel_blocks_ = 0;
};

Convolution::Convolution(const Int8Convolution& shape, const Int8Panels& weights, Int8Results results,
                         const Int8Memory& places)
    : shape_(shape),
      isa_(int8_isa()),
      weights_(weights),
      results_(std::move(results)),
      places_(places),
      pixels_(shape.images * shape.result[0] * shape.result[1]),
      row_(weights.quads() * int8_quad) {
    constexpr std::array<std::int64_t, 2> ones{1, 1};
    in_place_ = shape.kernel == ones && shape.strides == ones && shape.source == shape.result &&
                row_ == shape.group_channels && shape.source_flip == 0;
    scattered_ =
        !in_place_ && isa_.scattered[0] != nullptr && shape.group_channels % int8_quad == 0 && shape.source_flip == 0;
    outside_.resize(static_cast<std::size_t>(scattered_ ? shape.group_channels : 0), shape.source_zero);
    // A panel reads sixteen of them.
    const auto columns = static_cast<std::size_t>(shape.groups * shape.group_filters + int8_columns);
    set_saturation(results_);
    results_.bias.resize(columns);
    results_.scale.resize(columns);
    slice();
}

void Convolution::slice() {
    constexpr std::int64_t cached_bytes = 128 * 1024;
    constexpr std::int64_t few_pixels = 64;  // fewer are not parted: each part reads all weights
    constexpr std::int64_t slice_products = 2 * 1024 * 1024;
    constexpr std::int64_t slice_weights = 512 * 1024;
    constexpr std::int64_t slice_panels = 8;
    const std::int64_t products = std::max<std::int64_t>(1, row_ * shape_.group_filters);
    const std::int64_t by_work = std::clamp<std::int64_t>(slice_products / products, 1, 1024);
    block_ = std::min({pixels_, std::max(by_work, few_pixels), std::max(cached_bytes / row_, few_pixels)});
    pixel_blocks_ = (pixels_ + block_ - 1) / block_;
    // Where rows are few, reading the weights is what takes time.
    const std::int64_t pieces =
        std::max(checked_multiply(block_, products) / slice_products, products / slice_weights) + 1;
    panel_block_ = std::min(weights_.panels(), std::max((weights_.panels() + pieces - 1) / pieces, slice_panels));
    panel_blocks_ = (weights_.panels() + panel_block_ - 1) / panel_block_;
}

void Convolution::copy(const std::uint8_t* from, std::int64_t count, std::uint8_t* to) const {
    if (shape_.source_flip == 0) {
        copy_bytes(from, count, to);
    } else {
        std::transform(from, from + count, to,
                       [flip = shape_.source_flip](std::uint8_t x) { return static_cast<std::uint8_t>(x ^ flip); });
    }
}

/// One row of the kernel at one pixel: what it sees of a line of the source from column `left` on.
void Convolution::gather_row(const std::uint8_t* line, std::int64_t left, std::uint8_t* to) const {
    for (std::int64_t x = 0; x < shape_.kernel[1]; ++x, to += shape_.group_channels) {
        const std::int64_t column = left + x * shape_.dilations[1];
        if (line != nullptr && column >= 0 && column < shape_.source[1]) {
            copy(line + column * places_.source.pixel_stride, shape_.group_channels, to);
        } else {
            std::memset(to, shape_.source_zero, static_cast<std::size_t>(shape_.group_channels));
        }
    }
}

/// One row of the kernel at neighbouring pixels of a line of the result.
void Convolution::gather_run(const std::uint8_t* line, Range columns, std::uint8_t* to) const {
    const std::int64_t width = shape_.kernel[1];
    const std::int64_t stride = shape_.strides[1];
    const std::int64_t pad = shape_.pads_begin[1];
    const bool joined = line != nullptr && shape_.source_flip == 0 && shape_.dilations[1] == 1 &&
                        places_.source.pixel_stride == shape_.group_channels;
    for (std::int64_t x = columns.begin; x < columns.end; ++x, to += row_) {
        const std::int64_t left = x * stride - pad;
        if (joined && left >= 0 && left + width <= shape_.source[1]) {
            copy_bytes(line + left * shape_.group_channels, width * shape_.group_channels, to);
        } else {
            gather_row(line, left, to);
        }
    }
}

/// The places of what the kernel sees at each pixel, tap by tap.
void Convolution::find(const std::uint8_t* source, Range pixels, const std::uint8_t** places) const {
    const std::int64_t pixel_bytes = places_.source.pixel_stride;
    const std::int64_t line_bytes = shape_.source[1] * pixel_bytes;
    const std::int64_t row = pixels.end - pixels.begin;
    for (std::int64_t pixel = pixels.begin; pixel < pixels.end;) {
        const std::int64_t image = pixel / (shape_.result[0] * shape_.result[1]);
        const std::int64_t top = pixel / shape_.result[1] % shape_.result[0] * shape_.strides[0] - shape_.pads_begin[0];
        const std::int64_t column = pixel % shape_.result[1];
        const std::int64_t count = std::min(shape_.result[1] - column, pixels.end - pixel);
        for (std::int64_t tap = 0; tap < shape_.taps(); ++tap) {
            const std::int64_t line = top + tap / shape_.kernel[1] * shape_.dilations[0];
            const std::int64_t left =
                column * shape_.strides[1] - shape_.pads_begin[1] + tap % shape_.kernel[1] * shape_.dilations[1];
            const bool there = line >= 0 && line < shape_.source[0];
            const Range inside =
                there ? positions_inside(left, shape_.strides[1], count, shape_.source[1]) : Range{0, 0};
            const std::uint8_t** const to = places + tap * row + (pixel - pixels.begin);
            std::fill(to, to + inside.begin, outside_.data());
            for (std::int64_t x = inside.begin; x < inside.end; ++x) {
                to[x] = source + (image * shape_.source[0] + line) * line_bytes +
                        (left + x * shape_.strides[1]) * pixel_bytes;
            }
            std::fill(to + inside.end, to + count, outside_.data());
        }
        pixel += count;
    }
}

void Convolution::gather(const std::uint8_t* source, Range pixels, std::uint8_t* rows) const {
    const std::int64_t line_bytes = shape_.source[1] * places_.source.pixel_stride;
    const std::int64_t run = shape_.kernel[1] * shape_.group_channels;
    const std::int64_t k = shape_.kernel[0] * run;
    for (std::int64_t pixel = pixels.begin; pixel < pixels.end;) {
        const std::int64_t image = pixel / (shape_.result[0] * shape_.result[1]);
        const std::int64_t top = pixel / shape_.result[1] % shape_.result[0] * shape_.strides[0] - shape_.pads_begin[0];
        const std::int64_t column = pixel % shape_.result[1];
        const std::int64_t count = std::min(shape_.result[1] - column, pixels.end - pixel);
        for (std::int64_t y = 0; y < shape_.kernel[0]; ++y) {
            const std::int64_t line = top + y * shape_.dilations[0];
            const bool inside = line >= 0 && line < shape_.source[0];
            gather_run(inside ? source + (image * shape_.source[0] + line) * line_bytes : nullptr,
                       {column, column + count}, rows + y * run);
        }
        for (std::int64_t i = 0; k < row_ && i < count; ++i) {
            std::fill(rows + i * row_ + k, rows + (i + 1) * row_, std::uint8_t{0});
        }
        pixel += count;
        rows += count * row_;
    }
}

void Convolution::run(const Memory& memory, std::int64_t slice, std::byte* scratch) const {
    const std::int64_t panel_block = slice % panel_blocks_;
    const std::int64_t pixel_block = slice / panel_blocks_ % pixel_blocks_;
    const std::int64_t group = slice / panel_blocks_ / pixel_blocks_;
    const Range pixels = slice_range(pixels_, pixel_blocks_, pixel_block);
    const Range panels = slice_range(weights_.panels(), panel_blocks_, panel_block);
    const auto* const source = at<const std::uint8_t>(memory, places_.source) + group * shape_.group_channels;
    const std::uint8_t* a = source + pixels.begin * places_.source.pixel_stride;
    const std::uint8_t** places = nullptr;
    if (scattered_) {
        places = reinterpret_cast<const std::uint8_t**>(scratch);
        find(source, pixels, places);
    } else if (!in_place_) {
        auto* const rows = reinterpret_cast<std::uint8_t*>(scratch);
        gather(source, pixels, rows);
        a = rows;
    }
    const std::int64_t first_filter = group * shape_.group_filters;
    Requantization requantization = results_.rule;
    requantization.bias = results_.bias.data() + first_filter;
    requantization.scale = results_.scale.data() + first_filter;
    const auto place = [&](const Place& pixel) {
        return at<std::uint8_t>(memory, pixel) + pixels.begin * pixel.pixel_stride + first_filter +
               panels.begin * int8_columns;
    };
    multiply(isa_, weights_,
             {.places = places,
              .places_row = pixels.end - pixels.begin,
              .taps = shape_.taps(),
              .a = a,
              .a_row = in_place_ ? places_.source.pixel_stride : row_,
              .rows = pixels.end - pixels.begin,
              .packed = memory[places_.weights],
              .matrix = group,
              .first_panel = panels.begin,
              .panels = panels.end - panels.begin,
              .requantization = &requantization,
              .addend = places_.addend ? place(*places_.addend) : nullptr,
              .addend_row = places_.addend ? places_.addend->pixel_stride : 0,
              .c = place(places_.result),
              .c_row = places_.result.pixel_stride});
}

}  // namespace

Int8Matrices int8_filters(const Int8Convolution& convolution, std::span<const std::int8_t> weights) {
    const std::int64_t taps = convolution.taps();
    const std::int64_t k = taps * convolution.group_channels;
    Int8Matrices matrices{.weights = weights,
                          .rows = {},
                          .column_stride = k,
                          .n = convolution.group_filters,
                          .count = convolution.groups,
                          .stride = convolution.group_filters * k};
    // A gathered row has the taps' channels one after another, a filter the channels' taps.
    for (std::int64_t p = 0; p < k; ++p) {
        matrices.rows.push_back(p % convolution.group_channels * taps + p / convolution.group_channels);
    }
    return matrices;
}

std::unique_ptr<Step> make_int8_convolution_step(const Int8Convolution& convolution, const Int8Panels& panels,
                                                 Int8Results results, const Int8Memory& memory) {
    return make_int8_step("int8_convolution",
                          std::make_shared<const Convolution>(convolution, panels, std::move(results), memory), memory);
}

}  // namespace onecnn::core
