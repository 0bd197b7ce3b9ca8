// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/step.h"
#include "runtime/dtype.h"

namespace onecnn::core {

// The elements of a packed dtype as one byte each: integers as int8 or uint8, floats as their codes.

/// Reads the elements of a range.
void unpack(DType dtype, const std::byte* tensor, Range elements, std::uint8_t* to);

/// Writes the elements of a range, their low bits. The range begins at a whole byte; the rest of its last byte becomes 0.
void pack(DType dtype, const std::uint8_t* from, std::byte* tensor, Range elements);

}  // namespace onecnn::core
