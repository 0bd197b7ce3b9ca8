// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "graph/attributes.h"
#include "graph/bounds.h"
#include "kernels/int8_average_pool.h"
#include "ops/lower_context.h"
#include "ops/operator.h"
#include "ops/quantized_operand.h"
#include "ops/quantized_results.h"
#include "ops/window.h"

namespace onecnn::core {

namespace {

constexpr std::size_t x = 0;
constexpr std::size_t x_scale = 1;
constexpr std::size_t x_zero = 2;
constexpr std::size_t y_scale = 3;
constexpr std::size_t y_zero = 4;

Shape spatial(const Shape& shape) { return {shape.begin() + 2, shape.end()}; }

Window window_of(const Node& node, const Shape& shape) {
    return resolve_window(node, spatial(shape), required_attribute<std::vector<std::int64_t>>(node, "kernel_shape"));
}

void require_spatial(const InferContext& context) {
    require_int8(context, x, x_zero);
    if (context.shape(x).size() < 3) {
        context.invalid("input 0 has shape ", to_string(context.shape(x)),
                        ", expected batch, channels and spatial dimensions");
    }
}

void infer(InferContext& context) {
    require_spatial(context);
    const Shape& shape = context.shape(x);
    Shape y{shape[0], shape[1]};
    const Window window = window_of(context.node(), shape);
    y.insert(y.end(), window.output.begin(), window.output.end());
    context.set_output(0, context.dtype(y_zero), std::move(y));
}

void infer_global(InferContext& context) {
    require_spatial(context);
    Shape y(context.shape(x).size(), 1);
    std::copy_n(context.shape(x).begin(), 2, y.begin());
    context.set_output(0, context.dtype(y_zero), std::move(y));
}

/// Adds the pooling; its sizes are set.
void add(LowerContext& context, Int8AveragePool pool) {
    const auto from = byte_quantization(context, x_scale, x_zero, context.dtype(x));
    const auto to = byte_quantization(context, y_scale, y_zero, context.output_dtype(0));
    if (!from || !to || !as_bounds(context.node().activation)) {
        context.unsupported("its scales and zero points must be constants of one element each");
    }
    constexpr std::int64_t most = INT32_MAX / 255;
    if (checked_multiply(pool.kernel[0], pool.kernel[1]) > most) {
        context.unsupported("its window has more than ", most, " elements, whose sum 32 bits may not hold");
    }
    pool.source_flip = from->flip;
    pool.source_zero = from->zero;
    pool.scale = from->scale / to->scale;
    pool.rule = stored_as(*to, context.node().activation);
    const Place source = context.input_place(x);
    context.add(make_int8_average_pool_step(pool, source, context.output_place(0)));
}

Int8AveragePool pool_of(const LowerContext& context) {
    return {.images = context.shape(x)[0],
            .channels = context.shape(x)[1],
            .source = {1, 1},
            .result = {1, 1},
            .kernel = {1, 1},
            .strides = {1, 1},
            .dilations = {1, 1},
            .pads_begin = {0, 0},
            .pads_end = {0, 0},
            .counts_padding = false,
            .source_flip = 0,
            .source_zero = 0,
            .scale = 1,
            .rule = {}};
}

void lower(LowerContext& context) {
    const Window window = window_of(context.node(), context.shape(x));
    if (window.kernel.size() > 2) {
        context.unsupported("it pools over ", window.kernel.size(), " dimensions; 1 and 2 are supported");
    }
    Int8AveragePool pool = pool_of(context);
    pool.counts_padding = attribute<std::int64_t>(context.node(), "count_include_pad", 0) != 0;
    for (std::size_t d = 0, to = 2 - window.kernel.size(); d < window.kernel.size(); ++d, ++to) {
        pool.source[to] = context.shape(x)[d + 2];
        pool.result[to] = window.output[d];
        pool.kernel[to] = window.kernel[d];
        pool.strides[to] = window.strides[d];
        pool.dilations[to] = window.dilations[d];
        pool.pads_begin[to] = window.pads_begin[d];
        pool.pads_end[to] = window.pads_end[d];
    }
    add(context, pool);
}

void lower_global(LowerContext& context) {
    Int8AveragePool pool = pool_of(context);
    pool.source[0] = pool.kernel[0] = element_count(spatial(context.shape(x)));
    add(context, pool);
}

const Registration average{{"onecnn", "QuantizedAveragePool", 5, 5, 1, {}, infer, lower}};
const Registration global{{"onecnn", "QuantizedGlobalAveragePool", 5, 5, 1, {}, infer_global, lower_global}};

}  // namespace

}  // namespace onecnn::core
