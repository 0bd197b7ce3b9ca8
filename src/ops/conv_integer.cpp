// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "graph/attributes.h"
#include "kernels/integer_dot.h"
#include "kernels/scratch_step.h"
#include "ops/quantized_conv.h"
#include "ops/quantized_operand.h"
#include "ops/window.h"

namespace onecnn::core {

namespace {

/// Which inputs of ConvInteger and QLinearConv hold what.
struct Inputs {
    std::size_t x;
    std::size_t w;
    std::size_t x_zero;
    std::size_t w_zero;
};
constexpr Inputs integer_inputs{0, 1, 2, 3};
constexpr Inputs linear_inputs{.x = 0, .w = 3, .x_zero = 2, .w_zero = 5};
constexpr std::size_t x_scale = 1;
constexpr std::size_t w_scale = 4;
constexpr std::size_t y_scale = 6;
constexpr std::size_t y_zero = 7;
constexpr std::size_t bias_input = 8;

void require_one_a_filter(const InferContext& context, std::size_t index, std::int64_t filters) {
    if (context.has_input(index) && element_count(context.shape(index)) != 1 &&
        context.shape(index) != Shape{filters}) {
        context.invalid("input ", index, " has shape ", to_string(context.shape(index)),
                        ", expected one element or one for each of the ", filters, " filters");
    }
}

Shape infer_shape(const InferContext& context, const Inputs& inputs) {
    require_int8(context, inputs.x, inputs.x_zero);
    require_int8(context, inputs.w, inputs.w_zero);
    const Shape& x = context.shape(inputs.x);
    const Shape& w = context.shape(inputs.w);
    if (x.size() < 3) {
        context.invalid("input ", inputs.x, " has shape ", to_string(x), ", expected rank 3 or more");
    }
    context.require_rank(inputs.w, x.size());
    const auto group = attribute<std::int64_t>(context.node(), "group", 1);
    if (group < 1 || w[0] % group != 0 || w[1] < 1 || x[1] % w[1] != 0 || x[1] / w[1] != group) {
        context.invalid("input ", inputs.x, " has shape ", to_string(x), ", the weights ", to_string(w),
                        " and group is ", group, "; expected ", x[1], " = group · ", w[1], " channels and ", w[0],
                        " filters divisible by group");
    }
    const ShapeView kernel = ShapeView(w).subspan(2);
    const auto declared = find_attribute<std::vector<std::int64_t>>(context.node(), "kernel_shape");
    if (declared && !std::ranges::equal(*declared, kernel)) {
        context.invalid("kernel_shape is ", to_string(*declared), ", and the weights have shape ", to_string(w));
    }
    require_single(context, inputs.x_zero);
    require_one_a_filter(context, inputs.w_zero, w[0]);
    const Window window = resolve_window(context.node(), ShapeView(x).subspan(2), kernel);
    Shape y{x[0], w[0]};
    y.insert(y.end(), window.output.begin(), window.output.end());
    return y;
}

void infer_integer(InferContext& context) { context.set_output(0, DType::int32, infer_shape(context, integer_inputs)); }

void infer_linear(InferContext& context) {
    Shape y = infer_shape(context, linear_inputs);
    for (const std::size_t scale : {x_scale, w_scale, y_scale}) {
        if (context.dtype(scale) != DType::float32) {
            context.invalid("input ", scale, " is a scale and ", name(context.dtype(scale)), ", expected float32");
        }
    }
    require_single(context, x_scale);
    require_one_a_filter(context, w_scale, y[1]);
    require_single(context, y_scale);
    require_single(context, y_zero);
    const DType result = context.dtype(y_zero);
    if (result != DType::int8 && result != DType::uint8) {
        context.unsupported("input ", y_zero, " is ", name(result), "; int8 and uint8 are supported");
    }
    if (context.has_input(bias_input) &&
        (context.dtype(bias_input) != DType::int32 || context.shape(bias_input) != Shape{y[1]})) {
        context.invalid("the bias is ", name(context.dtype(bias_input)), to_string(context.shape(bias_input)),
                        ", expected int32[", y[1], "]");
    }
    if (context.node().addend) {
        return infer_quantized_sum(context, std::move(y));
    }
    context.set_output(0, result, std::move(y));
}

/// What a convolution whose results are quantised has besides.
struct Scales {
    QuantizationParameter x;
    QuantizationParameter w;
    QuantizationParameter y;
    QuantizationParameter zero;
    std::optional<Slot> bias;
};

/// What all slices share. A slice is a block of positions of one image and group: it gathers what the kernel sees at
/// each, and multiplies that by each filter in turn.
struct Convolution {
    Window window;
    Shape spatial;
    std::int64_t images;
    std::int64_t groups;
    std::int64_t group_channels;
    std::int64_t group_filters;
    bool x_signed;
    bool w_signed;
    Slot x;
    Slot w;
    Slot y;
    DType result;
    QuantizationParameter x_zero;
    QuantizationParameter w_zero;
    std::optional<Scales> scales;
    std::int64_t taps = 0;       ///< elements of the kernel
    std::int64_t area = 0;       ///< elements of a channel of x
    std::int64_t positions = 0;  ///< elements of a channel of y
    std::int64_t block = 0;      ///< positions
    std::int64_t blocks = 0;     ///< of a channel
    std::size_t patches_place = 0;
    std::size_t filter_place = 0;
    std::size_t sums_place = 0;
    std::size_t scales_place = 0;
    std::size_t scratch_bytes = 0;

