// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "graph/model_info.h"
#include "onnx/tensor_proto.h"
#include "runtime/options.h"

namespace onecnn::core::onnx {

/// Reads a ModelProto and brings its nodes to their newest form. `bytes` must outlive the call. Errors: InvalidModel,
/// UnsupportedOperator, ResourceLimit and those of TensorReader.
[[nodiscard]] ParsedModel read_model(std::string_view bytes, TensorReader& tensors, const Options& options);

}  // namespace onecnn::core::onnx
