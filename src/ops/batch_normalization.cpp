// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "graph/attributes.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

/// BatchNormalization of inference: y = scale · (x − mean) / sqrt(variance + epsilon) + bias, a channel at a time.
void infer(InferContext& context) {
    if (attribute<std::int64_t>(context.node(), "training_mode", 0) != 0) {
        context.unsupported("training_mode is 1; only inference is supported");
    }
    if (context.shape(0).empty()) {
        context.invalid("input 0 is a scalar, expected rank 1 or more");
    }
    const std::int64_t channels = context.shape(0).size() < 2 ? 1 : context.shape(0)[1];
    for (std::size_t i = 1; i < 5; ++i) {
        context.require_same_dtype(i);
        if (context.shape(i) != Shape{channels}) {
            context.invalid("input ", i, " has shape ", to_string(context.shape(i)), ", expected [", channels, "]");
        }
    }
    if (context.dtype(0) != DType::float32 && context.dtype(0) != DType::float64) {
        context.unsupported("input 0 is ", name(context.dtype(0)), "; float32 and float64 are supported");
    }
    context.set_output(0, context.dtype(0), context.shape(0));
}

/// By oneDNN; whether it has more than its reference for this shape.
bool lower_onednn(LowerContext& context) {
    const Shape& shape = context.shape(0);
    if (shape.size() < 2 || shape.size() > 5) {
        return false;
    }
    const Layout layout = context.layout(0);
    const auto data = descriptor(DType::float32, shape, layout);
    using Flags = dnnl::normalization_flags;
    const dnnl::batch_normalization_forward::primitive_desc primitive(
        cpu_engine(), dnnl::prop_kind::forward_inference, data, data,
        attribute<float>(context.node(), "epsilon", 1e-5F),
        Flags::use_global_stats | Flags::use_scale | Flags::use_shift, primitive_attributes());
    if (is_reference(primitive)) {
        return false;
    }
    const auto channel = descriptor(DType::float32, Shape{shape[1]});
    context.add_primitive(primitive, dnnl::batch_normalization_forward(primitive),
                          {{DNNL_ARG_SRC, data, context.input(0, layout)},
                           {DNNL_ARG_SCALE, channel, context.input(1)},
                           {DNNL_ARG_SHIFT, channel, context.input(2)},
                           {DNNL_ARG_MEAN, channel, context.input(3)},
                           {DNNL_ARG_VARIANCE, channel, context.input(4)},
                           {DNNL_ARG_DST, data, context.output(0, layout)}},
                          2 * element_count(shape));
    return true;
}

template <typename T>
void lower_as(LowerContext& context) {
    const Shape& shape = context.shape(0);
    const std::int64_t channels = shape.size() < 2 ? 1 : shape[1];
    const std::int64_t pixels = shape.size() < 3 ? 1 : element_count(shape, 2, shape.size());
    const Slot x = context.input(0);
    const std::vector<Slot> parameters{context.input(1), context.input(2), context.input(3), context.input(4)};
    const Slot y = context.output(0);
    const T epsilon = static_cast<T>(attribute<float>(context.node(), "epsilon", 1e-5F));
    const std::int64_t planes = element_count(shape) / pixels;
    const std::int64_t slices = slices_for(planes, pixels * static_cast<std::int64_t>(sizeof(T)));
    std::vector<Slot> reads{x};
    reads.insert(reads.end(), parameters.begin(), parameters.end());
    context.add_function(
        "affine", reads, {y}, slices, 2 * planes * pixels, [=](const Memory& memory, std::int64_t slice) {
            const Range range = slice_range(planes, slices, slice);
            for (std::int64_t plane = range.begin; plane < range.end; ++plane) {
                const std::int64_t c = plane % channels;
                const T factor =
                    memory.at<const T>(parameters[0])[c] / std::sqrt(memory.at<const T>(parameters[3])[c] + epsilon);
                const T mean = memory.at<const T>(parameters[2])[c];
                const T bias = memory.at<const T>(parameters[1])[c];
                const T* from = memory.at<const T>(x) + plane * pixels;
                std::transform(from, from + pixels, memory.at<T>(y) + plane * pixels,
                               [=](T value) { return (value - mean) * factor + bias; });
            }
        });
}

void lower(LowerContext& context) {
    if (context.dtype(0) == DType::float64) {
        lower_as<double>(context);
    } else if (!lower_onednn(context)) {
        lower_as<float>(context);
    }
}

const Registration batch_normalization{{"", "BatchNormalization", 5, 5, 5, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
