// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ops/dense.h"

namespace onecnn::core {

/// Lowers a float32 product with constant weights to our own kernel. False, with nothing added, where it is none or has a form
/// that the kernel lacks.
[[nodiscard]] bool lower_gemm_dense(LowerContext& context, const Dense& dense);

}  // namespace onecnn::core
