// SPDX-License-Identifier: Apache-2.0
#include "ops/conv_transpose_disjoint.h"

#include <algorithm>

#include "graph/attributes.h"
#include "kernels/disjoint_transposed_convolution.h"
#include "ops/window.h"

namespace onecnn::core {

namespace {

/// Whether each pixel of the input makes a block of the result, and these make up the whole of it.
bool is_disjoint(const Window& window, const Shape& x, const Shape& y) {
    for (std::size_t i = 0; i < window.kernel.size(); ++i) {
        if (window.strides[i] != window.kernel[i] || window.dilations[i] != 1 || window.pads_begin[i] != 0 ||
            y[i + 2] != x[i + 2] * window.kernel[i]) {
            return false;
        }
    }
    return true;
}

/// A bias for each column of the kernel.
Tensor repeated(const Tensor& bias, std::int64_t times) {
    Tensor result(DType::float32, {times * bias.size()});
    auto to = result.as<float>().begin();
    for (std::int64_t i = 0; i < times; ++i) {
        to = std::ranges::copy(bias.as<float>(), to).out;
    }
    return result;
}

}  // namespace

bool lower_disjoint_conv_transpose(LowerContext& context) {
    const FloatIsa* const isa = float_isa();
    const Shape& x = context.shape(0);
    const Shape& w = context.shape(1);
    const Tensor* const weights = context.constant(1);
    const Tensor* const bias = context.has_input(2) ? context.constant(2) : nullptr;
    const Node& node = context.node();
    if (isa == nullptr || context.dtype(0) != DType::float32 || x.size() != 4 || weights == nullptr ||
        element_count(x) == 0 || attribute<std::int64_t>(node, "group", 1) != 1 ||
        (context.has_input(2) && bias == nullptr)) {
        return false;
    }
    const Window window = resolve_transposed_window(node, ShapeView(x).subspan(2), ShapeView(w).subspan(2));
    if (!is_disjoint(window, x, context.output_shape(0))) {
        return false;
    }
    DisjointTransposedConvolution convolution{.images = x[0],
                                              .rows = x[2],
                                              .columns = x[3],
                                              .channels = w[0],
                                              .filters = w[1],
                                              .kernel_rows = w[2],
                                              .kernel_columns = w[3],
                                              .src = context.input_place(0),
                                              .weights = {},
                                              .bias = {},
                                              .dst = {},
                                              .activation = node.activation};
    const std::int64_t size = w[2] * packed_size(*isa, w[0], convolution.width());
    convolution.weights = context.packed_slot(*weights, concat("rows in panels of ", isa->columns),
                                              static_cast<std::size_t>(size) * sizeof(float), [&](std::byte* to) {
                                                  pack_disjoint_weights(*isa, convolution, weights->as<float>().data(),
                                                                        reinterpret_cast<float*>(to));
                                              });
    if (bias != nullptr) {
        convolution.bias = context.constant_slot(repeated(*bias, w[3]));
    }
    convolution.dst = context.output(0, Layout::channels_last);
    context.add(make_disjoint_transposed_convolution_step(*isa, convolution));
    return true;
}

}  // namespace onecnn::core
