// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "graph/graph.h"

namespace onecnn::core::onnx {

/// What a Constant node gives: https://onnx.ai/onnx/operators/onnx__Constant.html. InvalidModel unless exactly one of its value
/// attributes is there; UnsupportedOperator for strings.
[[nodiscard]] Tensor constant_value(const Node& node);

}  // namespace onecnn::core::onnx
