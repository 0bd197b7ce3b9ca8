// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/dtype.h"

namespace onecnn::core {

/// What a scattered element does to the one that it meets.
enum class Combination { replace, add, mul, max, min };

/// ONNX's name of one, "none", "add", ...
[[nodiscard]] std::optional<Combination> combination(std::string_view name);

/// Combines `count` elements into those at `to`.
using Combine = void (*)(const std::byte* from, std::byte* to, std::int64_t count);

/// The function for a dtype; null when it has none. Integers wrap around; bools add as or, multiply as and.
[[nodiscard]] Combine combine_function(Combination combination, DType dtype);

}  // namespace onecnn::core
