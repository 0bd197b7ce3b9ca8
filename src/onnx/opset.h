// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace onecnn::core::onnx {

/// The versions of ai.onnx that are read: up to that of ONNX 1.23. Of those before 6 some operators' forms are refused.
inline constexpr std::int64_t oldest_opset = 1;
inline constexpr std::int64_t newest_opset = 28;

/// The versions of the file format: from the first that names operator sets to that of ONNX 1.23.
inline constexpr std::int64_t oldest_ir_version = 3;
inline constexpr std::int64_t newest_ir_version = 14;

}  // namespace onecnn::core::onnx
