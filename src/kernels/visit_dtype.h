// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "kernels/float16.h"
#include "runtime/dtype.h"

namespace onecnn::core {

/// Calls `function` with a value of the C++ type that stores a numeric dtype, Float16 and BFloat16 among them. Returns whether
/// the dtype is one: bool and string are not.
template <typename Function>
[[nodiscard]] bool visit_numeric(DType dtype, Function&& function) {
    switch (dtype) {
        case DType::float32: function(float{}); return true;
        case DType::float64: function(double{}); return true;
        case DType::float16: function(Float16{}); return true;
        case DType::bfloat16: function(BFloat16{}); return true;
        case DType::int8: function(std::int8_t{}); return true;
        case DType::int16: function(std::int16_t{}); return true;
        case DType::int32: function(std::int32_t{}); return true;
        case DType::int64: function(std::int64_t{}); return true;
        case DType::uint8: function(std::uint8_t{}); return true;
        case DType::uint16: function(std::uint16_t{}); return true;
        case DType::uint32: function(std::uint32_t{}); return true;
        case DType::uint64: function(std::uint64_t{}); return true;
        case DType::boolean:
        case DType::string:
        case DType::undefined: return false;
    }
    return false;
}

}  // namespace onecnn::core
