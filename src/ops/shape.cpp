// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "graph/attributes.h"
#include "ops/operator.h"

namespace onecnn::core {

namespace {

void infer_shape(InferContext& context) {
    const Shape& data = context.shape(0);
    const auto rank = static_cast<std::int64_t>(data.size());
    const auto bound = [&](std::string_view name, std::int64_t fallback) {
        const auto axis = attribute<std::int64_t>(context.node(), name, fallback);
        return std::clamp<std::int64_t>(axis < 0 ? axis + rank : axis, 0, rank);
    };
    const std::int64_t start = bound("start", 0);
    const std::int64_t end = std::max(start, bound("end", std::numeric_limits<std::int64_t>::max()));
    context.set_output(0, Tensor::from(ShapeView(data.begin() + start, data.begin() + end)));
}

void infer_size(InferContext& context) {
    const std::int64_t count = element_count(context.shape(0));
    context.set_output(0, Tensor::from(ShapeView(&count, 1)).reshaped({}));
}

/// The results are known once the shapes are: nothing is left to compute.
void lower_nothing(LowerContext&) {}

const Registration shape{{"", "Shape", 1, 1, 1, {}, infer_shape, lower_nothing}};
const Registration size{{"", "Size", 1, 1, 1, {}, infer_size, lower_nothing}};

}  // namespace

}  // namespace onecnn::core
