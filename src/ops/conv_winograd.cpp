// SPDX-License-Identifier: Apache-2.0
#include "ops/conv_winograd.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "graph/bounds.h"
#include "kernels/winograd_convolution.h"
#include "kernels/winograd_weights.h"
#include "ops/conv_operands.h"
#include "ops/following_pool.h"
#include "ops/window.h"

namespace onecnn::core {

namespace {

bool is_plain_3_by_3(const LowerContext& context) {
    const Shape& x = context.shape(0);
    const Shape& w = context.shape(1);
    return context.dtype(0) == DType::float32 && x.size() == 4 && w[2] == 3 && w[3] == 3 && w[1] == x[1] &&
           context.constant(1) != nullptr && element_count(x) > 0;
}

// Times in multiplications of a product, by the layers of image classifiers on either instruction set: of an element of a plane
// to be transformed, and of a weight to come from memory, in which a wider vector multiplies more.
constexpr double per_element = 10;
double per_weight(const FloatIsa& isa) { return 1.5 * static_cast<double>(isa.width); }

double padded_filters(const FloatIsa& isa, const WinogradSizes& sizes) {
    return static_cast<double>((sizes.filters + isa.width - 1) / isa.width * isa.width);
}

double direct_cost(const FloatIsa& isa, const WinogradSizes& sizes) {
    const auto pixels = static_cast<double>(sizes.images * sizes.result_height * sizes.result_width);
    return 9 * static_cast<double>(sizes.channels) * padded_filters(isa, sizes) * (pixels + per_weight(isa));
}

double winograd_cost(const FloatIsa& isa, const WinogradSizes& sizes, int tile) {
    const auto channels = static_cast<double>(sizes.channels);
    const double filters = padded_filters(isa, sizes);
    const auto along = [tile](std::int64_t extent) { return (extent + tile - 1) / tile; };
    const auto tiles = static_cast<double>(sizes.images * along(sizes.result_height) * along(sizes.result_width));
    const double planes = (tile + 2) * (tile + 2);
    return planes * (channels * filters * (tiles + per_weight(isa)) + (channels + filters) * tiles * per_element);
}

/// The tile of the faster form; nothing where it is not well ahead of the direct way, whose weights take less memory. Where it is
/// pooled Winograd's algorithm leaves out what no window has.
std::optional<int> choose_tile(const FloatIsa& isa, const WinogradSizes& sizes, bool pooled) {
    constexpr double margin = 0.8;
    WinogradSizes made = sizes;
    if (pooled) {
        made.result_height -= made.result_height % 2;
        made.result_width -= made.result_width % 2;
    }
    const double two = winograd_cost(isa, made, 2);
    const double four = winograd_cost(isa, made, 4);
    if (std::min(two, four) > margin * direct_cost(isa, sizes)) {
        return std::nullopt;
    }
    return two < four ? 2 : 4;
}

}  // namespace

bool lower_winograd_conv(LowerContext& context, std::optional<int> tile) {
    const FloatIsa* const isa = float_isa();
    if (isa == nullptr || context.low_memory() || !is_plain_3_by_3(context)) {
        return false;
    }
    const Shape& x = context.shape(0);
    const Shape& w = context.shape(1);
    const Shape& y = context.output_shape(0);
    const Window window = resolve_window(context.node(), ShapeView(x).subspan(2), ShapeView(w).subspan(2));
    if (window.strides != Shape{1, 1} || window.dilations != Shape{1, 1}) {
        return false;
    }
    const WinogradSizes sizes{.images = x[0],
                              .channels = x[1],
                              .filters = w[0],
                              .height = x[2],
                              .width = x[3],
                              .result_height = y[2],
                              .result_width = y[3],
                              .pad_top = window.pads_begin[0],
                              .pad_left = window.pads_begin[1]};
    const auto& node = context.node();
    const bool pooled = !node.addend && as_bounds(node.activation) && max_pool_2x2_follows(context);
    WinogradSizes deciding = sizes;
    if (context.deterministic()) {
        deciding.images = 1;  // the choice must not depend on the batch
    }
    if (!tile) {
        tile = choose_tile(*isa, deciding, pooled);
    }
    if (!tile) {
        return false;
    }
    const std::int64_t count = winograd_weights_size(*isa, *tile, sizes.channels, sizes.filters);
    const Tensor& filters = *context.constant(1);
    const Slot weights = context.packed_slot(
        filters, concat("winograd ", *tile), static_cast<std::size_t>(count) * sizeof(float), [&](std::byte* to) {
            pack_winograd_weights(*isa, *tile, sizes.channels, sizes.filters, filters.as<float>().data(),
                                  reinterpret_cast<float*>(to));
        });
    WinogradConvolution convolution{
        .sizes = sizes, .tile = *tile, .pooled = pooled, .operands = conv_inputs(context, weights)};
    if (pooled) {
        context.take_over_consumer();
    }
    convolution.operands.dst = context.output_place(0);
    for (auto& step :
         make_winograd_steps(*isa, convolution, [&](std::size_t bytes) { return context.temporary(bytes); })) {
        context.add(std::move(step));
    }
    return true;
}

}  // namespace onecnn::core
