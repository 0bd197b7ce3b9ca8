// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/dtype.h"

namespace onecnn::core {

/// Concrete dimensions, outermost first; empty for a scalar. Every dimension is ≥ 0.
using Shape = std::vector<std::int64_t>;
using ShapeView = std::span<const std::int64_t>;

/// The largest rank any tensor may have.
inline constexpr std::size_t max_rank = 8;

/// "[1, 3, 224, 224]"; "[]" for a scalar.
[[nodiscard]] std::string to_string(ShapeView shape);

/// The number of elements; ResourceLimit when it does not fit into 63 bits.
[[nodiscard]] std::int64_t element_count(ShapeView shape);

/// Bytes of a dense tensor, ⌈n · bits / 8⌉, of strings without what they hold elsewhere; ResourceLimit when they do not fit into 63 bits.
[[nodiscard]] std::size_t byte_count(DType dtype, ShapeView shape);

/// Row-major strides in elements.
[[nodiscard]] Shape row_major_strides(ShapeView shape);

/// The index of an axis that may count from the end; InvalidModel naming `what` when it is outside [−rank, rank).
[[nodiscard]] std::size_t normalized_axis(std::int64_t axis, std::size_t rank, const std::string& what);

/// The product of dimensions [first, last).
[[nodiscard]] std::int64_t element_count(ShapeView shape, std::size_t first, std::size_t last);

/// ONNX's multidirectional broadcast of two shapes; InvalidModel naming `what` when they do not match.
[[nodiscard]] Shape broadcast(ShapeView a, ShapeView b, const std::string& what);

/// a · b and a + b for sizes; ResourceLimit on overflow.
[[nodiscard]] std::int64_t checked_multiply(std::int64_t a, std::int64_t b);
[[nodiscard]] std::int64_t checked_add(std::int64_t a, std::int64_t b);

}  // namespace onecnn::core
