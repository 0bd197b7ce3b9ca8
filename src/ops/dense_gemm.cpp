// SPDX-License-Identifier: Apache-2.0
#include "ops/dense_gemm.h"

#include <string>
#include <vector>

#include "kernels/gemm_convolution.h"

namespace onecnn::core {

namespace {

/// Rows of A that are images whose pixels lie channels last: how many channels they have; 1 for other rows.
std::int64_t channels_of_rows(const LowerContext& context, const Dense& dense) {
    const Shape* const shape = context.reshaped_pixels(0);
    return shape != nullptr && (*shape)[0] == dense.m && dense.m > 0 ? (*shape)[1] : 1;
}

/// The weights in panels, their rows in the order in which A's elements lie.
Slot pack_weights(LowerContext& context, const FloatIsa& isa, const Dense& dense, std::int64_t channels) {
    const Tensor& weights = *context.constant(1);
    const std::string form = concat("panels of ", isa.columns, dense.transpose_b ? ", transposed" : ", of columns",
                                    channels > 1 ? concat(", pixels of ", channels) : "");
    const auto bytes = static_cast<std::size_t>(packed_size(isa, dense.k, dense.n)) * sizeof(float);
    return context.packed_slot(weights, form, bytes, [&](std::byte* to) {
        std::vector<std::int64_t> rows(static_cast<std::size_t>(dense.k));
        const std::int64_t pixels = dense.k / channels;
        for (std::int64_t i = 0; i < dense.k; ++i) {
            rows[static_cast<std::size_t>(i)] =
                (i % channels * pixels + i / channels) * (dense.transpose_b ? 1 : dense.n);
        }
        pack_panels(isa, rows, dense.n, weights.as<float>().data(), dense.transpose_b ? dense.k : 1,
                    reinterpret_cast<float*>(to));
    });
}

}  // namespace

bool lower_gemm_dense(LowerContext& context, const Dense& dense) {
    const FloatIsa* const isa = float_isa();
    if (isa == nullptr || context.dtype(0) != DType::float32 || context.constant(1) == nullptr || dense.k == 0 ||
        dense.transpose_a || dense.alpha != 1) {
        return false;
    }
    const bool has_c = context.has_input(2) && dense.beta != 0;
    const bool is_bias = has_c && (context.shape(2) == Shape{dense.n} || context.shape(2) == Shape{1, dense.n});
    const bool is_whole = has_c && context.shape(2) == Shape{dense.m, dense.n};
    if (has_c && (dense.beta != 1 || !(is_bias || is_whole))) {
        return false;
    }
    const std::int64_t channels = channels_of_rows(context, dense);
    // A's rows are the pixels of a convolution with a kernel of one element.
    const ConvolutionDimension one{.input = 1, .output = 1, .kernel = 1, .stride = 1, .dilation = 1, .pad_begin = 0};
    ConvolutionDimension rows = one;
    rows.input = rows.output = dense.m;
    context.add(make_gemm_convolution_step(
        *isa, {.input = {.images = 1, .channels = dense.k, .height = one, .width = rows, .pixel_stride = dense.k},
               .groups = 1,
               .output_channels = dense.n,
               .operands = {
                   .src = {channels > 1 ? context.pixels(0) : context.input(0), 0, dense.k},
                   .weights = pack_weights(context, *isa, dense, channels),
                   .bias = is_bias ? std::optional(context.input(2)) : std::nullopt,
                   .addend = is_bias || !is_whole ? std::nullopt : std::optional(Place{context.input(2), 0, dense.n}),
                   .dst = {context.output(0), 0, dense.n},
                   .activation = context.node().activation}}));
    return true;
}

}  // namespace onecnn::core
