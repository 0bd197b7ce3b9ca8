// SPDX-License-Identifier: Apache-2.0
#include "ops/conv_depthwise.h"

#include "graph/attributes.h"
#include "kernels/depthwise_convolution.h"
#include "ops/conv_dimensions.h"
#include "ops/conv_operands.h"

namespace onecnn::core {

namespace {

/// [channels, 1, height, width] as [height, width, channels].
Slot pack_weights(LowerContext& context) {
    const Tensor& weights = *context.constant(1);
    return context.packed_slot(weights, "taps of channels", weights.bytes(), [&](std::byte* to) {
        const std::int64_t channels = weights.shape()[0];
        const std::int64_t taps = weights.size() / channels;
        const float* from = weights.as<float>().data();
        for (std::int64_t channel = 0; channel < channels; ++channel) {
            for (std::int64_t tap = 0; tap < taps; ++tap) {
                reinterpret_cast<float*>(to)[tap * channels + channel] = *from++;
            }
        }
    });
}

}  // namespace

bool lower_depthwise_conv(LowerContext& context) {
    const FloatIsa* const isa = float_isa();
    const Node& node = context.node();
    const Shape& x = context.shape(0);
    const Shape& w = context.shape(1);
    if (isa == nullptr || context.dtype(0) != DType::float32 || x.size() > 4 || context.constant(1) == nullptr ||
        attribute<std::int64_t>(node, "group", 1) != x[1] || w[0] != x[1]) {
        return false;
    }
    const Window window = resolve_window(node, ShapeView(x).subspan(2), ShapeView(w).subspan(2));
    context.add(make_depthwise_convolution_step(*isa, {.images = x[0],
                                                       .channels = x[1],
                                                       .height = convolution_dimension(window, x, x.size() - 2),
                                                       .width = convolution_dimension(window, x, x.size() - 1),
                                                       .operands = conv_operands(context, pack_weights(context))}));
    return true;
}

}  // namespace onecnn::core
