// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "ops/lower_context.h"
#include "ops/operator.h"

namespace onecnn::core {

// What operators share that move elements and compute nothing.

/// Refuses an input whose elements do not take whole bytes.
void require_movable(const InferContext& context, std::size_t index);

/// Refuses an input of indices that is neither int32 nor int64.
void require_indices(const InferContext& context, std::size_t index);

/// The elements of an int64 or int32 input listed in `shape_inputs`.
[[nodiscard]] std::vector<std::int64_t> integers(const LowerContext& context, std::size_t index);

}  // namespace onecnn::core
