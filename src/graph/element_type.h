// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/dtype.h"

namespace onecnn::core {

/// The DType of a TensorProto.DataType. `what` names the tensor in errors: UnsupportedOperator for a type of ONNX that the
/// core has no tensors of (complex numbers, float6), InvalidModel for a number that is none.
[[nodiscard]] DType element_type(std::int64_t data_type, std::string_view what);

}  // namespace onecnn::core
