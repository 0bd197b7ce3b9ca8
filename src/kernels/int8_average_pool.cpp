// SPDX-License-Identifier: Apache-2.0
#include "kernels/int8_average_pool.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "kernels/int8_isa.h"
#include "kernels/scratch_step.h"
#include "runtime/error.h"
#include "runtime/shape.h"

namespace onecnn::core {

namespace {

/// A depthwise convolution by ones, of the taps that lie inside the source. Slices are pixels of the result times
/// blocks of channels.
class AveragePool {
public:
    AveragePool(const Int8AveragePool& shape, const Place& source, const Place& result);

    [[nodiscard]] std::int64_t slices() const { return slices_; }
    [[nodiscard]] std::size_t scratch_bytes() const { return scratch_bytes_; }
    [[nodiscard]] std::int64_t work() const { return pixels_ * shape_.channels * taps_; }
    void run(const Memory& memory, std::int64_t slice, std::byte* scratch) const;

private:
    struct Taps {
        std::int64_t inside;
        std::int64_t counted;
    };
    [[nodiscard]] Taps point(const std::uint8_t* source, std::int64_t pixel, const std::uint8_t** sources) const;
    /// How many taps of a window from `start` on do not lie past the padding.
    [[nodiscard]] std::int64_t counted(std::size_t dimension, std::int64_t start) const;

    Int8AveragePool shape_;
    Place source_;
    Place result_;
    std::int64_t pixels_;
    std::int64_t taps_;
    std::int64_t row_;
    std::int64_t slices_;
    std::size_t sources_place_ = 0;
    std::size_t ones_place_ = 0;
    std::size_t bias_place_ = 0;
    std::size_t scale_place_ = 0;
    std::size_t scratch_bytes_ = 0;
};

AveragePool::AveragePool(const Int8AveragePool& shape, const Place& source, const Place& result)
    : shape_(shape),
      source_(source),
      result_(result),
      pixels_(shape.images * shape.result[0] * shape.result[1]),
      taps_(std::min(shape.kernel[0], shape.source[0]) * std::min(shape.kernel[1], shape.source[1])),
      row_((shape.channels + int8_columns - 1) / int8_columns * int8_columns),
      slices_(slices_for(pixels_, checked_multiply(taps_, shape.channels))) {
    ScratchLayout layout;
    sources_place_ = layout.take<const std::uint8_t*>(taps_);
    ones_place_ = layout.take<std::int32_t>(row_);
    bias_place_ = layout.take<std::int32_t>(row_);
    scale_place_ = layout.take<float>(row_);
    scratch_bytes_ = layout.bytes();
}

std::int64_t AveragePool::counted(std::size_t dimension, std::int64_t start) const {
    const std::int64_t end = shape_.source[dimension] + shape_.pads_end[dimension];
    const std::int64_t reach = (end - start - 1) / shape_.dilations[dimension] + 1;
    return end <= start ? 0 : std::min(reach, shape_.kernel[dimension]);
}

AveragePool::Taps AveragePool::point(const std::uint8_t* source, std::int64_t pixel,
                                     const std::uint8_t** sources) const {
    const std::int64_t image = pixel / (shape_.result[0] * shape_.result[1]);
    const std::int64_t top = pixel / shape_.result[1] % shape_.result[0] * shape_.strides[0] - shape_.pads_begin[0];
    const std::int64_t left = pixel % shape_.result[1] * shape_.strides[1] - shape_.pads_begin[1];
    std::int64_t inside = 0;
    for (std::int64_t y = 0; y < shape_.kernel[0]; ++y) {
        const std::int64_t line = top + y * shape_.dilations[0];
        if (line < 0 || line >= shape_.source[0]) {
            continue;
        }
        for (std::int64_t x = 0; x < shape_.kernel[1]; ++x) {
            const std::int64_t column = left + x * shape_.dilations[1];
            if (column >= 0 && column < shape_.source[1]) {
                sources[inside++] =
                    source + ((image * shape_.source[0] + line) * shape_.source[1] + column) * source_.pixel_stride;
            }
        }
    }
    return {inside, shape_.counts_padding ? counted(0, top) * counted(1, left) : inside};
}

void AveragePool::run(const Memory& memory, std::int64_t slice, std::byte* scratch) const {
    auto** const sources = reinterpret_cast<const std::uint8_t**>(scratch + sources_place_);
    auto* const ones = reinterpret_cast<std::int32_t*>(scratch + ones_place_);
    auto* const bias = reinterpret_cast<std::int32_t*>(scratch + bias_place_);
    auto* const scale = reinterpret_cast<float*>(scratch + scale_place_);
    std::fill_n(ones, row_, 1);
    Requantization requantization = shape_.rule;
    requantization.bias = bias;
    requantization.scale = scale;
    Int8Depthwise average{.taps = 0,
                          .sources = sources,
                          .weights = ones,
                          .weights_row = 0,
                          .channels = shape_.channels,
                          .source_flip = shape_.source_flip,
                          .requantization = &requantization,
                          .addend = nullptr,
                          .c = nullptr};
    const Range pixels = slice_range(pixels_, slices_, slice);
    for (std::int64_t pixel = pixels.begin; pixel < pixels.end; ++pixel) {
        const Taps taps = point(at<const std::uint8_t>(memory, source_), pixel, sources);
        average.taps = taps.inside;
        std::fill_n(bias, row_, static_cast<std::int32_t>(-taps.inside * shape_.source_zero));
        std::fill_n(scale, row_, shape_.scale / static_cast<float>(std::max<std::int64_t>(taps.counted, 1)));
        average.c = at<std::uint8_t>(memory, result_) + pixel * result_.pixel_stride;
        int8_isa().depthwise(average);
    }
}

}  // namespace

std::unique_ptr<Step> make_int8_average_pool_step(const Int8AveragePool& pool, const Place& source,
                                                  const Place& result) {
    const AveragePool work(pool, source, result);
    auto step = std::make_unique<ScratchStep>(
        concat("int8_average_pool:", int8_isa().name), work.slices(), work.scratch_bytes(),
        [work](const Memory& memory, std::int64_t slice, std::byte* scratch) { work.run(memory, slice, scratch); });
    step->reads = {source.slot};
    step->writes = {result.slot};
    step->held_bytes += sizeof work;
    step->work = work.work();
    return step;
}

}  // namespace onecnn::core
