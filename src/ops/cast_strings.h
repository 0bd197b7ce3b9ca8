// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ops/execute_context.h"

namespace onecnn::core {

/// Sets output 0 to input 0 cast to `dtype`, where one of both is strings. A number is written in as few digits as tell it from its
/// neighbours; "NaN", "INF" and "-INF" are what ONNX names them, and read in any case. InvalidArgument for text that is no number.
void cast_strings(ExecuteContext& context, DType dtype);

}  // namespace onecnn::core
