// SPDX-License-Identifier: Apache-2.0
#include "ops/quantized_image.h"

#include <algorithm>
#include <array>

#include "kernels/round.h"
#include "ops/quantized_results.h"

namespace onecnn::core {

namespace {

constexpr std::int64_t block = 256;  // pixels

/// A block of pixels, channel by channel.
struct Image {
    std::int64_t channels;
    std::int64_t pixels;
    ByteQuantization quantization;

    void run(const float* from, std::uint8_t* to, std::int64_t count) const;
};

void Image::run(const float* from, std::uint8_t* to, std::int64_t count) const {
    const auto zero = static_cast<float>(quantization.zero);
    std::array<std::uint8_t, block> bytes;
    for (std::int64_t channel = 0; channel < channels; ++channel) {
        const float* const x = from + channel * pixels;
        std::transform(x, x + count, bytes.data(),
                       [scale = quantization.scale, zero, flip = quantization.flip](float value) {
                           const float rounded = round_within(value / scale, -zero, 255 - zero) + zero;
                           return static_cast<std::uint8_t>(static_cast<std::int32_t>(rounded) ^ flip);
                       });
        for (std::int64_t pixel = 0; pixel < count; ++pixel) {
            to[pixel * channels + channel] = bytes[static_cast<std::size_t>(pixel)];
        }
    }
}

}  // namespace

bool lower_quantized_image(LowerContext& context) {
    constexpr std::int64_t few = 16;
    const Shape& shape = context.shape(0);
    const DType result = context.output_dtype(0);
    const bool bytes = result == DType::uint8 || result == DType::int8;
    const bool image = shape.size() >= 3 && shape[1] > 1 && shape[1] <= few && context.layout(0) == Layout::row_major;
    if (!bytes || !image || context.dtype(0) != DType::float32) {
        return false;
    }
    const auto quantization = byte_quantization(context, 1, 2, result);
    if (!quantization) {
        return false;
    }
    const Image work{shape[1], element_count(shape, 2, shape.size()), *quantization};
    const Slot from = context.input(0);
    const Slot to = context.output(0, Layout::channels_last);
    const std::int64_t blocks = (work.pixels - 1) / block + 1;
    const std::int64_t slices = slices_for(shape[0] * blocks, block * work.channels * 8);
    context.add_function("quantize_image", {from}, {to}, slices, element_count(shape) * 8,
                         [=, images = shape[0]](const Memory& memory, std::int64_t slice) {
                             const Range range = slice_range(images * blocks, slices, slice);
                             for (std::int64_t i = range.begin; i < range.end; ++i) {
                                 const std::int64_t first = i % blocks * block;
                                 const std::int64_t image_start = i / blocks * work.channels * work.pixels;
                                 work.run(memory.at<const float>(from) + image_start + first,
                                          memory.at<std::uint8_t>(to) + image_start + first * work.channels,
                                          std::min(block, work.pixels - first));
                             }
                         });
    return true;
}

}  // namespace onecnn::core
