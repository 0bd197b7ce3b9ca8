// SPDX-License-Identifier: Apache-2.0
#include "ops/quantized_image.h"

#include <algorithm>

#include "kernels/int8_isa.h"
#include "ops/quantized_results.h"

namespace onecnn::core {

namespace {

constexpr std::int64_t block = 1024;  // pixels

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
    const Int8Image whole{.x = nullptr,
                          .plane = element_count(shape, 2, shape.size()),
                          .channels = shape[1],
                          .pixels = 0,
                          .scale = quantization->scale,
                          .zero = quantization->zero,
                          .flip = quantization->flip,
                          .to = nullptr};
    const Slot from = context.input(0);
    const Slot to = context.output(0, Layout::channels_last);
    const std::int64_t blocks = (whole.plane - 1) / block + 1;
    const std::int64_t slices = slices_for(shape[0] * blocks, block * whole.channels * 8);
    context.add_function("quantize_image", {from}, {to}, slices, element_count(shape) * 8,
                         [=, images = shape[0]](const Memory& memory, std::int64_t slice) {
                             const Range range = slice_range(images * blocks, slices, slice);
                             for (std::int64_t i = range.begin; i < range.end; ++i) {
                                 const std::int64_t first = i % blocks * block;
                                 const std::int64_t start = i / blocks * whole.channels * whole.plane;
                                 Int8Image piece = whole;
                                 piece.x = memory.at<const float>(from) + start + first;
                                 piece.pixels = std::min(block, whole.plane - first);
                                 piece.to = memory.at<std::uint8_t>(to) + start + first * whole.channels;
                                 int8_isa().image(piece);
                             }
                         });
    return true;
}

}  // namespace onecnn::core
