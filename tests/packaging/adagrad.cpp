// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstddef>

#include "graph/attributes.h"
#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

/// How many tensors X there are in the inputs R, T, X..., G..., H....
std::size_t tensor_count(std::size_t inputs) { return (inputs - 2) / 3; }

void infer(InferContext& context) {
    const std::size_t count = tensor_count(context.input_count());
    if (context.input_count() != 2 + 3 * count) {
        context.invalid("has ", context.input_count(), " inputs, expected R, T and three for each tensor");
    }
    if (context.dtype(0) != DType::float32 || context.dtype(1) != DType::int64) {
        context.unsupported("R is ", name(context.dtype(0)), " and T ", name(context.dtype(1)),
                            ", expected float32 and int64");
    }
    context.require_rank(0, 0);
    context.require_rank(1, 0);
    for (std::size_t i = 0; i < count; ++i) {
        const Shape& shape = context.shape(2 + i);
        for (std::size_t input = 2 + i; input < context.input_count(); input += count) {
            context.require_same_dtype(input);
            if (context.shape(input) != shape) {
                context.invalid("input ", input, " is of shape ", to_string(context.shape(input)), ", expected ",
                                to_string(shape));
            }
        }
        context.set_output(i, DType::float32, shape);
        context.set_output(count + i, DType::float32, shape);
    }
}

void lower(LowerContext& context) {
    const std::size_t count = tensor_count(context.input_count());
    const auto norm = attribute<float>(context.node(), "norm_coefficient", 0.0F);
    const auto epsilon = attribute<float>(context.node(), "epsilon", 1e-6F);
    const auto decay = attribute<float>(context.node(), "decay_factor", 0.0F);
    const Slot rate = context.input(0);
    const Slot turns = context.input(1);
    for (std::size_t i = 0; i < count; ++i) {
        const std::int64_t elements = element_count(context.shape(2 + i));
        const Slot x = context.input(2 + i);
        const Slot gradient = context.input(2 + count + i);
        const Slot squares = context.input(2 + 2 * count + i);
        const Slot new_x = context.output(i);
        const Slot new_squares = context.output(count + i);
        context.add_function(
            "adagrad", {rate, turns, x, gradient, squares}, {new_x, new_squares}, 1, 6 * elements,
            [=](const Memory& memory, std::int64_t) {
                const float t = static_cast<float>(*memory.at<const std::int64_t>(turns));
                const float r = *memory.at<const float>(rate) / (1 + t * decay);
                for (std::int64_t k = 0; k < elements; ++k) {
                    const float g = norm * memory.at<const float>(x)[k] + memory.at<const float>(gradient)[k];
                    const float h = memory.at<const float>(squares)[k] + g * g;
                    memory.at<float>(new_x)[k] = memory.at<const float>(x)[k] - r * g / (std::sqrt(h) + epsilon);
                    memory.at<float>(new_squares)[k] = h;
                }
            });
    }
}

const Registration adagrad{{"ai.onnx.preview.training", "Adagrad", 5, any_number, any_number, {}, infer, lower}};

}  // namespace

}  // namespace onecnn::core
