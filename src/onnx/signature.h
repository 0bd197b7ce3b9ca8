// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace onecnn::core::onnx {

/// What a file that is no ONNX model looks like, "it looks like a PNG image"; a general sentence when its first bytes tell nothing.
[[nodiscard]] std::string_view describe_foreign(std::string_view bytes);

}  // namespace onecnn::core::onnx
