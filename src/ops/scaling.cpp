// SPDX-License-Identifier: Apache-2.0
#include "ops/scaling.h"

#include <string>

#include "graph/attributes.h"

namespace onecnn::core {

namespace {

[[noreturn]] void refuse(const Node& node, const Shape& data, const Shape& scales, std::size_t axis,
                         std::int64_t block_size) {
    fail(ErrorCode::invalid_model, describe(node), ": input 0 has shape ", to_string(data), " and the scales ",
         to_string(scales), "; with axis ", axis, " and block_size ", block_size,
         " there must be one, one for each index of the axis, or one for each block of it");
}

}  // namespace

Scaling scaling_of(const Node& node, const Shape& data, const Shape& scales) {
    if (element_count(scales) == 1) {
        return {.single = true};
    }
    const std::size_t axis =
        normalized_axis(attribute<std::int64_t>(node, "axis", 1), data.size(), describe(node) + ": axis");
    const auto block_size = attribute<std::int64_t>(node, "block_size", 0);
    if (block_size < 0) {
        fail(ErrorCode::invalid_model, describe(node), ": block_size is ", block_size);
    }
    Scaling scaling{.axis = data[axis], .inner = element_count(data, axis + 1, data.size()), .blocks = data[axis]};
    if (block_size == 0) {
        if (scales != Shape{data[axis]}) {
            refuse(node, data, scales, axis, block_size);
        }
        return scaling;
    }
    scaling.block = block_size;
    scaling.blocks = data[axis] / block_size + (data[axis] % block_size == 0 ? 0 : 1);
    scaling.per_element = true;
    Shape expected = data;
    expected[axis] = scaling.blocks;
    if (scales != expected) {
        refuse(node, data, scales, axis, block_size);
    }
    return scaling;
}

void require_scaling(const InferContext& context) {
    static_cast<void>(scaling_of(context.node(), context.shape(0), context.shape(1)));
    if (context.has_input(2) && context.shape(2) != context.shape(1) &&
        (element_count(context.shape(1)) != 1 || element_count(context.shape(2)) != 1)) {
        context.invalid("the scales have shape ", to_string(context.shape(1)), " and the zero points ",
                        to_string(context.shape(2)), "; they must be the same");
    }
}

}  // namespace onecnn::core
