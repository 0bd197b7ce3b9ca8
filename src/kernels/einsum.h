// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/contraction.h"
#include "kernels/step.h"
#include "runtime/dtype.h"

namespace onecnn::core {

/// The sum over all labels that `result` lacks of the product of the operands. Sizes are 2 or more, and each operand has at
/// least one element.
struct Einsum {
    DType dtype;  ///< any number
    std::vector<std::int64_t> sizes;
    std::vector<LabelStrides> operands;
    std::vector<std::int64_t> operand_elements;
    LabelStrides result;
    std::int64_t result_elements;
    bool row_by_row = false;  ///< sums do not depend on how many results there are
};

[[nodiscard]] std::unique_ptr<Step> make_einsum_step(const Einsum& einsum, const std::vector<Slot>& operands,
                                                     Slot result);

}  // namespace onecnn::core
