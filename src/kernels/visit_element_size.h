// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "runtime/dtype.h"
#include "runtime/error.h"

namespace onecnn::core {

/// Calls `function` with an unsigned integer as large as an element, for kernels that move elements and do not look at them.
template <typename Function>
void visit_element_size(DType dtype, Function&& function) {
    switch (bits(dtype)) {
        case 8: return function(std::uint8_t{});
        case 16: return function(std::uint16_t{});
        case 32: return function(std::uint32_t{});
        case 64: return function(std::uint64_t{});
        default: fail(ErrorCode::unsupported_operator, "elements of ", name(dtype), " cannot be moved one by one");
    }
}

}  // namespace onecnn::core
