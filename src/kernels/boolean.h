// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "runtime/dtype.h"

namespace onecnn::core {

/// Stores a bool; a byte that is neither 0 nor 1 counts as true.
enum class Boolean : std::uint8_t {};

[[nodiscard]] constexpr bool is_true(Boolean value) { return value != Boolean{0}; }

template <>
inline constexpr DType dtype_of<Boolean> = DType::boolean;

}  // namespace onecnn::core
