// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <onecnn/onecnn.h>

#include <algorithm>
#include <cstdint>

#include "runtime/dtype.h"
#include "runtime/error.h"
#include "runtime/shape.h"

namespace onecnn::capi {

/// The element type of a number; InvalidArgument when it is none whose elements lie in memory.
[[nodiscard]] inline core::DType checked_dtype(onecnn_dtype number) {
    const auto dtype = static_cast<core::DType>(number);
    if (core::bits(dtype) == 0) {
        core::fail(core::ErrorCode::invalid_argument, "dtype ", number, " (", core::name(dtype),
                   ") is no type of a tensor in memory");
    }
    return dtype;
}

/// The caller's dimensions, not copied; InvalidArgument when there cannot be such a tensor.
[[nodiscard]] inline core::ShapeView checked_dims(int64_t rank, const int64_t* dims) {
    if (rank < 0 || rank > static_cast<int64_t>(core::max_rank)) {
        core::fail(core::ErrorCode::invalid_argument, "rank ", rank, " is not between 0 and ", core::max_rank);
    }
    if (rank > 0 && dims == nullptr) {
        core::fail(core::ErrorCode::invalid_argument, "dims is NULL and the rank is ", rank);
    }
    const core::ShapeView shape(dims, static_cast<std::size_t>(rank));
    for (const std::int64_t dim : shape) {
        if (dim < 0) {
            core::fail(core::ErrorCode::invalid_argument, "dims ", core::to_string(shape), " has a negative dimension");
        }
    }
    return shape;
}

/// InvalidArgument unless `data` is aligned to one element.
inline void require_aligned(core::DType dtype, const void* data) {
    const auto alignment = static_cast<std::uintptr_t>(std::max(core::bits(dtype) / 8, 1));
    if (reinterpret_cast<std::uintptr_t>(data) % alignment != 0) {
        core::fail(core::ErrorCode::invalid_argument, "data is not aligned to an element of ", core::name(dtype), ", ",
                   alignment, " bytes");
    }
}

}  // namespace onecnn::capi
