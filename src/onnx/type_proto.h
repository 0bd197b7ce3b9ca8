// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "graph/graph.h"
#include "onnx/wire.h"

namespace onecnn::core::onnx {

/// A graph's input or output as ValueInfoProto declares it.
struct ValueInfo {
    std::string name;
    ValueType type;  ///< dtype undefined: the file declares no type
};

/// `role` says what is declared, "input" or "output", in errors: InvalidModel; UnsupportedOperator for
/// opaque values and sparse tensors.
[[nodiscard]] ValueInfo read_value_info(Message proto, const std::string& role);

/// A ValueInfoProto's name.
[[nodiscard]] std::string value_name(Message proto);

}  // namespace onecnn::core::onnx
