// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "runtime/tensor.h"

namespace onecnn::core {

/// Elements [begin, end) of an axis, copied. UnsupportedOperator for elements below a byte, here and below.
[[nodiscard]] Tensor slice_of(const Tensor& tensor, std::size_t axis, std::int64_t begin, std::int64_t end);

/// The tensors one after another along an axis. They have one dtype, and one shape but for that axis; there is one at least.
[[nodiscard]] Tensor joined(std::span<const Tensor> tensors, std::size_t axis);

/// Elements of a tensor, seen as a list, in the order of `indices`; the result has shape `shape`.
[[nodiscard]] Tensor picked(const Tensor& tensor, std::span<const std::int64_t> indices, Shape shape);

}  // namespace onecnn::core
