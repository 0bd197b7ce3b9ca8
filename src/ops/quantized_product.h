// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ops/lower_context.h"

namespace onecnn::core {

/// Lowers a product of rows of bytes, input 0, and constant weights, input 3, to the kernels for int8; the inputs are
/// those of QLinearMatMul, and a bias of int32 behind them. The weights are [k, n], or [n, k] when `transposed`. False,
/// with nothing added, where the kernels do not take it.
[[nodiscard]] bool lower_quantized_product(LowerContext& context, bool transposed);

}  // namespace onecnn::core
