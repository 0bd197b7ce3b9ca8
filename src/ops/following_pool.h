// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ops/lower_context.h"

namespace onecnn::core {

/// Whether the node that alone reads output 0, of rank 4, is a MaxPool over two by two elements that do not overlap: a
/// convolution may then keep but the largest of each four results. What is left over at an odd edge is not read.
[[nodiscard]] bool max_pool_2x2_follows(const LowerContext& context);

}  // namespace onecnn::core
