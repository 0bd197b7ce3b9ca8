// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <string>

#include "graph/attributes.h"
#include "kernels/post_ops.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

void infer_same(InferContext& context) { context.set_output(0, context.dtype(0), context.shape(0)); }

void infer_float(InferContext& context) {
    const DType dtype = context.dtype(0);
    if (dtype != DType::float32 && dtype != DType::float64) {
        context.unsupported("input 0 is ", name(dtype), "; float32 and float64 are supported");
    }
    infer_same(context);
}

/// An elementwise function of f32 by oneDNN, on the elements as they lie.
void lower_eltwise(LowerContext& context, const Eltwise& eltwise) {
    const Layout layout = context.layout(0);
    const Slot from = context.input(0, layout);
    const Slot to = context.output(0, layout);
    const std::int64_t count = element_count(context.shape(0));
    const std::int64_t slices = slices_for(count, 1);  // starting a primitive costs as much as a few thousand elements
    std::string implementation;
    std::vector<PrimitiveStep::Slice> made;
    for (std::int64_t i = 0; i < slices; ++i) {
        const Range range = slice_range(count, slices, i);
        const auto flat = descriptor(DType::float32, Shape{range.end - range.begin});
        const dnnl::eltwise_forward::primitive_desc primitive(cpu_engine(), dnnl::prop_kind::forward_inference,
                                                              eltwise.algorithm, flat, flat, eltwise.alpha,
                                                              eltwise.beta, primitive_attributes());
        const auto offset = static_cast<std::size_t>(range.begin) * sizeof(float);
        implementation = primitive.impl_info_str();
        made.push_back(
            {dnnl::eltwise_forward(primitive), {{DNNL_ARG_SRC, flat, from, offset}, {DNNL_ARG_DST, flat, to, offset}}});
    }
    context.add(std::make_unique<PrimitiveStep>(std::move(implementation), std::move(made), count * 8));
}

/// An elementwise function of any type, by a function of one element.
template <typename T, typename Function>
void lower_scalar(LowerContext& context, Function function) {
    const Layout layout = context.layout(0);
    const Slot from = context.input(0, layout);
    const Slot to = context.output(0, layout);
    const std::int64_t count = element_count(context.shape(0));
    const std::int64_t slices = slices_for(count, static_cast<std::int64_t>(sizeof(T)));
    context.add_function("scalar", {from}, {to}, slices, count * static_cast<std::int64_t>(sizeof(T)),
                         [=](const Memory& memory, std::int64_t slice) {
                             const Range range = slice_range(count, slices, slice);
                             std::transform(memory.at<const T>(from) + range.begin,
                                            memory.at<const T>(from) + range.end, memory.at<T>(to) + range.begin,
                                            function);
                         });
}

void lower_activation(LowerContext& context, const Activation& activation) {
    if (context.dtype(0) == DType::float32) {
        lower_eltwise(context, as_eltwise(activation));
    } else {
        lower_scalar<double>(context, [activation](double x) { return apply(activation, x); });
    }
}

void lower_leaky_relu(LowerContext& context) {
    lower_activation(context, {"LeakyRelu", attribute<float>(context.node(), "alpha", 0.01F), 0});
}

void lower_sigmoid(LowerContext& context) { lower_activation(context, {"Sigmoid"}); }

void lower_tanh(LowerContext& context) { lower_activation(context, {"Tanh"}); }

/// Calls `function` with a value of the C++ type that stores a numeric dtype.
template <typename Function>
void with_numeric(LowerContext& context, const Function& function) {
    switch (context.dtype(0)) {
        case DType::float32: return function(float{});
        case DType::float64: return function(double{});
        case DType::int8: return function(std::int8_t{});
        case DType::int16: return function(std::int16_t{});
        case DType::int32: return function(std::int32_t{});
        case DType::int64: return function(std::int64_t{});
        case DType::uint8: return function(std::uint8_t{});
        case DType::uint16: return function(std::uint16_t{});
        case DType::uint32: return function(std::uint32_t{});
        case DType::uint64: return function(std::uint64_t{});
        default: context.unsupported("input 0 is ", name(context.dtype(0)), ", which it does not take here");
    }
}

void lower_relu(LowerContext& context) {
    if (context.dtype(0) == DType::float32) {
        return lower_eltwise(context, {dnnl::algorithm::eltwise_relu});
    }
    with_numeric(context, [&]<typename T>(T) { lower_scalar<T>(context, [](T x) { return std::max(x, T{0}); }); });
}

void infer_clip(InferContext& context) {
    for (const std::size_t bound : {1U, 2U}) {
        if (context.has_input(bound)) {
            context.require_same_dtype(bound);
            if (element_count(context.shape(bound)) != 1) {
                context.invalid("input ", bound, " is a bound and has shape ", to_string(context.shape(bound)),
                                ", expected one element");
            }
        }
    }
    infer_same(context);
}

template <typename T>
constexpr T unbounded_above =
    std::numeric_limits<T>::has_infinity ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();
template <typename T>
constexpr T unbounded_below =
    std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();

/// min(max(x, low), high): where the bounds cross, the upper one is the result.
template <typename T>
void lower_clip_of(LowerContext& context) {
    const Layout layout = context.layout(0);
    const Slot from = context.input(0, layout);
    const Slot to = context.output(0, layout);
    std::vector<Slot> reads{from};
    std::optional<Slot> low;
    std::optional<Slot> high;
    if (context.has_input(1)) {
        reads.push_back(*(low = context.input(1)));
    }
    if (context.has_input(2)) {
        reads.push_back(*(high = context.input(2)));
    }
    const std::int64_t count = element_count(context.shape(0));
    const std::int64_t slices = slices_for(count, static_cast<std::int64_t>(sizeof(T)));
    context.add_function("scalar", reads, {to}, slices, count * static_cast<std::int64_t>(sizeof(T)),
                         [=](const Memory& memory, std::int64_t slice) {
                             const T least = low ? *memory.at<const T>(*low) : unbounded_below<T>;
                             const T most = high ? *memory.at<const T>(*high) : unbounded_above<T>;
                             const Range range = slice_range(count, slices, slice);
                             std::transform(memory.at<const T>(from) + range.begin,
                                            memory.at<const T>(from) + range.end, memory.at<T>(to) + range.begin,
                                            [=](T x) { return std::min(std::max(x, least), most); });
                         });
}

void lower_clip(LowerContext& context) {
    with_numeric(context, [&]<typename T>(T) { lower_clip_of<T>(context); });
}

const Registration relu{{"", "Relu", 1, 1, 1, {}, infer_same, lower_relu}};
const Registration leaky_relu{{"", "LeakyRelu", 1, 1, 1, {}, infer_float, lower_leaky_relu}};
const Registration sigmoid{{"", "Sigmoid", 1, 1, 1, {}, infer_float, lower_sigmoid}};
const Registration tanh{{"", "Tanh", 1, 1, 1, {}, infer_float, lower_tanh}};
const Registration clip{{"", "Clip", 1, 3, 1, {}, infer_clip, lower_clip}};

}  // namespace

}  // namespace onecnn::core
