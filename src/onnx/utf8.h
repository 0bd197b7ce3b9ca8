// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace onecnn::core::onnx {

/// Whether the bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
[[nodiscard]] bool is_utf8(std::string_view bytes);

}  // namespace onecnn::core::onnx
