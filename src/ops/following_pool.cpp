// SPDX-License-Identifier: Apache-2.0
#include "ops/following_pool.h"

#include <algorithm>

#include "graph/attributes.h"
#include "ops/window.h"

namespace onecnn::core {

bool max_pool_2x2_follows(const LowerContext& context) {
    const Node* const pool = context.consumer();
    const Shape& y = context.output_shape(0);
    if (pool == nullptr || !pool->domain.empty() || pool->op_type != "MaxPool" || pool->outputs.size() != 1 ||
        y.size() != 4) {
        return false;
    }
    const auto kernel = required_attribute<std::vector<std::int64_t>>(*pool, "kernel_shape");
    const Window window = resolve_window(*pool, ShapeView(y).subspan(2), kernel);
    const auto all = [](const Shape& values, std::int64_t value) {
        return std::ranges::all_of(values, [value](std::int64_t x) { return x == value; });
    };
    return all(window.kernel, 2) && all(window.strides, 2) && all(window.dilations, 1) && all(window.pads_begin, 0) &&
           all(window.pads_end, 0) && window.output == Shape{y[2] / 2, y[3] / 2} && window.output[0] > 0 &&
           window.output[1] > 0;
}

}  // namespace onecnn::core
