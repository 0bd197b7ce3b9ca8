// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>

#include "graph/attributes.h"
#include "kernels/channel_rows.h"
#include "kernels/float16.h"
#include "kernels/scratch_step.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

/// y = x / (bias + alpha / size · Σ x²)^beta, the sum over the channels from `before` before x's to `after` after it.
struct Response {
    std::int64_t size;
    float alpha;
    float beta;
    float bias;

    [[nodiscard]] std::int64_t before() const { return (size - 1) / 2; }
    [[nodiscard]] std::int64_t after() const { return size - 1 - before(); }
};

Response response_of(const Node& node) {
    return {required_attribute<std::int64_t>(node, "size"), attribute<float>(node, "alpha", 1e-4F),
            attribute<float>(node, "beta", 0.75F), attribute<float>(node, "bias", 1.0F)};
}

void infer(InferContext& context) {
    const DType dtype = context.dtype(0);
    if (dtype != DType::float32 && dtype != DType::float64 && dtype != DType::float16 && dtype != DType::bfloat16) {
        context.invalid("input 0 is ", name(dtype), ", expected a floating-point type");
    }
    if (context.shape(0).size() < 2) {
        context.invalid("input 0 has shape ", to_string(context.shape(0)), ", expected batch, channels and more");
    }
    if (const auto size = response_of(context.node()).size; size < 1) {
        context.invalid("size is ", size, ", expected 1 or more");
    }
    context.set_output(0, dtype, context.shape(0));
}

/// By oneDNN; whether it has more than its reference for this shape. Its window has a middle.
bool lower_onednn(LowerContext& context, const Response& response) {
    const Shape& shape = context.shape(0);
    if (shape.size() > 5 || response.size % 2 == 0 || response.size > shape[1]) {
        return false;
    }
    const Layout layout = context.layout(0);
    const auto data = descriptor(DType::float32, shape, layout);
    constexpr bool allow_empty = true;
    const dnnl::lrn_forward::primitive_desc primitive(
        cpu_engine(), dnnl::prop_kind::forward_inference, dnnl::algorithm::lrn_across_channels, data, data,
        response.size, response.alpha, response.beta, response.bias, primitive_attributes(), allow_empty);
    if (primitive.get(true) == nullptr || is_reference(primitive)) {
        return false;
    }
    context.add_primitive(
        primitive, dnnl::lrn_forward(primitive),
        {{DNNL_ARG_SRC, data, context.input(0, layout)}, {DNNL_ARG_DST, data, context.output(0, layout)}},
        element_count(shape) * (response.size + 8));
    return true;
}

/// A pixel at a time, for the exponent that networks have.
bool lower_channels_last(LowerContext& context, const Response& response) {
    if (context.layout(0) != Layout::channels_last || response.beta != 0.75F) {
        return false;
    }
    const Shape& shape = context.shape(0);
    const std::int64_t channels = shape[1];
    const std::int64_t pixels = shape[0] * element_count(shape, 2, shape.size());
    const Place x = context.input_place(0);
    const Place y = context.output_place(0);
    const std::int64_t before = std::min(response.before(), channels);
    const std::int64_t after = std::min(response.after(), channels);
    constexpr std::int64_t widest_vector = 16;
    const auto scratch = static_cast<std::size_t>(channels + before + after + widest_vector) * sizeof(float);
    const std::int64_t pixel_work = channels * (before + after + 8);
    const std::int64_t slices = slices_for(pixels, pixel_work);
    auto step = std::make_unique<ScratchStep>(
        "lrn", slices, scratch, [=](const Memory& memory, std::int64_t slice, std::byte* squares) {
            const Range range = slice_range(pixels, slices, slice);
            channel_rows().respond({.rows = range.end - range.begin,
                                    .channels = channels,
                                    .x = at<const float>(memory, x) + range.begin * x.pixel_stride,
                                    .x_row = x.pixel_stride,
                                    .y = at<float>(memory, y) + range.begin * y.pixel_stride,
                                    .y_row = y.pixel_stride,
                                    .before = before,
                                    .after = after,
                                    .alpha = response.alpha / static_cast<float>(response.size),
                                    .bias = response.bias,
                                    .squares = reinterpret_cast<float*>(squares)});
        });
    step->reads = {x.slot};
    step->writes = {y.slot};
    step->work = pixels * pixel_work;
    context.add(std::move(step));
    return true;
}

template <typename T>
void lower_as(LowerContext& context, const Response& response) {
    using A = std::conditional_t<std::is_same_v<T, double>, double, float>;
    const Shape& shape = context.shape(0);
    const std::int64_t channels = shape[1];
    const std::int64_t pixels = element_count(shape, 2, shape.size());
    const Slot x = context.input(0);
    const Slot y = context.output(0);
    const std::int64_t planes = shape[0] * channels;
    const std::int64_t plane_work = pixels * (std::min(response.size, channels) + 32);
    const std::int64_t slices = slices_for(planes, plane_work);
    context.add_function("lrn", {x}, {y}, slices, planes * plane_work, [=](const Memory& memory, std::int64_t slice) {
        const Range range = slice_range(planes, slices, slice);
        constexpr std::int64_t block = 256;
        std::array<A, block> sums;
        for (std::int64_t plane = range.begin; plane < range.end; ++plane) {
            const std::int64_t c = plane % channels;
            const std::int64_t first = plane - std::min(c, response.before());
            const std::int64_t last = plane + std::min(channels - 1 - c, response.after());
            for (std::int64_t begin = 0; begin < pixels; begin += block) {
                const std::int64_t count = std::min(block, pixels - begin);
                sums.fill(A{0});
                for (std::int64_t other = first; other <= last; ++other) {
                    const T* from = memory.at<const T>(x) + other * pixels + begin;
                    for (std::int64_t i = 0; i < count; ++i) {
                        const auto value = static_cast<A>(from[i]);
                        sums.data()[i] += value * value;
                    }
                }
                const T* from = memory.at<const T>(x) + plane * pixels + begin;
                T* to = memory.at<T>(y) + plane * pixels + begin;
                const A factor = static_cast<A>(response.alpha) / static_cast<A>(response.size);
                for (std::int64_t i = 0; i < count; ++i) {
                    const A base = static_cast<A>(response.bias) + factor * sums.data()[i];
                    to[i] = static_cast<T>(static_cast<A>(from[i]) / std::pow(base, static_cast<A>(response.beta)));
                }
            }
        }
    });
}

void lower(LowerContext& context) {
    const Response response = response_of(context.node());
    switch (context.dtype(0)) {
        case DType::float64: return lower_as<double>(context, response);
        case DType::float16: return lower_as<Float16>(context, response);
        case DType::bfloat16: return lower_as<BFloat16>(context, response);
        default:
            if (!lower_channels_last(context, response) && !lower_onednn(context, response)) {
                lower_as<float>(context, response);
            }
    }
}

const Registration lrn{{"", "LRN", 1, 1, 1, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
