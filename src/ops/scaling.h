// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/step.h"
#include "ops/operator.h"

namespace onecnn::core {

/// Which of the scales and zero points of QuantizeLinear and DequantizeLinear an element takes. As seen from the axis that they
/// lie along, the tensor is [outer, axis, inner]; `block` neighbours on the axis share a scale.
struct Scaling {
    bool single = false;  ///< one scale for all elements
    std::int64_t axis = 1;
    std::int64_t inner = 1;
    std::int64_t block = 1;
    std::int64_t blocks = 1;   ///< scales along the axis
    bool per_element = false;  ///< blocked: every element inside has scales of its own
};

/// The scaling of a node by the shapes of its inputs 0 and 1 and its attributes `axis` and `block_size`; InvalidModel where they
/// do not fit one another.
[[nodiscard]] Scaling scaling_of(const Node& node, const Shape& data, const Shape& scales);

/// Checks input 2, the zero points, against input 1, and both against input 0.
void require_scaling(const InferContext& context);

/// Calls `function(range, first, step)` for pieces of the elements in `elements`: element i of a piece takes the scale
/// first + i · step.
template <typename Function>
void for_each_scaled(const Scaling& scaling, Range elements, const Function& function) {
    if (scaling.single) {
        return function(elements, 0, 0);
    }
    for (std::int64_t begin = elements.begin; begin < elements.end;) {
        const std::int64_t row = begin / scaling.inner;
        const std::int64_t within = begin % scaling.inner;
        const std::int64_t position = row % scaling.axis;
        const std::int64_t scale = position / scaling.block;
        std::int64_t first = scale;
        std::int64_t step = 0;
        std::int64_t length = scaling.inner - within;
        if (scaling.per_element) {
            first = (row / scaling.axis * scaling.blocks + scale) * scaling.inner + within;
            step = 1;
        }
        if (scaling.inner == 1) {
            // Along the axis: a block of one scale, or, where each has its own, all the rest.
            const std::int64_t rest = scaling.axis - position;
            step = scaling.block == 1 ? 1 : 0;
            length = step == 1 ? rest : std::min(rest, (scale + 1) * scaling.block - position);
        }
        const std::int64_t end = std::min(elements.end, begin + length);
        function(Range{begin, end}, first, step);
        begin = end;
    }
}

}  // namespace onecnn::core
