// SPDX-License-Identifier: Apache-2.0
#include "kernels/depthwise_convolution.h"

#include <algorithm>
#include <string>

#include "kernels/depthwise_line.h"
#include "kernels/epilogue.h"
#include "kernels/taps_inside.h"
#include "runtime/shape.h"

namespace onecnn::core {

namespace {

class DepthwiseConvolutionStep final : public Step {
public:
    DepthwiseConvolutionStep(const FloatIsa& isa, const DepthwiseConvolution& convolution);

    [[nodiscard]] std::string_view implementation() const override { return implementation_; }
    [[nodiscard]] std::int64_t slice_count() const override { return slices_; }
    void run(const Memory& memory, StepState* state, std::int64_t slice, std::byte* scratch) const override;

private:
    [[nodiscard]] Range whole_windows() const;
    void run_line(const Memory& memory, std::int64_t line) const;
    void run_pixels(DepthwiseLine line, Range pixels) const;

    DepthwiseConvolution convolution_;
    DepthwiseFunction function_;
    Epilogue epilogue_;
    std::string implementation_;
    Range inner_;  ///< pixels of a line whose windows lie inside it
    std::int64_t slices_;
};

DepthwiseConvolutionStep::DepthwiseConvolutionStep(const FloatIsa& isa, const DepthwiseConvolution& convolution)
    : convolution_(convolution),
      function_(isa.depthwise_line),
      epilogue_(convolution.operands.activation),
      implementation_(std::string("depthwise:") + isa.name),
      inner_(whole_windows()) {
    convolution.operands.connect(*this);
    const std::int64_t lines = convolution.images * convolution.height.output;
    const std::int64_t line = checked_multiply(convolution.width.output * convolution.channels,
                                               2 * convolution.height.kernel * convolution.width.kernel);
    work = checked_multiply(lines, line);
    slices_ = slices_for(lines, line);
}

Range DepthwiseConvolutionStep::whole_windows() const {
    const ConvolutionDimension& width = convolution_.width;
    const std::int64_t places = width.input - (width.kernel - 1) * width.dilation;
    Range inner = positions_inside(-width.pad_begin, width.stride, width.output, places);
    inner.begin = std::min(inner.begin, inner.end);
    return inner;
}

void DepthwiseConvolutionStep::run(const Memory& memory, StepState*, std::int64_t slice, std::byte*) const {
    const Range lines = slice_range(convolution_.images * convolution_.height.output, slices_, slice);
    for (std::int64_t line = lines.begin; line < lines.end; ++line) {
        run_line(memory, line);
    }
}

void DepthwiseConvolutionStep::run_line(const Memory& memory, std::int64_t line) const {
    const DepthwiseConvolution& conv = convolution_;
    const ConvolutionOperands& operands = conv.operands;
    const std::int64_t image = line / conv.height.output;
    const std::int64_t y = line % conv.height.output;
    const Range taps = taps_inside(conv.height, y);
    const std::int64_t top = y * conv.height.stride - conv.height.pad_begin + taps.begin * conv.height.dilation;
    const std::int64_t first = line * conv.width.output;
    DepthwiseLine whole{
        .channels = conv.channels,
        .pixels = conv.width.output,
        .tap_lines = taps.end - taps.begin,
        .tap_columns = conv.width.kernel,
        .src = at<const float>(memory, operands.src) +
               (image * conv.height.input + top) * conv.width.input * operands.src.pixel_stride,
        .src_pixel = conv.width.stride * operands.src.pixel_stride,
        .src_tap = conv.width.dilation * operands.src.pixel_stride,
        .src_line = conv.height.dilation * conv.width.input * operands.src.pixel_stride,
        .weights = memory.at<const float>(operands.weights) + taps.begin * conv.width.kernel * conv.channels,
        .weights_line = conv.width.kernel * conv.channels,
        .bias = operands.bias ? memory.at<const float>(*operands.bias) : nullptr,
        .addend = operands.addend ? at<const float>(memory, *operands.addend) + first * operands.addend->pixel_stride
                                  : nullptr,
        .addend_pixel = operands.addend ? operands.addend->pixel_stride : 0,
        .dst = at<float>(memory, operands.dst) + first * operands.dst.pixel_stride,
        .dst_pixel = operands.dst.pixel_stride,
        .low = epilogue_.low(),
        .high = epilogue_.high()};
    for (std::int64_t pixel = 0; pixel < inner_.begin; ++pixel) {
        run_pixels(whole, {pixel, pixel + 1});
    }
    run_pixels(whole, inner_);
    for (std::int64_t pixel = inner_.end; pixel < conv.width.output; ++pixel) {
        run_pixels(whole, {pixel, pixel + 1});
    }
    epilogue_.apply(whole.dst, operands.dst.pixel_stride, conv.width.output, conv.channels);
}

/// Pixels of a line, whose windows all have the taps of the first one.
void DepthwiseConvolutionStep::run_pixels(DepthwiseLine line, Range pixels) const {
    if (pixels.begin == pixels.end) {
        return;
    }
    const ConvolutionDimension& width = convolution_.width;
    const Range taps = taps_inside(width, pixels.begin);
    const std::int64_t left = pixels.begin * width.stride - width.pad_begin + taps.begin * width.dilation;
    line.pixels = pixels.end - pixels.begin;
    line.tap_columns = taps.end - taps.begin;
    line.src += left * convolution_.operands.src.pixel_stride;
    line.weights += taps.begin * line.channels;
    line.addend = line.addend == nullptr ? nullptr : line.addend + pixels.begin * line.addend_pixel;
    line.dst += pixels.begin * line.dst_pixel;
    function_(line);
}

}  // namespace

std::unique_ptr<Step> make_depthwise_convolution_step(const FloatIsa& isa, const DepthwiseConvolution& convolution) {
    return std::make_unique<DepthwiseConvolutionStep>(isa, convolution);
}

}  // namespace onecnn::core
