// SPDX-License-Identifier: Apache-2.0
#include "ops/quantized_conv.h"

#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "graph/bounds.h"
#include "kernels/int8_convolution.h"
#include "kernels/int8_isa.h"
#include "ops/quantized_results.h"
#include "ops/quantized_weights.h"
#include "ops/window.h"
#include "runtime/packed_form.h"

namespace onecnn::core {

namespace {

using In = QuantizedConvInputs;

/// Window and sizes; one spatial dimension is the width of images one high.
Int8Convolution shape_of(const LowerContext& context) {
    const Shape& x = context.shape(In::x);
    const Shape& w = context.shape(In::w);
    const Window window = resolve_window(context.node(), ShapeView(x).subspan(2), ShapeView(w).subspan(2));
    const auto group = attribute<std::int64_t>(context.node(), "group", 1);
    Int8Convolution shape{.images = x[0],
                          .groups = group,
                          .group_channels = w[1],
                          .group_filters = w[0] / group,
                          .source = {1, 1},
                          .result = {1, 1},
                          .kernel = {1, 1},
                          .strides = {1, 1},
                          .dilations = {1, 1},
                          .pads_begin = {0, 0}};
    for (std::size_t d = 0, to = 4 - x.size(); d < window.kernel.size(); ++d, ++to) {
        shape.source[to] = x[d + 2];
        shape.result[to] = window.output[d];
        shape.kernel[to] = window.kernel[d];
        shape.strides[to] = window.strides[d];
        shape.dilations[to] = window.dilations[d];
        shape.pads_begin[to] = window.pads_begin[d];
    }
    return shape;
}

std::optional<Requantization> rule_of(const LowerContext& context) {
    const Node& node = context.node();
    const auto y = byte_quantization(context, In::y_scale, In::y_zero, context.dtype(In::y_zero));
    if (!y || !as_bounds(node.activation)) {
        return std::nullopt;
    }
    if (!node.addend) {
        return stored_as(*y, node.activation);
    }
    const auto addend = byte_quantization(context, In::addend_scale, In::addend_zero, context.dtype(In::addend));
    const auto sum = byte_quantization(context, In::sum_scale, In::sum_zero, context.output_dtype(0));
    return addend && sum ? std::optional(stored_as(*y, *addend, *sum, node.activation)) : std::nullopt;
}

}  // namespace

void infer_quantized_sum(InferContext& context, Shape y) {
    if (context.shape(In::addend) != y) {
        context.invalid("what is added has shape ", to_string(context.shape(In::addend)), ", and the convolution ",
                        to_string(y));
    }
    context.set_output(0, context.dtype(In::sum_zero), std::move(y));
}

bool lower_quantized_conv(LowerContext& context) {
    const std::size_t rank = context.shape(In::x).size();
    const auto x = byte_quantization(context, In::x_scale, In::x_zero, context.dtype(In::x));
    const auto rule = rule_of(context);
    const auto weights = QuantizedWeights::of(context, {In::w, In::w_scale, In::w_zero});
    const bool has_bias = context.has_input(In::bias);
    const Tensor* const bias = has_bias ? context.constant(In::bias) : nullptr;
    if (rank > 4 || !x || !rule || !weights || (has_bias && bias == nullptr)) {
        return false;
    }
    Int8Convolution shape = shape_of(context);
    shape.source_flip = x->flip;
    shape.has_addend = context.node().addend.has_value();
    shape.source_zero = static_cast<std::uint8_t>(x->zero);
    const float y_scale = context.constant(In::y_scale)->as<float>()[0];
    Int8Results results{weights->bias(bias, x->zero), weights->scales(x->scale, y_scale), *rule};
    Int8Memory memory{.source = context.input_place(In::x), .weights = {}, .addend = {}, .result = {}};
    if (context.node().addend) {
        memory.addend = context.input_place(In::addend);
    }
    std::unique_ptr<Step> step;
    if (shape.depthwise()) {
        memory.weights =
            context.packed_slot(weights->tensor(), int8_depthwise_form(shape), packed_int8_depthwise_bytes(shape),
                                [&](std::byte* to) { pack_int8_depthwise(shape, weights->values(), to); });
        memory.result = context.output_place(0);
        step = make_int8_depthwise_step(shape, std::move(results), memory);
    } else {
        const Int8Matrices filters = int8_filters(shape, weights->values());
        const Int8Panels panels(int8_isa(), filters);
        const std::string form =
            concat("int8 filters of ", shape.groups, " groups", panels.splits() ? with_places : "");
        memory.weights = context.packed_slot(weights->tensor(), form, panels.bytes(),
                                             [&](std::byte* to) { panels.pack(filters, to); });
        memory.result = context.output_place(0);
        step = make_int8_convolution_step(shape, panels, std::move(results), memory);
    }
    const std::int64_t products = element_count(context.shape(In::w)) / context.shape(In::w)[0];
    step->work = checked_multiply(2 * products, element_count(context.output_shape(0)));
    context.add(std::move(step));
    return true;
}

}  // namespace onecnn::core
