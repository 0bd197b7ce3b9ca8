// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pybind11/numpy.h>

#include <onecnn/onecnn.hpp>
#include <optional>

namespace onecnn::python {

/// As onecnn_dtype_name.
[[nodiscard]] inline const char* name(DType dtype) { return onecnn_dtype_name(static_cast<onecnn_dtype>(dtype)); }

/// Whether numpy has a type from the package ml_dtypes alone.
[[nodiscard]] bool is_extension(DType dtype);

/// Bits of an element that shares its byte with others; nothing for all other types.
[[nodiscard]] std::optional<int> packed_bits(DType dtype);

/// numpy's type; nothing where it has none, as where it is ml_dtypes' and that is not installed.
[[nodiscard]] std::optional<pybind11::dtype> numpy_dtype(DType dtype);

}  // namespace onecnn::python
