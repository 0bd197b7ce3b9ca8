// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "kernels/float16.h"
#include "runtime/dtype.h"

namespace onecnn::core {

/// Calls `function` with a value of the C++ type that stores a numeric dtype, Float16 and BFloat16 among them. Returns whether
/// the dtype is one: bool, string, float8 and packed types are not.
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
        default: return false;
    }
}

/// The dtype that arithmetic of another one is done in: float32 for float16 and bfloat16, else itself.
[[nodiscard]] constexpr DType computing_dtype(DType dtype) {
    return dtype == DType::float16 || dtype == DType::bfloat16 ? DType::float32 : dtype;
}

/// Calls `function` with a float or a double, the one that arithmetic of a float dtype is done in. Returns whether it is one.
template <typename Function>
[[nodiscard]] bool visit_floating(DType dtype, Function&& function) {
    switch (computing_dtype(dtype)) {
        case DType::float32: function(float{}); return true;
        case DType::float64: function(double{}); return true;
        default: return false;
    }
}

/// Calls `function` with a value of the C++ type of an integer dtype. Returns whether it is one.
template <typename Function>
[[nodiscard]] bool visit_integer(DType dtype, Function&& function) {
    switch (dtype) {
        case DType::int8: function(std::int8_t{}); return true;
        case DType::int16: function(std::int16_t{}); return true;
        case DType::int32: function(std::int32_t{}); return true;
        case DType::int64: function(std::int64_t{}); return true;
        case DType::uint8: function(std::uint8_t{}); return true;
        case DType::uint16: function(std::uint16_t{}); return true;
        case DType::uint32: function(std::uint32_t{}); return true;
        case DType::uint64: function(std::uint64_t{}); return true;
        default: return false;
    }
}

/// visit_floating or visit_integer, as the dtype is.
template <typename Function>
[[nodiscard]] bool visit_computing(DType dtype, Function&& function) {
    return visit_floating(dtype, function) || visit_integer(dtype, function);
}

}  // namespace onecnn::core
