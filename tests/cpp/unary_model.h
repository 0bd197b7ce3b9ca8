// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "onnx_bytes.h"

namespace onecnn::testing {

/// An ONNX model, y = op(x) on float32[N, 4], by "a test", with the metadata {"colour": "green"}.
inline std::string unary_model(std::string_view op_type = "Relu") {
    ModelBytes model;
    model.nodes = {node(op_type, {"x"}, {"y"})};
    model.more = Bytes().bytes(2, "a test").bytes(14, entry("colour", "green"));
    return model.str();
}

}  // namespace onecnn::testing