    void plan();
    [[nodiscard]] std::int64_t length() const { return group_channels * taps; }
    void run(const Memory& memory, std::int64_t slice, std::byte* scratch) const;
    void gather(const std::byte* channels, std::int32_t zero, std::int64_t position, std::int16_t* patch) const;
};

void Convolution::plan() {
    constexpr std::int64_t cached_elements = 128 * 1024;
    taps = element_count(window.kernel);
    area = element_count(spatial);
    positions = element_count(window.output);
    const std::int64_t wanted = cached_elements / std::max<std::int64_t>(1, length());
    block = std::min(positions, std::clamp<std::int64_t>(wanted, 4, 256));
    blocks = (positions - 1) / block + 1;
    ScratchLayout layout;
    patches_place = layout.take<std::int16_t>(checked_multiply(block, length()));
    filter_place = layout.take<std::int16_t>(length());
    sums_place = layout.take<std::int32_t>(block);
    scales_place = layout.take<float>(block);
    scratch_bytes = layout.bytes();
}

/// What the kernel sees at a position, in the order of a filter's elements, less the zero point: 0 in the padding.
void Convolution::gather(const std::byte* channels, std::int32_t zero, std::int64_t position,
                         std::int16_t* patch) const {
    const std::size_t rank = spatial.size();
    for (std::int64_t tap = 0; tap < taps; ++tap) {
        std::int64_t rest = position;
        std::int64_t rest_tap = tap;
        std::int64_t offset = 0;
        std::int64_t stride = 1;
        bool inside = true;
        for (std::size_t d = rank; inside && d-- > 0;) {
            const std::int64_t start = rest % window.output[d] * window.strides[d] - window.pads_begin[d];
            const std::int64_t index = start + rest_tap % window.kernel[d] * window.dilations[d];
            inside = index >= 0 && index < spatial[d];
            offset += inside ? index * stride : 0;
            stride *= spatial[d];
            rest /= window.output[d];
            rest_tap /= window.kernel[d];
        }
        std::int16_t* const to = patch + tap;
        if (!inside) {
            for (std::int64_t channel = 0; channel < group_channels; ++channel) {
                to[channel * taps] = 0;
            }
            continue;
        }
        for (std::int64_t channel = 0; channel < group_channels; ++channel) {
            const std::byte element = channels[channel * area + offset];
            const auto value = x_signed ? std::int32_t{static_cast<std::int8_t>(element)}
                                        : std::int32_t{static_cast<std::uint8_t>(element)};
            to[channel * taps] = static_cast<std::int16_t>(value - zero);
        }
    }
}

void Convolution::run(const Memory& memory, std::int64_t slice, std::byte* scratch) const {
    auto* const patches = reinterpret_cast<std::int16_t*>(scratch + patches_place);
    auto* const filter = reinterpret_cast<std::int16_t*>(scratch + filter_place);
    auto* const sums = reinterpret_cast<std::int32_t*>(scratch + sums_place);
    auto* const factors = reinterpret_cast<float*>(scratch + scales_place);
    const std::int64_t first = slice % blocks * block;
    const std::int64_t count = std::min(positions, first + block) - first;
    const std::int64_t group = slice / blocks % groups;
    const std::int64_t image = slice / blocks / groups;
    const std::byte* const channels = memory[x] + (image * groups + group) * group_channels * area;
    const auto zero = static_cast<std::int32_t>(x_zero.at(memory, 0));
    for (std::int64_t i = 0; i < count; ++i) {
        gather(channels, zero, first + i, patches + i * length());
    }
    for (std::int64_t j = 0; j < group_filters; ++j) {
        const std::int64_t m = group * group_filters + j;
        widen(w_signed, memory[w] + m * length(), 1, length(), static_cast<std::int32_t>(w_zero.at(memory, m)), filter);
        const std::int64_t place = (image * groups * group_filters + m) * positions + first;
        if (!scales) {
            dot_rows(filter, patches, count, length(), memory.at<std::int32_t>(y) + place);
            continue;
        }
        dot_rows(filter, patches, count, length(), sums);
        if (scales->bias) {
            const auto bias = static_cast<std::uint32_t>(memory.at<const std::int32_t>(*scales->bias)[m]);
            std::transform(sums, sums + count, sums, [bias](std::int32_t sum) {
                return static_cast<std::int32_t>(static_cast<std::uint32_t>(sum) + bias);
            });
        }
        std::fill_n(factors, count, scales->x.at(memory, 0) * scales->w.at(memory, m) / scales->y.at(memory, 0));
        requantize(result, sums, factors, count, scales->zero.at(memory, 0), memory[y] + place);
    }
}

void add(LowerContext& context, const Inputs& inputs, bool quantized) {
    const Shape& x_shape = context.shape(inputs.x);
    const Shape& w_shape = context.shape(inputs.w);
    const Shape spatial(x_shape.begin() + 2, x_shape.end());
    const auto group = attribute<std::int64_t>(context.node(), "group", 1);
    const Slot x = context.input(inputs.x);
    const Slot w = context.input(inputs.w);
    std::vector<Slot> reads{x, w};
    const QuantizationParameter x_zero(context, inputs.x_zero, 0, reads);
    const QuantizationParameter w_zero(context, inputs.w_zero, 0, reads);
    std::optional<Scales> scales;
    if (quantized) {
        scales = Scales{{context, x_scale, 1, reads},
                        {context, w_scale, 1, reads},
                        {context, y_scale, 1, reads},
                        {context, y_zero, 0, reads},
                        std::nullopt};
        if (context.has_input(bias_input)) {
            scales->bias = context.input(bias_input);
            reads.push_back(*scales->bias);
        }
    }
    const Slot y = context.output(0);
    Convolution convolution{.window = resolve_window(context.node(), spatial, ShapeView(w_shape).subspan(2)),
                            .spatial = spatial,
                            .images = x_shape[0],
                            .groups = group,
                            .group_channels = w_shape[1],
                            .group_filters = w_shape[0] / group,
                            .x_signed = context.dtype(inputs.x) == DType::int8,
                            .w_signed = context.dtype(inputs.w) == DType::int8,
                            .x = x,
                            .w = w,
                            .y = y,
                            .result = context.output_dtype(0),
                            .x_zero = x_zero,
                            .w_zero = w_zero,
                            .scales = scales};
    convolution.plan();
    const std::int64_t slices =
        checked_multiply(checked_multiply(convolution.images, convolution.groups), convolution.blocks);
    const std::int64_t work = checked_multiply(2 * convolution.length(), element_count(context.output_shape(0)));
    const std::size_t scratch_bytes = convolution.scratch_bytes;
    auto step = std::make_unique<ScratchStep>(
        "integer_convolution", slices, scratch_bytes,
        [convolution = std::move(convolution)](const Memory& memory, std::int64_t slice, std::byte* scratch) {
            convolution.run(memory, slice, scratch);
        });
    step->reads = std::move(reads);
    step->writes = {y};
    step->work = work;
    context.add(std::move(step));
}

void lower_integer(LowerContext& context) { add(context, integer_inputs, false); }

void lower_linear(LowerContext& context) {
    if (lower_quantized_conv(context)) {
        return;
    }
    if (context.node().addend || context.node().activation) {
        context.unsupported("what was fused into it needs constant parameters, and weights that fit into int8");
    }
    add(context, linear_inputs, true);
}

const Registration conv_integer{{"", "ConvInteger", 2, 4, 1, {}, infer_integer, lower_integer}};
const Registration qlinear_conv{{"", "QLinearConv", 8, 9, 1, {}, infer_linear, lower_linear}};

}  // namespace

}  // namespace onecnn::core
