// SPDX-License-Identifier: Apache-2.0
#include "ops/conv_planar.h"

#include <numeric>
#include <vector>

#include "graph/attributes.h"
#include "graph/bounds.h"
#include "kernels/planar_convolution.h"
#include "ops/following_pool.h"
#include "ops/window.h"

namespace onecnn::core {

bool lower_planar_conv(LowerContext& context) {
    const Shape& x = context.shape(0);
    const Shape& w = context.shape(1);
    const Tensor* const filters = context.constant(1);
    if (context.node().addend || context.dtype(0) != DType::float32 || x.size() != 4 || filters == nullptr ||
        w[1] != x[1] || context.layout(0) != Layout::row_major || element_count(x) == 0) {
        return false;
    }
    const Window window = resolve_window(context.node(), ShapeView(x).subspan(2), ShapeView(w).subspan(2));
    const auto dimension = [&](std::size_t i) {
        return PlanarDimension{x[i + 2],          window.output[i],    window.kernel[i],
                               window.strides[i], window.dilations[i], window.pads_begin[i]};
    };
    const auto bounds = as_bounds(context.node().activation);
    const PlanarConvolution convolution{.images = x[0],
                                        .channels = x[1],
                                        .filters = w[0],
                                        .rows = dimension(0),
                                        .columns = dimension(1),
                                        .pooled = max_pool_2x2_follows(context),
                                        .bounds = bounds.value_or(Bounds{})};
    if (!bounds || !planar_convolution_takes(convolution)) {
        return false;
    }
    const FloatIsa& isa = *float_isa();
    const std::int64_t taps = element_count(w, 1, w.size());
    const auto bytes = static_cast<std::size_t>(packed_size(isa, taps, w[0])) * sizeof(float);
    const Slot weights = context.packed_slot(*filters, "panels", bytes, [&](std::byte* to) {
        std::vector<std::int64_t> offsets(static_cast<std::size_t>(taps));
        std::iota(offsets.begin(), offsets.end(), 0);
        pack_panels(isa, offsets, w[0], filters->as<float>().data(), taps, reinterpret_cast<float*>(to));
    });
    const auto bias = context.has_input(2) ? std::optional(context.input(2)) : std::nullopt;
    const Slot src = context.input(0);
    if (convolution.pooled) {
        context.take_over_consumer();
    }
    context.add(
        make_planar_convolution_step(convolution, src, weights, bias, context.output(0, Layout::channels_last)));
    return true;
}

}  // namespace onecnn::core
