// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pybind11/numpy.h>

#include <onecnn/onecnn.hpp>
#include <optional>

namespace onecnn::python {

/// numpy's name of a type, ONNX's where numpy has none ("bfloat16", "string").
[[nodiscard]] const char* name(DType dtype);

/// numpy's type; nothing where it has none.
[[nodiscard]] std::optional<pybind11::dtype> numpy_dtype(DType dtype);

}  // namespace onecnn::python
