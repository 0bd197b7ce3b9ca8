// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ops/lower_context.h"

namespace onecnn::core {

/// Lowers a float32 Conv over one or two spatial dimensions with constant weights to a product of matrices by our own kernel.
/// False, with nothing added, where it is none or another way is faster.
[[nodiscard]] bool lower_gemm_conv(LowerContext& context);

}  // namespace onecnn::core
