// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "runtime/dtype.h"
#include "runtime/shape.h"

namespace onecnn::capi {

/// Whether elements `strides` apart (in elements) lie row-major without gaps. A dimension of one element may have any
/// stride, and a tensor without elements any strides.
[[nodiscard]] bool is_row_major(core::ShapeView dims, core::ShapeView strides);

/// Copies elements to row-major `destination`. `source` is the first element; from the lowest element to the highest they
/// must lie within `bytes`, else InvalidArgument, as it is for packed elements.
void copy_strided(core::DType dtype, core::ShapeView dims, core::ShapeView strides, const std::byte* source,
                  std::size_t bytes, std::byte* destination);

}  // namespace onecnn::capi
