// SPDX-License-Identifier: Apache-2.0
#include "ops/conv_gemm.h"

#include <string>

#include "graph/attributes.h"
#include "kernels/gemm_convolution.h"
#include "ops/conv_dimensions.h"
#include "ops/conv_operands.h"

namespace onecnn::core {

namespace {

Slot pack_weights(LowerContext& context, const FloatIsa& isa, std::int64_t groups) {
    const Tensor& weights = *context.constant(1);
    const std::int64_t filters = weights.shape()[0];
    const std::int64_t size = packed_convolution_size(isa, groups, filters / groups, weights.size() / filters);
    const std::string form = "panels of " + std::to_string(isa.columns) + ", groups " + std::to_string(groups);
    return context.packed_slot(weights, form, static_cast<std::size_t>(size) * sizeof(float), [&](std::byte* to) {
        pack_convolution(isa, weights.shape(), groups, weights.as<float>().data(), reinterpret_cast<float*>(to));
    });
}

}  // namespace

bool lower_gemm_conv(LowerContext& context) {
    const FloatIsa* const isa = float_isa();
    const Shape& x = context.shape(0);
    if (isa == nullptr || context.dtype(0) != DType::float32 || x.size() > 4 || context.constant(1) == nullptr) {
        return false;
    }
    const Node& node = context.node();
    const Shape& w = context.shape(1);
    const auto groups = attribute<std::int64_t>(node, "group", 1);
    if (groups > 1 && w[1] < 4) {
        return false;  // a vector would hold next to nothing of such a group
    }
    const Window window = resolve_window(node, ShapeView(x).subspan(2), ShapeView(w).subspan(2));
    GemmConvolution convolution{.input = {.images = x[0],
                                          .channels = w[1],
                                          .height = convolution_dimension(window, x, x.size() - 2),
                                          .width = convolution_dimension(window, x, x.size() - 1)},
                                .groups = groups,
                                .output_channels = w[0] / groups,
                                .operands = conv_operands(context, pack_weights(context, *isa, groups))};
    convolution.input.pixel_stride = convolution.operands.src.pixel_stride;
    context.add(make_gemm_convolution_step(*isa, convolution));
    return true;
}

}  // namespace onecnn::core
