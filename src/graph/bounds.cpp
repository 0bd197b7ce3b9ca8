// SPDX-License-Identifier: Apache-2.0
#include "graph/bounds.h"

namespace onecnn::core {

std::optional<Bounds> as_bounds(const std::optional<Activation>& activation) {
    if (!activation) {
        return Bounds{};
    }
    if (activation->op_type == "Relu") {
        return Bounds{.low = 0};
    }
    if (activation->op_type == "Clip") {
        return Bounds{activation->alpha, activation->beta};
    }
    return std::nullopt;
}

}  // namespace onecnn::core
