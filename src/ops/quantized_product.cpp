// SPDX-License-Identifier: Apache-2.0
#include "ops/quantized_product.h"

#include <string>
#include <utility>

#include "graph/bounds.h"
#include "kernels/int8_convolution.h"
#include "kernels/int8_isa.h"
#include "ops/operator.h"
#include "ops/quantized_operand.h"
#include "ops/quantized_results.h"
#include "ops/quantized_weights.h"
#include "runtime/packed_form.h"

namespace onecnn::core {

namespace {

constexpr std::size_t a = 0;
constexpr std::size_t a_scale = 1;
constexpr std::size_t a_zero = 2;
constexpr std::size_t b = 3;
constexpr std::size_t b_scale = 4;
constexpr std::size_t b_zero = 5;
constexpr std::size_t y_scale = 6;
constexpr std::size_t y_zero = 7;
constexpr std::size_t bias_input = 8;

void infer(InferContext& context) {
    require_int8(context, a, a_zero);
    require_int8(context, b, b_zero);
    context.require_rank(b, 2);
    Shape y = context.shape(a);
    if (y.empty() || y.back() != context.shape(b)[1]) {
        context.invalid("A is ", to_string(y), " and B, transposed, ", to_string(context.shape(b)),
                        "; both must end with the same dimension");
    }
    y.back() = context.shape(b)[0];
    if (context.has_input(bias_input) &&
        (context.dtype(bias_input) != DType::int32 || element_count(context.shape(bias_input)) != y.back())) {
        context.invalid("the bias is ", name(context.dtype(bias_input)), to_string(context.shape(bias_input)),
                        ", expected int32[", y.back(), "]");
    }
    context.set_output(0, context.dtype(y_zero), std::move(y));
}

void lower(LowerContext& context) {
    if (!lower_quantized_product(context, true)) {
        context.unsupported("its weights, scales and zero points must be constants, these of one element each");
    }
}

const Registration quantized_product{{"onecnn", "QuantizedProduct", 8, 9, 1, {}, infer, lower}};

}  // namespace

bool lower_quantized_product(LowerContext& context, bool transposed) {
    const auto rows = byte_quantization(context, a_scale, a_zero, context.dtype(a));
    const auto y = byte_quantization(context, y_scale, y_zero, context.output_dtype(0));
    const auto weights = QuantizedWeights::of(context, {b, b_scale, b_zero}, transposed ? 0 : 1);
    const bool has_bias = context.has_input(bias_input);
    const Tensor* const bias = has_bias ? context.constant(bias_input) : nullptr;
    if (!rows || !y || !as_bounds(context.node().activation) || !weights || (has_bias && bias == nullptr)) {
        return false;
    }
    const std::int64_t k = context.shape(a).back();
    const std::int64_t n = context.output_shape(0).back();
    Int8Convolution shape{.images = element_count(context.output_shape(0)) / n,
                          .groups = 1,
                          .group_channels = k,
                          .group_filters = n,
                          .source = {1, 1},
                          .result = {1, 1},
                          .kernel = {1, 1},
                          .strides = {1, 1},
                          .dilations = {1, 1},
                          .pads_begin = {0, 0},
                          .source_flip = rows->flip};
    Int8Results results{weights->bias(bias, rows->zero), weights->scales(rows->scale, y->scale),
                        stored_as(*y, context.node().activation)};
    const Int8Matrices filters = int8_filters(shape, weights->values());
    const Int8Panels panels(int8_isa(), filters);
    const std::string form = concat("int8 rows", panels.splits() ? with_places : "");
    const Int8Memory memory{.source = {context.input(a), 0, k},
                            .weights = context.packed_slot(weights->tensor(), form, panels.bytes(),
                                                           [&](std::byte* to) { panels.pack(filters, to); }),
                            .addend = std::nullopt,
                            .result = {context.output(0), 0, n}};
    auto step = make_int8_convolution_step(shape, panels, std::move(results), memory);
    step->work = checked_multiply(checked_multiply(2, k), element_count(context.output_shape(0)));
    context.add(std::move(step));
    return true;
}

}  // namespace onecnn::core
