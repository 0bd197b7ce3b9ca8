// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace onecnn::core {

/// What the kernels stand on and what the CPU offers, as "oneDNN 3.2.0, AVX2".
[[nodiscard]] const std::string& build_info();

}  // namespace onecnn::core
